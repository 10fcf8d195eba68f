"""The edition that everybody mails: the sample's newest day, rendered from `data/`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache

from newsletter.drafting import draft
from newsletter.message import compose, prepare
from newsletter.model import Claimed, Edition, Issue, Message
from newsletter.rendering import render
from newsletter.settings import Settings
from newsletter.shipped import shipped
from newsletter.tokens import Tokens

DAY = date(2026, 8, 14)
NOW = datetime(2026, 8, 14, 9, tzinfo=UTC)


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
    reader = Claimed(
        id=1,
        day=DAY,
        subscriber_id=1,
        address="reader1@domain1.example",
        name="Ada",
        attempts=0,
        epoch=1,
        queued_at=NOW,
    )
    return compose(prepare(make()[1]), reader, Tokens(["key"], "unsubscribe").sign(1))
