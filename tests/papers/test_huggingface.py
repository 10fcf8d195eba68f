"""The live API, against a real HTTP server on loopback that answers as told."""

from __future__ import annotations

import ssl
import time
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from newsletter import papers
from newsletter.errors import SourceUnavailable, UsageError
from newsletter.papers import Loaded, fetching, huggingface
from newsletter.settings import Papers
from serving import Answer, Handler, Query, Serve, Server, in_turn, only, running

DAY = date(2026, 8, 14)
NOW = datetime(2026, 8, 14, 8, tzinfo=UTC)


def item(number: int, day: str = "2026-08-14") -> dict[str, Any]:
    listed = f"{day}T00:00:00.000Z"
    paper = {"id": f"2608.{number:05}", "title": f"Paper {number}", "upvotes": number}
    return {"paper": paper | {"submittedOnDailyAt": listed}, "numComments": 1}


def lists(**days: int) -> Answer:
    """Answer like the API: so many papers on these days of August, none on others."""

    def answer(handler: Handler, query: Query) -> None:
        count = days.get("d" + query["date"][-2:], 0)
        start, size = int(query["p"]) * int(query["limit"]), int(query["limit"])
        numbers = range(start, min(start + size, count))
        offset = int(query["date"][-2:]) * 1000
        handler.say([item(offset + number, query["date"]) for number in numbers])

    return answer


def load(source: str, *, attempts: int = 3, timeout: float = 5.0, public_url: str = "") -> Loaded:
    return papers.load(
        source,
        day=DAY,
        now=NOW,
        settings=Papers(
            attempts=attempts, timeout=timedelta(seconds=timeout), stand_in=timedelta(0)
        ),
        home=Path(),
        fallback=Path(),
        public_url=public_url,
    )


def refusal(source: str, *, attempts: int = 3, timeout: float = 5.0) -> str:
    with pytest.raises(SourceUnavailable) as caught:
        load(source, attempts=attempts, timeout=timeout)
    return str(caught.value)


# --- what is asked ----------------------------------------------------------------------------


def test_days_are_asked_backwards_until_the_window_is_full(serve: Serve) -> None:
    server = serve(lists(d14=2, d13=3, d10=1, d07=1))
    loaded = load(server.url())
    asked = [query["date"] for query in server.requests]
    assert asked == [f"2026-08-{day:02}" for day in (14, 13, 12, 11, 10, 7)]
    assert len(loaded.papers) == 6
    assert [(seen.listed_on, seen.count) for seen in loaded.lists][:3] == [
        (DAY, 2),
        (date(2026, 8, 13), 3),
        (date(2026, 8, 12), 0),
    ]


def test_no_day_is_asked_that_is_more_than_a_week_back(serve: Serve) -> None:
    server = serve(lists())
    loaded = load(server.url())
    assert [query["date"] for query in server.requests][-1] == "2026-08-07"
    assert (loaded.papers, loaded.warnings, len(loaded.lists)) == ((), (), 8)


def test_the_list_whose_votes_have_settled_is_read_for_them_alone(serve: Serve) -> None:
    server = serve(lists(d14=1, d13=1, d12=1, d07=2))
    loaded = load(server.url())
    assert sorted(paper.id or "" for paper in loaded.papers) == [
        "2608.12000",
        "2608.13000",
        "2608.14000",
    ]
    assert [(paper.id, paper.upvotes) for paper in loaded.settled] == [
        ("2608.07000", 7000),
        ("2608.07001", 7001),
    ]
    assert date(2026, 8, 7) not in [seen.listed_on for seen in loaded.lists]


def test_settled_votes_are_asked_for_until_they_were_read_once(serve: Serve) -> None:
    server = serve(lists(d14=1, d13=1, d12=1, d07=1))
    first, second = load(server.url()), load(server.url())
    assert [query["date"] for query in server.requests].count("2026-08-07") == 1
    assert first.settled == second.settled


def test_without_settled_votes_the_day_goes_on(serve: Serve) -> None:
    good = lists(d14=1, d13=1, d12=1)

    def answer(handler: Handler, query: Query) -> None:
        if query["date"] == "2026-08-07":
            handler.say({}, 503)
        else:
            good(handler, query)

    server = serve(answer)
    loaded = load(server.url())
    assert (len(loaded.papers), loaded.settled, loaded.warnings) == (3, (), ())
    assert [query["date"] for query in server.requests].count("2026-08-07") == 1


def test_a_busy_day_is_read_page_after_page(serve: Serve) -> None:
    server = serve(lists(d14=205, d13=1, d12=1))
    assert len(load(server.url()).papers) == 207
    pages = [(q["p"], q["limit"]) for q in server.requests if q["date"] == "2026-08-14"]
    assert pages == [("0", "100"), ("1", "100"), ("2", "100")]


