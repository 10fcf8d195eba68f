"""A month of days to choose from: what was published, what is listed, what is quiet."""

from __future__ import annotations

from calendar import Calendar
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from newsletter.editing import steering_path
from newsletter.outlet import Outlet, looking
from newsletter.papers.counting import count_listed
from newsletter.settings import Settings
from newsletter.shipped import shipped
from newsletter.store import Store
from newsletter.timetable import today

#: No day lists as many.
_MOST = 1000
#: No day anybody means lies outside, and a calendar of such a month cannot be drawn.
_FIRST, _LAST = date(1970, 1, 1), date(9998, 12, 31)


class Kind(StrEnum):
    """What a day has to show."""

    PUBLISHED = "published"
    LISTED = "papers"
    QUIET = "quiet"
    UNKNOWN = "not asked"  # of a live source
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the month."""

    day: date
    kind: Kind
    #: How many the edition holds, or the source lists; 0 where that is not known.
    papers: int = 0
    #: Whether an editor's file lies there.
    is_edited: bool = False


@dataclass(frozen=True, slots=True)
class Month:
    """Its weeks, Monday first; None where a week's day is another month's."""

    first: date
    weeks: tuple[tuple[Day | None, ...], ...]
    before: date
    after: date


def read_month(settings: Settings, outlet: Outlet, of: date, *, now: datetime) -> Month:
    """The month that a day lies in, over what the source and the store have.

    No store is made where there is none, and no live source is asked.
    """
    first = min(max(of, _FIRST), _LAST).replace(day=1)
    rows = Calendar().monthdatescalendar(first.year, first.month)
    days = [day for row in rows for day in row if day.month == first.month]
    known = {each.day: each for each in _describe(settings, outlet, days, now)}
    return Month(
        first,
        tuple(tuple(known.get(day) for day in row) for row in rows),
        before=_shift(first, -1),
        after=_shift(first, 1),
    )


def _shift(first: date, by: int) -> date:
    months = first.year * 12 + first.month - 1 + by
    return date(months // 12, months % 12 + 1, 1)


def _describe(settings: Settings, outlet: Outlet, days: list[date], now: datetime) -> list[Day]:
    listed = count_listed(settings.papers, settings.home, shipped() / "data" / "papers", days)
    published: dict[date, int] = {}
    with looking(outlet) as store:
        if store:
            published = _count_published(store, days)
            unknown = [day for day, count in listed.items() if count is None]
            listed |= _count_read(store, unknown)
    last = today(now, settings.newsletter.timezone)
    return [
        Day(
            day,
            *_judge(day, published.get(day), listed[day], last),
            steering_path(settings.home, day).is_file(),
        )
        for day in days
    ]


def _judge(day: date, published: int | None, listed: int | None, last: date) -> tuple[Kind, int]:
    if published is not None:
        return Kind.PUBLISHED, published
    if listed:
        return Kind.LISTED, listed
    if day > last:
        return Kind.AHEAD, 0
    return Kind.UNKNOWN if listed is None else Kind.QUIET, 0


def _count_published(store: Store, days: list[date]) -> dict[date, int]:
    """The papers of each edition."""
    pages = {
        day: store.editions.get_edition_page(day) for day in store.editions.days() if day in days
    }
    return {day: len(page) for day, page in pages.items() if page is not None}


def _count_read(store: Store, days: list[date]) -> dict[date, int]:
    """What the store saw of lists that were read and are not kept any more."""
    read = store.sightings.lists_seen(days)
    return {day: len(store.papers.find(listed_on=day, limit=_MOST)) for day in read}
