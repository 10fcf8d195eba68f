"""A password or a token in papers.source prints nowhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from commands import Newsletter
from serving import Answer, Server, only, running

SECRET = "s3cr3t"
COMMANDS = [
    ("sources",),
    ("sources", "--json"),
    ("--verbose", "rank", "--explain"),
    ("--verbose", "send", "--date", "2026-08-14"),
]
GOOD = [{"paper": {"id": "2608.00001", "title": "A Paper", "upvotes": 9}}]
FORMS = [
    "http://me:{secret}@{host}/api?token={secret}",
    "HTTP://{secret}@{host}/api?{secret}",
    "feed:http://me:{secret}@{host}/rss?token={secret}",
]
MALFORMED = ["http://me:{secret}/1@{host}/", "feed:me:{secret}@{host}/", "ftp://{secret}@{host}/x"]


@pytest.fixture
def server() -> Iterator[Server]:
    with running(Server(only([]))) as server:
        yield server


def run_all(newsletter: Newsletter, server: Server, form: str) -> str:
    host = f"127.0.0.1:{server.server_port}"
    source = form.format(secret=SECRET, host=host)
    env = {"NEWSLETTER_PAPERS__SOURCE": source, "NEWSLETTER_PAPERS__STAND_IN": "0s"}
    said = [newsletter(*words, env=env) for words in COMMANDS]
    return "".join(each.out + each.err for each in said)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "answer", [only(b"", 503, Retry_After="0"), only(b"<html>"), only(GOOD)],
    ids=["down", "no list", "well"],
)  # fmt: skip
def test_what_is_said_of_a_source_holds_no_secret(
    newsletter: Newsletter, server: Server, form: str, answer: Answer
) -> None:
    server.answer = answer

    said = run_all(newsletter, server, form)

    assert str(server.server_port) in said
    assert SECRET not in said


@pytest.mark.parametrize("form", MALFORMED)
def test_nor_does_what_is_said_of_one_that_is_malformed(
    newsletter: Newsletter, server: Server, form: str
) -> None:
    said = run_all(newsletter, server, form)

    assert "papers.source" in said
    assert SECRET not in said