def test_a_full_page_is_followed_by_one_more_question(serve: Serve) -> None:
    server = serve(lists(d14=100, d13=1, d12=1))
    assert len(load(server.url()).papers) == 102
    assert [query["p"] for query in server.requests if query["date"] == "2026-08-14"] == ["0", "1"]


def test_what_the_address_asks_for_itself_is_kept(serve: Serve) -> None:
    server = serve(lists(d14=1))
    load(server.url() + "?sort=trending&limit=7")
    assert server.requests[0] == {
        "sort": "trending",
        "limit": "100",
        "date": "2026-08-14",
        "p": "0",
    }


def test_the_program_names_itself_and_whom_to_write_to(serve: Serve) -> None:
    server = serve(lists(d14=1))
    load(server.url())
    load(server.url(), public_url="https://bücher.example.org")
    assert server.agents[0].startswith("papers-newsletter/")
    assert "(" not in server.agents[0]
    told = server.agents[-1].encode("latin-1").decode()
    assert told == server.agents[0] + " (+https://bücher.example.org)"


def test_records_are_read_as_from_a_file(serve: Serve) -> None:
    server = serve(only([item(1), 1, {"paper": {"id": "2608.2", "title": None}}]))
    loaded = load(server.url())
    paper = loaded.papers[0]
    assert (paper.title, paper.upvotes, paper.comments) == ("Paper 1", 1, 1)
    assert loaded.bad[0].file.startswith(server.url() + "?date=2026-08-14")
    assert [(bad.index, bad.field) for bad in loaded.bad[:2]] == [(1, "record"), (2, "paper.title")]


def test_an_api_with_keys_of_its_own_is_read_by_the_settings(serve: Serve) -> None:
    server = serve(in_turn(only([{"heading": "A", "claps": "1,234"}]), only([])))
    loaded = papers.load(
        server.url(),
        day=DAY,
        now=NOW,
        settings=Papers(columns={"title": "heading", "upvotes": "claps"}),
        home=Path(),
        fallback=Path(),
    )
    assert [(paper.title, paper.upvotes) for paper in loaded.papers] == [("A", 1234)]


@pytest.mark.parametrize("window_days", [1, 3])
def test_a_list_that_goes_by_no_days_is_read_as_one(serve: Serve, window_days: int) -> None:
    server = serve(
        only(
            [
                {"title": "A", "listed_on": "2026-08-14"},
                {"title": "B", "listed_on": "2026-08-11"},
                {"title": "C"},
                {"title": "Old", "listed_on": "2025-01-01"},
                {"title": "Next", "listed_on": "2026-08-15"},
            ]
        )
    )

    def load_it() -> Loaded:
        settings = Papers(window_days=window_days, attempts=1, stand_in=timedelta(days=999))
        return papers.load(
            server.url(), day=DAY, now=NOW, settings=settings, home=Path(), fallback=Path()
        )

    loaded = load_it()
    assert {paper.title: paper.listed_on for paper in loaded.papers} == {
        "A": DAY,
        "B": date(2026, 8, 11),
        "C": None,
    }
    assert (len(loaded.lists), loaded.settled) == (1, ())
    server.answer = only({}, 503)
    again = load_it()
    assert {paper.title: paper.listed_on for paper in again.papers} == {
        paper.title: paper.listed_on for paper in loaded.papers
    }


def test_a_list_that_goes_by_no_days_is_so_whatever_was_kept_of_it(
    serve: Serve, tmp_path: Path
) -> None:
    """Of one day, this morning's answer for the settled votes has not yet what came since."""
    table = [{"title": "A", "listed_on": "2026-08-14"}, {"title": "B", "listed_on": "2026-08-11"}]
    server = serve(only(table))

    def load_it() -> Loaded:
        settings = Papers(window_days=1, attempts=1)
        return papers.load(
            server.url(), day=DAY, now=NOW, settings=settings, home=tmp_path, fallback=Path()
        )

    load_it()
    server.answer = only([*table, {"title": "C", "listed_on": "2026-08-12"}])
    later = load_it()

    assert {paper.title: paper.listed_on for paper in later.papers} == {
        "A": DAY,
        "B": date(2026, 8, 11),
        "C": date(2026, 8, 12),
    }
    assert later.settled == ()


def test_an_api_that_goes_by_days_may_name_another_in_a_record(serve: Serve) -> None:
    def answer(handler: Handler, query: Query) -> None:
        day = query["date"]
        handler.say(
            [{"title": day, "listed_on": day}, {"title": f"{day} late", "listed_on": "2026-08-01"}]
        )

    loaded = load(serve(answer).url())
    assert {paper.listed_on for paper in loaded.papers} == {
        DAY,
        date(2026, 8, 13),
        date(2026, 8, 12),
    }


