"""Records for tests: a default for everything a test does not speak of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from newsletter.model import Claimed, Issue, Letterhead, Literal, Paper, Part, Ranked, Segment, Slot

DAY = date(2026, 8, 14)
MORNING = datetime(2026, 8, 14, 8, 0, tzinfo=UTC)


def paper(key: str = "2608.00001", **changes: Any) -> Paper:
    defaults: dict[str, Any] = {
        "key": key,
        "id": key,
        "title": f"Paper {key}",
        "abstract": "An abstract of one sentence.",
        "listed_on": DAY,
        "listed_at": datetime(2026, 8, 14, tzinfo=UTC),
        "observed_at": MORNING,
        "upvotes": 10,
        "url": f"https://huggingface.co/papers/{key}",
    }
    return Paper(**{**defaults, **changes})


def ranked(key: str = "2608.00001", score: float = 1.0, **changes: Any) -> Ranked:
    return Ranked(paper(key, **changes), score, (Part("upvotes", score, "10 upvotes"),))


LETTERHEAD = Letterhead(
    sender_address="papers@example.org",
    sender_name="Daily Papers",
    reply_to="",
    list_id="papers.example.org",
    public_url="",
)


def issue(
    html: tuple[Segment, ...] = (Literal("<p>Hello</p>\n"), Slot("unsubscribe_url")),
    text: tuple[Segment, ...] = (Literal("Hello\n"), Slot("unsubscribe_url")),
    **changes: Any,
) -> Issue:
    defaults: dict[str, Any] = {
        "day": DAY,
        "subject": "Three papers",
        "preheader": "",
        "letterhead": LETTERHEAD,
        "dated": MORNING,
        "salt": "salt",
    }
    return Issue(**{**defaults, "html": html, "text": text, **changes})


def claimed(**changes: Any) -> Claimed:
    defaults: dict[str, Any] = {
        "id": 1,
        "day": DAY,
        "subscriber_id": 7,
        "address": "ada@example.org",
        "name": "Ada",
        "attempts": 0,
        "epoch": 1,
        "queued_at": MORNING,
    }
    return Claimed(**{**defaults, **changes})
