"""A list of records as one file or one answer gave it, each of its records checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from newsletter.errors import SourceUnavailable
from newsletter.model import BadRecord
from newsletter.papers.record import Record, Unfit, read_record

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
) -> Listing:
    """Check every record of a list; a bad one is named and left out.

    Args:
        observed_at: when the list was read, where its name says so: it counts for each record.
        read_at: when it was read at the latest, for records that do not say so themselves.
        wanted: papers of other listing days are dropped.

    Raises:
        SourceUnavailable: there are records and not one can be used: the source has changed.
    """
    horizon = max(now, read_at) + timedelta(days=1)
    sightings: list[Sighting] = []
    bad: list[BadRecord] = []
    count = 0
    for count, item in enumerate(items, 1):
        try:
            record = read_record(item, horizon=horizon)
        except Unfit as unfit:
            bad.append(BadRecord(origin, count - 1, unfit.field, unfit.reason))
            continue
        day = listed_on or record.listed_on
        if wanted(day):
            seen = observed_at or record.observed_at or read_at
            sightings.append(Sighting(record, record.key, day, seen, origin, count - 1))
    if bad and len(bad) == count:
        raise SourceUnavailable(f"No record of the list can be used; the first, {bad[0]}.")
    return Listing(
        origin=origin,
        listed_on=listed_on,
        observed_at=observed_at or read_at,
        count=count,
        sightings=tuple(sightings),
        bad=tuple(bad),
    )