def test_votes_are_observed_when_they_are_fetched(serve: Serve) -> None:
    before = datetime.now(UTC)
    loaded = load(serve(lists(d14=1)).url())
    assert before <= loaded.papers[0].observed_at <= datetime.now(UTC)
    assert loaded.lists[0].observed_at == loaded.papers[0].observed_at


def test_an_api_is_asked_for_one_day_at_a_time() -> None:
    with pytest.raises(UsageError, match="name a day"):
        papers.load(
            "huggingface", day=None, now=NOW, settings=Papers(), home=Path(), fallback=Path()
        )


# --- what goes wrong --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<!DOCTYPE html><p>Sorry", "is a web page"),
        (1, "holds the number 1 in place of a list"),
        ({"error": "Internal"}, "holds an error in place of papers: the text 'Internal'"),
        (b"", "is empty"),
        (b'[{"paper": {"id": "26', "is cut off or not JSON"),
        ([1, 2], "No record of the list can be used"),
    ],
)
def test_an_answer_that_is_no_list_is_told_from_a_quiet_day(
    serve: Serve, content: object, told: str
) -> None:
    server = serve(only(content))
    assert told in refusal(server.url())
    assert len(server.requests) == 1


def test_a_day_that_is_not_open_yet_is_told_in_words(serve: Serve) -> None:
    server = serve(only({"error": "Invalid date"}, 400))
    message = refusal(server.url())
    assert "answers HTTP 400 Bad Request; the day may not be open yet" in message
    assert "date=2026-08-14" in message
    assert len(server.requests) == 1


def test_an_older_day_that_fails_is_a_warning_and_the_next_one_is_asked(serve: Serve) -> None:
    good = lists(d14=1, d12=1, d11=1)

    def answer(handler: Handler, query: Query) -> None:
        if query["date"] == "2026-08-13":
            handler.say({"error": "no"}, 400)
        else:
            good(handler, query)

    loaded = load(serve(answer).url())
    assert len(loaded.papers) == 3
    assert len(loaded.warnings) == 1
    assert "date=2026-08-13" in loaded.warnings[0]


def test_a_second_page_that_fails_fails_the_day(serve: Serve) -> None:
    good = lists(d14=150)

    def answer(handler: Handler, query: Query) -> None:
        if query["p"] == "1":
            handler.say(b"<html>")
        else:
            good(handler, query)

    assert "is a web page" in refusal(serve(answer).url())


def test_pages_without_an_end_are_no_list(serve: Serve) -> None:
    server = serve(only([item(number) for number in range(100)]))
    assert "without an end" in refusal(server.url())
    assert len(server.requests) == huggingface.PAGES


@pytest.mark.parametrize(
    "trouble",
    [
        only({}, 500),
        only({}, 503, Retry_After="0"),
        only({}, 429, Retry_After="0"),
        only({}, 429),
        lambda handler, query: handler.say(b"[", Content_Length="999"),
        lambda handler, query: handler.connection.close(),
    ],
    ids=["500", "503", "429", "429 without Retry-After", "cut off", "closed"],
)
def test_passing_trouble_is_asked_again(serve: Serve, trouble: Answer) -> None:
    server = serve(in_turn(trouble, lists(d14=1)))
    assert len(load(server.url()).papers) == 1
    assert server.requests[0] == server.requests[1]


def test_lasting_trouble_is_asked_as_often_as_the_settings_say(serve: Serve) -> None:
    server = serve(only({}, 503))
    assert "answers HTTP 503 Service Unavailable" in refusal(server.url(), attempts=4)
    assert len(server.requests) == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refusal_is_not_asked_again(serve: Serve, status: int) -> None:
    server = serve(only({}, status))
    assert f"answers HTTP {status}" in refusal(server.url())
    assert len(server.requests) == 1


def test_a_server_that_asks_for_a_long_pause_is_not_asked_again(serve: Serve) -> None:
    server = serve(only({}, 429, Retry_After="3600"))
    assert "answers HTTP 429" in refusal(server.url())
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({}, True),
        ({"Retry-After": "7"}, timedelta(seconds=7)),
        ({"Retry-After": "0"}, timedelta(0)),
        ({"Retry-After": "61"}, False),
        ({"Retry-After": "9" * 400}, False),
        ({"Retry-After": "soon"}, True),
        ({"Retry-After": "-5"}, True),
        (
            {
                "Retry-After": format_datetime(NOW + timedelta(seconds=9), usegmt=True),
                "Date": format_datetime(NOW, usegmt=True),
            },
            timedelta(seconds=9),
        ),
        (
            {
                "Retry-After": format_datetime(NOW - timedelta(seconds=9), usegmt=True),
                "Date": format_datetime(NOW, usegmt=True),
            },
            timedelta(0),
        ),
    ],
)
def test_the_pause_is_the_one_the_server_asks_for(
    headers: dict[str, str], pause: bool | timedelta
) -> None:
    request = httpx.Request("GET", "http://127.0.0.1/")
    response = httpx.Response(429, headers=headers, request=request)
    error = httpx.HTTPStatusError("busy", request=request, response=response)
    assert fetching.pause(error) == pause
    assert type(fetching.pause(error)) is type(pause)


