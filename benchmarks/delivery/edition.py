"""The edition that everybody mails: the sample's newest day, rendered from `data/`."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from benchmarks.rendering import DAY, NOW, READER
from newsletter.drafting import draft
from newsletter.message import compose, prepare
from newsletter.model import Edition, Issue, Message
from newsletter.rendering import render
from newsletter.settings import Settings
from newsletter.shipped import shipped
from newsletter.tokens import Tokens


@cache
def make() -> tuple[Edition, Issue]:
    """The edition and its issue."""
    settings = Settings(home=shipped())
    edition = draft(settings, None, day=DAY, now=NOW).edition
    assert edition is not None, "the sample has papers of that day"
    letter = "https://papers.example.org"
    settings = replace(settings, newsletter=replace(settings.newsletter, public_url=letter))
    issue = render(edition, settings, templates=shipped() / "templates", dated=NOW, salt="salt")
    return edition, issue


def compose_one() -> Message:
    """What one reader gets, to the byte."""
    return compose(prepare(make()[1]), READER, Tokens(["key"], "unsubscribe").sign(1))
