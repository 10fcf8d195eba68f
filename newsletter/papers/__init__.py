"""Load the day's papers from one source or several: files, Hugging Face, arXiv, feeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from newsletter.errors import SourceUnavailable
from newsletter.model import BadRecord, Paper
from newsletter.papers import files, merging
from newsletter.papers.columns import Columns
from newsletter.papers.listing import Listing, Sighting
from newsletter.papers.source import Given, find_files, read_source
from newsletter.papers.standing_in import Asking
from newsletter.settings import Papers as Settings
from newsletter.sources import Source

__all__ = ["ListSeen", "Loaded", "load", "newest_day"]


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
    #: What its columns were taken for; None for the API's own form.
    columns: Columns | None = None

    @classmethod
    def of(cls, listing: Listing) -> ListSeen:
        return cls(
            listed_on=listing.listed_on,
            observed_at=listing.observed_at,
            origin=listing.origin,
            count=listing.count,
            columns=listing.columns,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What the sources gave for a day."""

    #: Each key once.
    papers: tuple[Paper, ...]
    #: Records that were left out.
    bad: tuple[BadRecord, ...]
    lists: tuple[ListSeen, ...]
    #: When each paper was first seen in these lists, by its key.
    first_seen: Mapping[str, datetime]
    #: What else went wrong without stopping the day, a sentence each.
    warnings: tuple[str, ...]
    #: Why the day's own list is not among these, which earlier answers stand in for; None
    #: where it is: without papers such a day has failed, and is no quiet one.
    lost: SourceUnavailable | None = None
    #: Papers of a week before, read for their settled votes alone: no edition chooses from them.
    settled: tuple[Paper, ...] = ()


def _now() -> datetime:
    return datetime.now(UTC)


def load(
    source: str | Sequence[Source],
    *,
    day: date | None,
    now: datetime,
    settings: Settings,
    home: Path,
    fallback: Path,
    public_url: str = "",
    zone: str = "UTC",
    clock: Callable[[], datetime] = _now,
) -> Loaded:
    """Load the papers that an edition of `day` can choose from: listed then or in the week before.

    Args:
        source: one or several, those that are to be believed first before the others. Each is
            "sample", "huggingface", the address of an API like it, "arxiv:" and categories, a
            feed's address, or a file, folder or pattern relative to `home`.
        day: the edition's day; None: whatever the sources have (not of the API).
        now: votes are those last read before; what is read later counts only where a day was
            not read before.
        settings: how to ask, and how old an answer may be to stand in for a source.
        home: what paths are relative to; live answers are kept below it, in `var/answers`.
        fallback: the sample papers for a `home` that has none in `data/papers`.
        public_url: told to live sources, so that their keepers know whom to write to.
        zone: where the day is one, by its IANA name.
        clock: tells when a live source answered.

    Raises:
        SourceUnavailable: nothing can be had, or nothing that may be the day's own list. An
            empty list is no failure, nor is a folder that has no list of the day.
    """
    asking = Asking(
        day=day,
        now=now,
        settings=settings,
        home=home,
        fallback=fallback,
        public_url=public_url,
        zone=ZoneInfo(zone),
        clock=clock,
    )
    sources = (Source(at=source),) if isinstance(source, str) else source
    given = [read_source(each, asking) for each in sources]
    lost = _find_lost(given, asking)
    known = [merging.known(each.lists, now) for each in given]
    merged = [
        merging.merge(sightings, now, source=(each.name, each.weight))
        for each, sightings in zip(given, known, strict=True)
    ]
    lists = [listing for each in given for listing in each.lists]
    return Loaded(
        papers=merging.combine(
            (each.papers for each in merged),
            withdrawn={key for each in merged for key in each.withdrawn},
        ),
        bad=(*(bad for each in lists for bad in each.bad), *(b for e in merged for b in e.bad)),
        lists=tuple(ListSeen.of(each) for each in lists),
        first_seen=merging.first_seen(sighting for each in known for sighting in each),
        warnings=tuple(warning for each in given for warning in each.warnings),
        lost=lost,
        settled=merging.combine(
            merging.merge(_sightings(each.settled), now).papers for each in given
        ),
    )


def newest_day(*, home: Path, fallback: Path, now: datetime) -> date:
    """Return the newest listing day of the sample papers.

    Raises:
        SourceUnavailable: they are not there, or none of them names its day.
    """
    found = find_files("sample", home, fallback)
    day = files.newest_day(found, now=now)
    if day is None:
        folder = found[0].path.parent
        raise SourceUnavailable(f"The papers at {folder} name no listing day; give one by --date.")
    return day


def _sightings(lists: Iterable[Listing]) -> Iterator[Sighting]:
    return (sighting for each in lists for sighting in each.sightings)


def _find_lost(given: Sequence[Given], asking: Asking) -> SourceUnavailable | None:
    """Raise what cost the day its own list, or return it where earlier answers stand in.

    The loss of one source is a warning where another one has news of the day.
    """
    lost = [each.lost for each in given if each.lost]
    if not lost or any(each.has_news(asking) for each in given if not each.lost):
        return None
    if not any(each.stands_in for each in given):
        raise lost[0]
    return lost[0]