def test_a_server_that_says_nothing_is_given_up(serve: Serve) -> None:
    def answer(handler: Handler, query: Query) -> None:
        handler.server.released.wait()

    server = serve(answer)
    assert "did not answer within 0.1 s" in refusal(server.url(), attempts=2, timeout=0.1)
    assert len(server.requests) == 2


def test_a_server_that_answers_byte_by_byte_is_given_up(serve: Serve) -> None:
    def answer(handler: Handler, query: Query) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not handler.server.released.wait(0.02):
            handler.wfile.write(b" ")

    server = serve(answer)
    assert "did not answer within 0.2 s" in refusal(server.url(), attempts=1, timeout=0.2)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_headers_that_come_byte_by_byte_are_given_up(
    serve: Serve, scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(handler: Handler, query: Query) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Endless: ")
        while not handler.server.released.wait(0.02):
            handler.wfile.write(b"a")

    server = serve(answer)
    if scheme == "https":
        encrypt(server, tmp_path, monkeypatch)
    assert "did not answer within 0.3 s" in refusal(server.url(scheme), attempts=1, timeout=0.3)


def test_a_reader_that_was_about_to_read_when_it_is_cut_off_is_given_up_in_words(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = ssl.SSLSocket.read

    def read_late(self: ssl.SSLSocket, *given: Any) -> Any:
        if not self.server_side:
            time.sleep(0.4)  # as where another thread has the processor
        return read(self, *given)

    server = serve(only([]))
    encrypt(server, tmp_path, monkeypatch)
    monkeypatch.setattr(ssl.SSLSocket, "read", read_late)
    assert "did not answer within 0.2 s" in refusal(server.url("https"), attempts=1, timeout=0.2)


def encrypt(server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a server speak TLS with a certificate that we trust."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )


def test_an_answer_without_measure_is_given_up(serve: Serve) -> None:
    server = serve(only(b" " * (fetching.MOST_BYTES + 1)))
    assert "answers with more than 16 MiB" in refusal(server.url())


def test_a_server_that_is_not_there_is_named(serve: Serve) -> None:
    with running(Server(lists())) as gone:
        url = gone.url()
    message = refusal(url)
    assert url in message
    assert "cannot be reached" in message


@pytest.mark.parametrize("url", ["http://", "http://[::1", "https://a.org:port/", "http://a..b/"])
def test_what_is_no_web_address_is_told_in_words(url: str) -> None:
    """A part of it only, where what is taken for a port may be a password."""
    assert url.partition("//")[0] in refusal(url)


def test_a_redirect_on_the_same_host_is_followed(serve: Serve) -> None:
    good = lists(d14=1)

    def answer(handler: Handler, query: Query) -> None:
        if handler.path.startswith("/new/"):
            good(handler, query)
        else:
            handler.say(b"", 301, Location="/new" + handler.path)

    assert len(load(serve(answer).url()).papers) == 1


def test_a_redirect_to_another_host_is_not_followed(serve: Serve) -> None:
    elsewhere = serve(lists(d14=1))
    target = elsewhere.url().replace("127.0.0.1", "localhost")
    server = serve(only(b"", 302, Location=target))
    assert f"sends us on to {target}" in refusal(server.url())
    assert elsewhere.requests == []


def test_a_redirect_to_nowhere_is_told_in_words(serve: Serve) -> None:
    server = serve(only(b"", 302, Location="http://[::1"))
    assert "cannot be reached: Invalid" in refusal(server.url())


def test_a_password_in_the_address_is_used_but_not_shown(serve: Serve) -> None:
    server = serve(in_turn(lists(d14=1), only({}, 404)))
    url = server.url().replace("://", "://reader:s3cret@")
    loaded = load(url)
    assert len(loaded.papers) == 1
    told = [*loaded.warnings, *(seen.origin for seen in loaded.lists), refusal(url)]
    assert "s3cret" not in "".join(told)


def test_redirects_in_a_circle_are_given_up(serve: Serve) -> None:
    server = serve(only(b"", 302, Location="/api/daily_papers"))
    assert "cannot be reached: more than 3 redirects" in refusal(server.url())


def test_a_certificate_that_cannot_be_checked_is_refused_at_once(serve: Serve) -> None:
    server = serve(lists(d14=1))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    assert "cannot be trusted" in refusal(server.url("https"))
    assert server.requests == []
