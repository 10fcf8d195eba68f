"""Load the day's papers from files or from the API of Hugging Face Daily Papers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

from newsletter.errors import SourceUnavailable, UsageError
from newsletter.model import BadRecord, Paper
from newsletter.papers import files, merging
from newsletter.papers.listing import Failed, Listing
from newsletter.settings import Papers as Settings

#: How many calendar days before its own a day's edition may look back.
LOOK_BACK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSeen:
    """A list that was read."""

    #: The day whose whole list it is; None where only its records themselves know theirs.
    listed_on: date | None
    observed_at: datetime
    #: The file or address, for people.
    origin: str
    #: How many records it held, bad ones too.
    count: int

    @classmethod
    def of(cls, listing: Listing) -> ListSeen:
        return cls(
            listed_on=listing.listed_on,
            observed_at=listing.observed_at,
            origin=listing.origin,
            count=listing.count,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a source gave for a day."""

    #: Each key once.
    papers: tuple[Paper, ...]
    #: Records that were left out.
    bad: tuple[BadRecord, ...]
    lists: tuple[ListSeen, ...]
    #: When each paper was first seen in these lists, by its key.
    first_seen: Mapping[str, datetime]
    #: What else went wrong without stopping the day, a sentence each.
    warnings: tuple[str, ...]


def load(
    source: str,
    *,
    day: date | None,
    now: datetime,
    settings: Settings,
    home: Path,
    fallback: Path,
    public_url: str = "",
) -> Loaded:
    """Load the papers that an edition of `day` can choose from: listed then or in the week before.

    Args:
        source: "sample", "huggingface", the address of an API like it, or a file, folder or
            pattern relative to `home`.
        day: the edition's day; None: whatever the source has (not of an API).
        now: votes are those last read before; what is read later counts only where a day was
            not read before.
        fallback: the sample papers for a `home` that has none in `data/papers`.
        public_url: told to the API, so that its keepers know whom to write to.

    Raises:
        SourceUnavailable: nothing can be had, or nothing that may be the day's own list. An
            empty list is no failure, nor is a folder that has no list of the day.
    """
    if source == "huggingface" or re.match(r"https?://", source):
        results = _read_api(source, day, now, settings, public_url)
    else:
        found = files.find(_path(source, home, fallback))
        results = list(files.read_lists(found, wanted=partial(_is_near, day), now=now))
    lists = [each for each in results if isinstance(each, Listing)]
    failures = [each for each in results if isinstance(each, Failed)]
    _raise_if_lost(day, lists, failures)
    sightings = merging.known(lists, now)
    papers, unfit = merging.merge(sightings, now)
    return Loaded(
        papers=papers,
        bad=(*(bad for each in lists for bad in each.bad), *unfit),
        lists=tuple(ListSeen.of(each) for each in lists),
        first_seen=merging.first_seen(sightings),
        warnings=tuple(str(each.error) for each in failures),
    )


def newest_day(*, home: Path, fallback: Path, now: datetime) -> date:
    """Return the newest listing day of the sample papers.

    Raises:
        SourceUnavailable: they are not there, or none of them names its day.
    """
    path = _path("sample", home, fallback)
    day = files.newest_day(files.find(path), now=now)
    if day is None:
        raise SourceUnavailable(f"The papers at {path} name no listing day; give one by --date.")
    return day


def _path(source: str, home: Path, fallback: Path) -> Path:
    if source != "sample":
        return home / source
    own = home / "data" / "papers"
    return own if own.exists() else fallback


def _read_api(
    source: str, day: date | None, now: datetime, settings: Settings, public_url: str
) -> list[Listing | Failed]:
    from newsletter.papers import huggingface

    if day is None:
        raise UsageError(f"papers.source: {source} is asked for one day at a time; name a day.")
    url = huggingface.API if source == "huggingface" else source
    return list(
        huggingface.read_lists(
            url, day, look_back=LOOK_BACK, now=now, settings=settings, public_url=public_url
        )
    )


def _is_near(day: date | None, listed_on: date | None) -> bool:
    """Whether a paper may stand in the day's edition; one without a listing day always may."""
    if day is None or listed_on is None:
        return True
    return timedelta(0) <= day - listed_on <= timedelta(days=LOOK_BACK)


def _raise_if_lost(day: date | None, lists: Sequence[Listing], failures: Sequence[Failed]) -> None:
    """Raise what may have cost the day its own list; an older day's loss is a warning."""
    if day is None:
        lost = [] if lists else failures
    elif any(day in _days(each) for each in lists):
        lost = []
    else:
        lost = [each for each in failures if each.listed_on in (day, None)]
    if lost:
        raise lost[0].error


def _days(listing: Listing) -> set[date | None]:
    return {listing.listed_on, *(sighting.listed_on for sighting in listing.sightings)}
