"""Rendering the sample's edition: `python -m benchmarks.rendering`."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import cycle, islice

from benchmarks import machine
from newsletter.drafting import draft
from newsletter.message import compose, escape_html, fill, prepare, slot_values, unsubscribe_links
from newsletter.model import Claimed, Edition, Issue
from newsletter.rendering import render
from newsletter.settings import Settings
from newsletter.shipped import shipped
from newsletter.tokens import Tokens

DAY = date(2026, 8, 14)
NOW = datetime(2026, 8, 14, 9, tzinfo=UTC)
READER = Claimed(
    id=1,
    day=DAY,
    subscriber_id=1,
    address="reader1@domain1.example",
    name="Ada",
    attempts=0,
    epoch=1,
    queued_at=NOW,
)


def main() -> None:
    """Measure, and print the figures with their conditions."""
    settings = Settings(home=shipped())
    edition = draft(settings, None, day=DAY, now=NOW).edition
    assert edition is not None
    sys.stdout.write(f"{machine.describe()}\n")
    for count, wanted in ((25, 0.060), (100, 0.200)):
        _measure_rendering(settings, _resize(edition, count), wanted)
    _measure_composing(_render(settings, edition))


def _measure_rendering(settings: Settings, edition: Edition, wanted: float) -> None:
    seconds = machine.median_seconds(lambda: _render(settings, edition), runs=15, warm=3)
    count = len(edition.papers)
    machine.show(
        f"render {count} papers, warm",
        f"{seconds * 1000:.0f} ms",
        f"under {wanted * 1000:.0f} ms",
        reached=seconds < wanted,
    )
    size = len(_fill(_render(settings, edition)).encode())
    limit = 60_000 if count == 25 else 102_400
    machine.show(
        f"HTML of {count} papers", f"{size:,} bytes", f"under {limit:,}", reached=size < limit
    )


def _measure_composing(issue: Issue) -> None:
    prepared, tokens, reader = prepare(issue), Tokens(["key"], "unsubscribe"), READER
    rounds = 1_000

    def compose_many() -> None:
        for _ in range(rounds):
            compose(prepared, reader, tokens.sign(reader.subscriber_id))

    each = machine.median_seconds(compose_many) / rounds
    message = compose(prepared, reader, tokens.sign(1))
    machine.show(
        f"compose one message of {message.size:,} bytes",
        f"{each * 1e6:.0f} µs",
        "under 100 µs",
        reached=each < 1e-4,
    )


def _render(settings: Settings, edition: Edition) -> Issue:
    return render(edition, settings, templates=shipped() / "templates", dated=NOW, salt="salt")


def _fill(issue: Issue) -> str:
    links = unsubscribe_links(issue.letterhead, "token")
    return fill(issue.html, slot_values(READER, links), escape_html)


def _resize(edition: Edition, count: int) -> Edition:
    """As many papers as wanted: the edition's own over and over, under new keys."""
    endless = enumerate(islice(cycle(edition.papers), count))
    papers = tuple(
        ranked._replace(paper=replace(ranked.paper, key=f"{ranked.paper.key}-{number}"))
        for number, ranked in endless
    )
    return replace(edition, papers=papers)


if __name__ == "__main__":
    main()
