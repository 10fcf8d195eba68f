"""How many papers are listed on which day, counted without asking anybody over the network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

from newsletter.errors import SourceUnavailable
from newsletter.papers import files
from newsletter.papers.answers import Answers
from newsletter.papers.columns import Mapped
from newsletter.papers.listing import Failed, Listing
from newsletter.papers.source import find_files
from newsletter.settings import Papers
from newsletter.sources import Source, is_live

#: The keys of the papers of each day; none for a day whose list is empty.
Listed = Mapping[date, frozenset[str]]

#: So many lists are remembered until they change.
_KEPT = 512
#: No record lies in the future, so that what was counted once holds tomorrow.
_LATER = datetime(9000, 1, 1, tzinfo=UTC)
_EVER = datetime(1, 1, 1, tzinfo=UTC)


def count_listed(
    settings: Papers, home: Path, fallback: Path, days: Iterable[date]
) -> dict[date, int | None]:
    """How many papers the sources list on each day; None where a live one was not asked.

    Of a live source that is what its last answers say, which are kept for two weeks.
    """
    wanted = frozenset(days)
    found: dict[date, set[str]] = {}
    known: set[date] = set()
    for source in settings.sources:
        mapped = tuple((source.columns or settings.columns).items())
        lists = list(_read(source, home, fallback, wanted, mapped))
        known |= {day for listed in lists for day in listed} if is_live(source.at) else wanted
        for listed in lists:
            for day in wanted & listed.keys():
                found.setdefault(day, set()).update(listed[day])
    return {day: len(found.get(day, ())) if day in known else None for day in wanted}


def _read(
    source: Source, home: Path, fallback: Path, wanted: frozenset[date], mapped: Mapped
) -> Iterator[Listed]:
    if is_live(source.at):
        answers = Answers.of(source.at, home)
        for day in (*wanted, None):
            yield _read_answer(answers, day, mapped, _look(answers.path(day)))
        return
    try:
        found = find_files(source.at, home, fallback)
    except SourceUnavailable:
        return  # drawing the day up says so, and what to do
    for file in found:
        if file.listed_on is None or file.listed_on in wanted:
            yield _read_file(file, mapped)


@lru_cache(maxsize=_KEPT)
def _read_file(file: files.File, mapped: Mapped) -> Listed:
    return _sort(file.listed_on, files.read_lists([file], wanted=_any, now=_LATER, mapped=mapped))


@lru_cache(maxsize=_KEPT)
def _read_answer(
    answers: Answers, day: date | None, mapped: Mapped, look: tuple[int, int] | None
) -> Listed:
    answer = answers.find(day, since=_EVER) if look else None
    if answer is None:
        return {}
    try:
        return _sort(day, [answer.check(now=_LATER, mapped=mapped)])
    except SourceUnavailable:
        return {}


def _sort(listed_on: date | None, lists: Iterable[Listing | Failed]) -> Listed:
    by_day: dict[date, set[str]] = {}
    for listing in lists:
        if isinstance(listing, Listing):
            if listed_on is not None:
                by_day.setdefault(listed_on, set())
            for sighting in listing.sightings:
                if sighting.listed_on is not None:
                    by_day.setdefault(sighting.listed_on, set()).add(sighting.key)
    return {day: frozenset(keys) for day, keys in by_day.items()}


def _any(listed_on: date | None) -> bool:
    return True


def _look(path: Path) -> tuple[int, int] | None:
    """What changes when a file does; None where there is none."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size
