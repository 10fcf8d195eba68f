"""When a paper's votes began to count, where its source gives no time of day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from newsletter.model import Paper

#: Votes settle after one to two weeks; those of a paper read no later than this are not final.
SETTLED = timedelta(days=7)


def date_listings(
    papers: Iterable[Paper],
    first_seen: Mapping[str, datetime],
    lists_seen: Mapping[date, Sequence[datetime]],
) -> tuple[Paper, ...]:
    """Set each paper's `listed_at` no earlier than the last list of its day that lacked it.

    Since spring 2026 the source names only the day, so what counts is one's own reading: a
    paper that a list of its day did not hold yet was listed after that list was read.

    Args:
        first_seen: when each paper was first seen, by its key; others stay as they are.
        lists_seen: when the whole list of a day was read, by day, in any order.
    """
    return tuple(
        _date(paper, first_seen.get(paper.key), lists_seen.get(paper.listed_on, ()))
        if paper.listed_on
        else paper
        for paper in papers
    )


def _date(paper: Paper, first_seen: datetime | None, read: Sequence[datetime]) -> Paper:
    without_it = [moment for moment in read if first_seen and moment < first_seen]
    listed_at = max([*without_it, *filter(None, [paper.listed_at])], default=None)
    return paper if listed_at == paper.listed_at else replace(paper, listed_at=listed_at)
