"""Chooses what the day says."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from newsletter.model import Edition, Paper, Ranked
from newsletter.settings import Papers

#: How far back a listing day may lie, however few lists there were since.
HORIZON = timedelta(days=7)


def choose_days(listed: Iterable[date | None], day: date, window_days: int) -> frozenset[date]:
    """The newest `window_days` listing days up to `day`, none more than seven days back."""
    near = {on for on in listed if on is not None and day - HORIZON <= on <= day}
    return frozenset(sorted(near, reverse=True)[:window_days])


def has_news(papers: Iterable[Paper], day: date) -> bool:
    """Whether anything was listed on the day itself; a list without days counts as today's."""
    return any(paper.listed_on in (None, day) for paper in papers)


def choose_candidates(
    papers: Iterable[Paper],
    day: date,
    featured: Collection[str],
    settings: Papers,
    *,
    is_lost: bool = False,
) -> list[Paper]:
    """The papers an edition may hold: listed in the window, voted enough, never featured.

    A paper without a listing day is always in the window; one without votes is never
    held to the minimum. Where nothing was listed on the day itself there are none: late
    arrivals wait for the next day that has news, unless the day's own list `is_lost` and
    earlier ones stand in for it.
    """
    pool = list(papers)
    if not (is_lost or has_news(pool, day)):
        return []
    days = choose_days((paper.listed_on for paper in pool), day, settings.window_days)
    return [
        paper
        for paper in pool
        if (paper.listed_on is None or paper.listed_on in days)
        and paper.key not in featured
        and (paper.upvotes is None or paper.upvotes >= settings.minimum_upvotes)
    ]


def choose(ranked: Iterable[Ranked], day: date, settings: Papers) -> Edition | None:
    """The day's edition of the best of the ranked candidates; None on a quiet day."""
    best = tuple(ranked)[: settings.maximum]
    return Edition(day=day, papers=best) if len(best) >= settings.minimum else None
