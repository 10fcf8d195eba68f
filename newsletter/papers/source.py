"""One source: which kind it is, what it gives for a day, and what stands in while it is down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from newsletter.edition import LOOK_BACK
from newsletter.errors import SourceUnavailable, UsageError
from newsletter.papers import files
from newsletter.papers.answers import Answers
from newsletter.papers.columns import Mapped
from newsletter.papers.listing import Failed, Listing, keep_near
from newsletter.papers.standing_in import Asking, describe, find_stand_ins
from newsletter.sources import Source, hide_secrets, is_live, name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a source gave."""

    #: Its name for people.
    name: str
    weight: float
    lists: tuple[Listing, ...]
    #: Why the day's own list may be lost; None where it is not.
    lost: SourceUnavailable | None
    #: Whether papers of earlier answers are among these.
    stands_in: bool
    #: What else went wrong, a sentence each.
    warnings: tuple[str, ...]
    #: Read for their settled votes alone.
    settled: tuple[Listing, ...]

    def has_news(self, asking: Asking) -> bool:
        """Whether it has papers of the day; of any, where none is asked for."""
        lists = [each for each in self.lists if each.sightings]
        day = asking.day
        return bool(lists) if day is None else any(e.has_news(day, asking.zone) for e in lists)


def read_source(source: Source, asking: Asking) -> Given:
    """Ask a source; where it is down, see what it said before.

    Raises:
        UsageError: it cannot be asked in this way.
    """
    mapped: Mapped = tuple((source.columns or asking.settings.columns).items())
    results = list(_read(source.at, asking, mapped))
    read = [each for each in results if isinstance(each, Listing)]
    lists = [each for each in read if not each.is_settled]
    failures = [each for each in results if isinstance(each, Failed)]
    lost = _find_lost(asking.day, lists, failures)
    older: Sequence[Listing] = ()
    if failures and is_live(source.at) and asking.settings.stand_in:
        answers = Answers.of(source.at, asking.home)
        days = _missing_days(asking.day, failures, is_lost=lost is not None)
        older = find_stand_ins(answers, days, held=len(_held(lists)), asking=asking, mapped=mapped)
    return Given(
        name=name_of(source.at),
        weight=source.weight,
        lists=(*lists, *older),
        lost=lost,
        stands_in=bool(_held(older)),
        warnings=(
            *(each.remark for each in lists if each.remark),
            *(describe(each, older, asking, is_lost=each.error is lost) for each in failures),
        ),
        settled=tuple(each for each in read if each.is_settled),
    )


def find_files(source: str, home: Path, fallback: Path) -> list[files.File]:
    """The files of a source that is not live.

    Raises:
        SourceUnavailable: there are none.
    """
    own = home / "data" / "papers"
    sample = own if own.exists() else fallback
    return files.find(sample if source == "sample" else home / source)


def _read(source: str, asking: Asking, mapped: Mapped) -> Iterable[Listing | Failed]:
    if not is_live(source):
        return _read_files(source, asking, mapped)
    from newsletter.papers import feeds

    if feeds.is_feed(source):
        return _read_feed(source, asking)
    return _read_api(source, asking, mapped)


def _read_files(source: str, asking: Asking, mapped: Mapped) -> Iterator[Listing | Failed]:
    try:
        found = find_files(source, asking.home, asking.fallback)
    except SourceUnavailable as error:
        yield Failed(None, error)
        return
    wanted = partial(_is_near, asking.day)
    yield from files.read_lists(found, wanted=wanted, now=asking.now, mapped=mapped)


def _read_feed(source: str, asking: Asking) -> Iterator[Listing | Failed]:
    from newsletter.papers import feeds

    try:
        address = feeds.make_address(source, asking.day, LOOK_BACK)
    except SourceUnavailable as error:
        yield Failed(None, error)
        return
    result = feeds.read_feed(address, asking, answers=Answers.of(source, asking.home))
    if isinstance(result, Listing):
        result = keep_near(result, asking.day, LOOK_BACK, asking.now)
    yield result


def _read_api(source: str, asking: Asking, mapped: Mapped) -> Iterator[Listing | Failed]:
    from newsletter.papers import huggingface

    if asking.day is None:
        raise UsageError(
            f"papers.source: {hide_secrets(source)} is asked for one day at a time; name a day."
        )
    results = huggingface.read_lists(
        huggingface.API if source == "huggingface" else source,
        asking.day,
        asking,
        look_back=LOOK_BACK,
        answers=Answers.of(source, asking.home),
        mapped=mapped,
    )
    for each in results:
        if isinstance(each, Listing) and each.listed_on is None:  # it goes by no days
            yield keep_near(each, asking.day, LOOK_BACK, asking.now)
        else:
            yield each


def _is_near(day: date | None, listed_on: date | None) -> bool:
    """Whether a paper may stand in the day's edition; one without a listing day always may."""
    if day is None or listed_on is None:
        return True
    return timedelta(0) <= day - listed_on <= timedelta(days=LOOK_BACK)


def _find_lost(
    day: date | None, lists: Sequence[Listing], failures: Sequence[Failed]
) -> SourceUnavailable | None:
    """What may have cost the day its own list; an older day's loss is none."""
    if day is None:
        lost = [] if lists else failures
    elif any(day in _days(each) for each in lists):
        lost = []
    else:
        lost = [each for each in failures if each.listed_on in (day, None)]
    return lost[0].error if lost else None


def _days(listing: Listing) -> set[date | None]:
    return {listing.listed_on, *(sighting.listed_on for sighting in listing.sightings)}


def _held(lists: Sequence[Listing]) -> list[Listing]:
    return [each for each in lists if each.sightings]


def _missing_days(
    day: date | None, failures: Sequence[Failed], *, is_lost: bool
) -> list[date | None]:
    """The days that a source did not speak of, newest first; None stands for a feed."""
    failed = [each.listed_on for each in failures]
    if day is None or not is_lost or None in failed:
        return failed
    return [day - timedelta(days=back) for back in range(LOOK_BACK + 1)]
