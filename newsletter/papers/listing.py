"""A list of records as one file or one answer gave it, each of its records checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from newsletter.errors import SourceUnavailable
from newsletter.model import BadRecord
from newsletter.papers.columns import Columns, Mapped, join
from newsletter.papers.record import Record, Unfit, columns_of, read_record

#: Records of one list may have as many sets of keys; what more there are is read, not shown.
_ARRANGEMENTS = 100

#: Says of a listing day whether its papers matter.
Wanted = Callable[[date | None], bool]


@dataclass(frozen=True, slots=True)
class Sighting:
    """One paper in one list."""

    record: Record
    key: str
    listed_on: date | None
    observed_at: datetime
    #: Where it stands, for people: the file or address, and the position there.
    origin: str
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What one file or one answer held."""

    #: The file or address, for people.
    origin: str
    #: The day whose whole list this is; None where only the records themselves know.
    listed_on: date | None
    observed_at: datetime
    #: How many records it held, bad ones too.
    count: int
    sightings: tuple[Sighting, ...]
    bad: tuple[BadRecord, ...]
    #: What its columns were taken for; None for the API's own form.
    columns: Columns | None = None
    #: What an operator should know of how it was read; "" if nothing.
    remark: str = ""
    #: Whether it was read for its settled votes alone: no edition chooses from it.
    is_settled: bool = False

    def has_news(self, day: date, zone: tzinfo) -> bool:
        """Whether it lists a paper on the day; one that knows no day is of when it was read.

        Args:
            zone: where the day is one: the newsletter's.
        """
        read_on = self.observed_at.astimezone(zone).date()
        return any(
            read_on >= day if sighting.listed_on is None else sighting.listed_on == day
            for sighting in self.sightings
        )


@dataclass(frozen=True, slots=True)
class Failed:
    """A list that could not be had."""

    #: The day it would have been of; None: of any.
    listed_on: date | None
    error: SourceUnavailable


def check(
    items: Iterable[Any],
    *,
    origin: str,
    listed_on: date | None,
    observed_at: datetime | None,
    read_at: datetime,
    wanted: Wanted,
    now: datetime,
    mapped: Mapped = (),
) -> Listing:
    """Check every record of a list; a bad one is named and left out.

    Args:
        observed_at: when the list was read, where its name says so: it counts for each record.
        read_at: when it was read at the latest, for records that do not say so themselves.
        wanted: papers of other listing days are dropped.
        mapped: which column of a flat record is what, where its name does not say.

    Raises:
        SourceUnavailable: there are records and not one can be used, or a mapped column is in
            none of them: the source has changed.
    """
    horizon = max(now, read_at) + timedelta(days=1)
    sightings: list[Sighting] = []
    bad: list[BadRecord] = []
    arrangements: dict[Columns, None] = {}
    count = 0
    for count, item in enumerate(items, 1):
        if (columns := columns_of(item, mapped)) and len(arrangements) < _ARRANGEMENTS:
            arrangements[columns] = None
        try:
            record = read_record(item, horizon=horizon, mapped=mapped)
        except Unfit as unfit:
            bad.append(BadRecord(origin, count - 1, unfit.field, unfit.reason))
            continue
        day = listed_on or record.listed_on
        if wanted(day):
            seen = observed_at or record.observed_at or read_at
            sightings.append(Sighting(record, record.key, day, seen, origin, count - 1))
    found = join(list(arrangements))
    if found and found.missing:
        raise SourceUnavailable(f"{origin} {found.complaint}.")
    if bad and len(bad) == count:
        raise SourceUnavailable(f"No record of the list can be used; the first, {bad[0]}.")
    return Listing(
        origin=origin,
        listed_on=listed_on,
        observed_at=observed_at or read_at,
        count=count,
        sightings=tuple(sightings),
        bad=tuple(bad),
        columns=found,
    )


def read_as_one(lists: Sequence[Listing]) -> Sequence[Listing]:
    """The lists of an address that was asked day by day; one where it goes by no days.

    Then it has the same papers whatever day is asked; where one alone is there to tell by, its
    records name other days. What has the form of Hugging Face's does know days.
    """
    held = [each for each in lists if each.sightings and not each.is_settled][:2]
    if not held or any(each.columns is None for each in held):
        return lists
    keys = {frozenset(sighting.key for sighting in each.sightings) for each in held}
    if len(keys) > 1 or (len(held) == 1 and not _names_other_days(held[0])):
        return lists
    own = (replace(each, listed_on=each.record.listed_on) for each in held[0].sightings)
    return [replace(held[0], listed_on=None, sightings=tuple(own))]


def _names_other_days(listing: Listing) -> bool:
    named = (sighting.record.listed_on for sighting in listing.sightings)
    return any(day not in (None, listing.listed_on) for day in named)


def keep_near(listing: Listing, day: date | None, look_back: int, now: datetime) -> Listing:
    """Leave out what came out after the day, or long before it: a feed may go back for years."""
    if day is None:
        return listing
    first, last = day - timedelta(days=look_back), max(day, now.date())

    def is_near(listed_on: date | None, published: datetime | None) -> bool:
        if listed_on:
            return first <= listed_on <= day
        return published is None or first <= published.date() <= last

    near = (s for s in listing.sightings if is_near(s.listed_on, s.record.published))
    return replace(listing, sightings=tuple(near))
