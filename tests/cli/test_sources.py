"""Sources from the command line: seen before they are used, and told when they are down."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from commands import Newsletter, run_anew
from serving import Handler, Query, Serve, Server, only, running

TODAY = datetime.now(UTC).date()


@pytest.fixture
def serve(environment: dict[str, str]) -> Iterator[Serve]:
    environment["NO_PROXY"] = "127.0.0.1"
    environment["NEWSLETTER_PAPERS__ATTEMPTS"] = "1"
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(running(Server(answer)))


def listing(**days_back: list[str]) -> dict[str, list[str]]:
    """Titles by listing day: `d0` is today."""
    return {
        (TODAY - timedelta(days=int(back[1:]))).isoformat(): titles
        for back, titles in days_back.items()
    }


def api(serve: Serve, lists: dict[str, list[str]]) -> Server:
    def answer(handler: Handler, query: Query) -> None:
        titles = lists.get(query["date"], [])
        handler.say([{"paper": {"title": title, "upvotes": 5}} for title in titles])

    return serve(answer)


def write_config(home: Path, text: str) -> None:
    (home / "config.toml").write_text(text, encoding="utf-8")


def test_the_guess_is_shown_before_it_is_used(home: Path, newsletter: Newsletter) -> None:
    (home / "lab.csv").write_text("Title,Num Likes,Notes\nA first paper,7,x\n")
    write_config(home, '[papers]\nsource = "lab.csv"\n')

    ran = newsletter("sources")

    assert ran.code == 0
    assert "title          ← Title                 A first paper" in ran.out
    assert 'upvotes = "Num Likes"' in ran.out
    assert "not used: Notes" in ran.out
    (told,) = newsletter("sources", "--json").json
    assert told["lists"][0]["columns"] == {"title": "Title"}
    assert told["lists"][0]["hints"] == {"upvotes": "Num Likes"}


def test_what_is_offered_can_be_written_into_the_settings(
    home: Path, newsletter: Newsletter
) -> None:
    (home / "lab.csv").write_text("Title,Num Likes\nA first paper,7\n")
    write_config(home, '[papers]\nsource = "lab.csv"\n[papers.columns]\nupvotes = "Num Likes"\n')

    (ranked,) = newsletter("rank", "--json").json

    assert ranked["upvotes"] == 7


def test_weights_are_told_in_the_parts_of_a_score(home: Path, newsletter: Newsletter) -> None:
    (home / "lab.csv").write_text("title\nFrom the lab\n")
    (home / "own.json").write_text('[{"title": "Our own"}]')
    write_config(
        home,
        '[[papers.source]]\nat = "lab.csv"\nweight = 1.5\n[[papers.source]]\nat = "own.json"\n',
    )

    first, second = newsletter("rank", "--json").json
    shown = newsletter("rank", "--explain").out

    assert (first["title"], first["parts"]["source"]) == ("From the lab", 1.5)
    assert "from lab.csv" in first["why"]
    assert "source" not in second["parts"]
    assert "+1.50" in shown


def test_one_plain_string_of_the_environment_is_a_source(
    home: Path, newsletter: Newsletter
) -> None:
    (home / "own.json").write_text('[{"title": "Our own"}]')

    ran = newsletter("rank", "--json", env={"NEWSLETTER_PAPERS__SOURCE": "own.json"})

    assert [paper["title"] for paper in ran.json] == ["Our own"]


def test_a_list_of_the_environment_is_several_sources(home: Path, newsletter: Newsletter) -> None:
    for name in ("a", "b"):
        (home / f"{name}.json").write_text(json.dumps([{"title": name}]))

    ran = newsletter("rank", "--json", env={"NEWSLETTER_PAPERS__SOURCE": '["a.json", "b.json"]'})

    assert {paper["title"] for paper in ran.json} == {"a", "b"}


def test_send_uses_an_earlier_answer_and_says_so(serve: Serve, newsletter: Newsletter) -> None:
    server = api(serve, listing(d0=["A paper of today"], d1=["One of yesterday"]))
    source = {"NEWSLETTER_PAPERS__SOURCE": server.url()}
    assert newsletter("rank", env=source).code == 0
    server.answer = only(b"<html>busy", 503)

    ran = newsletter("send", "--json", env=source)

    assert ran.code == 0
    assert ran.json["papers"] == 2
    assert "answers HTTP 503" in ran.err
    assert "stands in" in ran.err
    assert "stands in" in ran.json["source_warnings"][0]


def test_send_fails_where_no_answer_may_stand_in(serve: Serve, newsletter: Newsletter) -> None:
    server = api(serve, listing(d0=["A paper of today"]))
    source = {"NEWSLETTER_PAPERS__SOURCE": server.url(), "NEWSLETTER_PAPERS__STAND_IN": "0s"}
    assert newsletter("rank", env=source).code == 0
    server.answer = only(b"<html>busy", 503)

    ran = newsletter("send", env=source)

    assert ran.code == 69
    assert "answers HTTP 503" in ran.err
    assert newsletter("status", "--json", env=source).json == []


def test_a_quiet_day_stays_quiet_and_is_no_failure(serve: Serve, newsletter: Newsletter) -> None:
    server = api(serve, listing(d1=["One of yesterday"]))

    ran = newsletter("send", env={"NEWSLETTER_PAPERS__SOURCE": server.url()})

    assert ran.code == 0
    assert "no papers were listed on" in ran.out


def test_a_source_that_is_down_is_told_beside_the_others(
    home: Path, serve: Serve, newsletter: Newsletter
) -> None:
    (home / "own.json").write_text('[{"title": "Our own"}]')
    server = serve(only(b"<!DOCTYPE html>", 404))
    write_config(home, f'[papers]\nsource = ["own.json", "feed:{server.url()}"]\nattempts = 1\n')

    ran = newsletter("sources")

    assert ran.code == 69
    assert "answers HTTP 404" in ran.out
    assert "1 paper of" in ran.out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('source = ["a.csv", {at = "b.csv", wieght = 1}]', "did you mean weight?"),
        ('source = ["a.csv", "a.csv"]', "names 'a.csv' twice"),
        ("source = []", "should be a source, or a list of sources"),
        ('source = [{at = "a.csv", weight = "much"}]', "should be a number from -10 to 10"),
        ("source = [{weight = 1}]", "a source should be text, or a table"),
        ('columns = {titel = "Heading"}', "did you mean title?"),
        ("columns = {title = 3}", "should be a table of columns"),
    ],
)
def test_a_mistake_in_the_settings_is_told_with_its_line(
    home: Path, newsletter: Newsletter, text: str, told: str
) -> None:
    write_config(home, f"[papers]\n{text}\n")

    ran = newsletter("sources")

    assert ran.code == 2
    assert told in ran.err
    assert f"papers.{text.split()[0]} (line 2)" in ran.err


def test_a_table_of_several_sources_is_found_by_its_line(
    home: Path, newsletter: Newsletter
) -> None:
    write_config(home, '[[papers.source]]\nat = "a.csv"\nweight = 99\n')
    assert "papers.source (line 1)" in newsletter("sources").err


def test_parquet_without_pyarrow_says_what_to_install(
    home: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    # A package that cannot be imported, found before the real one.
    (tmp_path / "hidden" / "pyarrow").mkdir(parents=True)
    (tmp_path / "hidden" / "pyarrow" / "__init__.py").write_text("raise ImportError('hidden')")
    (home / "p.parquet").write_bytes(b"PAR1")
    write_config(home, '[papers]\nsource = "p.parquet"\n')

    path = os.pathsep.join([str(tmp_path / "hidden"), os.environ.get("PYTHONPATH", "")])
    ran = run_anew("sources", home=home, env={**environment, "PYTHONPATH": path})

    assert ran.code == 2
    assert "pip install 'papers-newsletter[parquet]'" in ran.err
