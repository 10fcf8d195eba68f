"""Looking the sample's email over: `python -m benchmarks.checks`."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, date, datetime

from benchmarks import machine
from newsletter.checking import look_over_issue
from newsletter.checks.spam import MOST, ask
from newsletter.drafting import draft
from newsletter.model import Edition, Issue
from newsletter.pipeline import Surroundings, make_issue
from newsletter.previewing import example_message
from newsletter.settings import Settings
from newsletter.shipped import shipped

DAY = date(2026, 8, 14)
NOW = datetime(2026, 8, 14, 9, tzinfo=UTC)
PAPERS = 25


def main() -> None:
    """Measure, and print the figures with their conditions."""
    settings = Settings(home=shipped())
    edition = draft(settings, None, day=DAY, now=NOW).edition
    assert edition is not None
    edition = replace(edition, papers=edition.papers[:PAPERS])
    issue = make_issue(settings, edition, Surroundings())
    sys.stdout.write(f"{machine.describe()}; files in the page cache\n")
    _measure_checks(settings, edition, issue)
    _measure_spam(issue)


def _measure_checks(settings: Settings, edition: Edition, issue: Issue) -> None:
    def look() -> None:
        look_over_issue(settings, edition, issue)

    runs = (("first", 1, 0), ("warm", 15, 3))
    for when, count, warm in runs:
        seconds = machine.median_seconds(look, runs=count, warm=warm)
        machine.show(
            f"look over {len(edition.papers)} papers, {when}",
            f"{seconds * 1000:.0f} ms",
            "under 60 ms",
            reached=seconds < 0.060,
        )


def _measure_spam(issue: Issue) -> None:
    verdict = ask(example_message(issue))
    if verdict is None:
        sys.stdout.write("SpamAssassin is not installed\n")
        return
    machine.show(
        "SpamAssassin's score, offline",
        f"{verdict.score:.1f}",
        f"at most {MOST}",
        reached=verdict.score <= MOST,
    )


if __name__ == "__main__":
    main()
