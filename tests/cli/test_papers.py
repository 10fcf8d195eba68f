"""Looking papers up on the command line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import commands
from commands import Newsletter
from newsletter.shipped import copy_shipped


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Newsletter:
    """A newsletter that has sent the sample's newest day; tests only look at it."""
    home = tmp_path_factory.mktemp("sent") / "papers"
    copy_shipped(home)
    environment = commands.clean_environment() | {"COLUMNS": "120"}

    def run(*words: str | Path) -> commands.Ran:
        return commands.run(*words, home=home, env=environment)

    assert run("send", "--quiet").code == 0
    return run


def test_before_the_first_send_there_are_none(newsletter: Newsletter) -> None:
    assert "No such papers" in newsletter("papers", "list").out
    assert newsletter("papers", "list", "--json").json == []


def test_list_and_search(sent: Newsletter) -> None:
    every = sent("papers", "list", "--json", "--limit", "1000").json
    found = sent("papers", "list", "AGENT", "--json").json

    assert len(every) == 69
    assert 0 < len(found) < len(every)
    assert all("agent" in one["title"].lower() for one in found)
    assert found[0]["key"] in sent("papers", "list", "agent").out
    of_a_day = sent("papers", "list", "--date", "2026-08-12", "--json").json
    assert {one["listed_on"] for one in of_a_day} == {"2026-08-12"}


def test_show_tells_votes_and_verdict(sent: Newsletter) -> None:
    chosen = next(one for one in sent("papers", "list", "--json").json if one["featured_on"])

    shown = sent("papers", "show", chosen["key"]).out

    assert chosen["title"] in shown
    assert "featured on 2026-08-14" in shown
    assert f"{chosen['upvotes']:,}" in shown
    assert "█" in shown
    assert "chosen: number" in shown
    assert "score" in shown


def test_show_tells_why_a_paper_was_not_chosen(sent: Newsletter) -> None:
    every = sent("papers", "list", "--json", "--limit", "1000").json
    left = next(one for one in every if not one["featured_on"])

    shown = sent("papers", "show", left["key"], "--date", "2026-08-14", "--json").json

    assert shown["verdict"][0] == "not chosen: the edition was full with 25 papers"
    assert shown["verdict"][1].startswith("score ")


def test_show_draws_up_a_day_that_was_not_published(sent: Newsletter) -> None:
    (first, *_) = sent("papers", "list", "--date", "2026-08-12", "--json").json

    shown = sent("papers", "show", first["key"], "--date", "2026-08-12", "--json").json

    assert shown["verdict"][0] == "not published; this is how it would be"
    assert len(shown["verdict"]) > 1
    quiet = sent("papers", "show", first["key"], "--date", "2026-08-15", "--json").json
    assert quiet["verdict"][1] == "not chosen: no papers were listed on 2026-08-15"


def test_an_id_may_be_an_address_and_an_unknown_one_is_exit_2(sent: Newsletter) -> None:
    (one,) = sent("papers", "list", "--limit", "1", "--json").json

    address = f"https://arxiv.org/abs/{one['key']}v4"
    assert sent("papers", "show", address, "--json").json["key"] == one["key"]
    ran = sent("papers", "show", "2001.00001")
    assert (ran.code, "There is no paper 2001.00001" in ran.err) == (2, True)


def test_rank_and_render_record_the_votes_they_see_and_a_test_run_does_not(
    newsletter: Newsletter, home: Path
) -> None:
    papers = home / "papers.csv"
    environment = {"NEWSLETTER_PAPERS__SOURCE": str(papers)}
    moments = iter(range(1_786_700_000, 1_786_800_000, 600))

    def read_again(votes: int, *command: str) -> list[int]:
        papers.write_text(f"id,title,upvotes,date\n2608.01234,One paper,{votes},2026-08-14\n")
        os.utime(papers, (moment := next(moments), moment))
        assert newsletter(*command, "--date", "2026-08-14", env=environment).code == 0
        shown = newsletter("papers", "show", "2608.01234", "--json", env=environment).json
        return [one["upvotes"] for one in shown["readings"]]

    assert read_again(3, "send", "--quiet") == [3]
    assert read_again(4, "rank") == [3, 4]
    assert read_again(5, "send", "--dry-run") == [3, 4]
    assert read_again(6, "render", "--output", str(home / "out")) == [3, 4, 6]
