"""From sightings to papers: which observation of a paper counts, and which source."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from newsletter.collector import at_rest
from newsletter.model import BadRecord, Paper
from newsletter.papers.listing import Listing, Sighting
from newsletter.papers.record import Unfit, listed_at, to_paper


def known(lists: Sequence[Listing], now: datetime) -> list[Sighting]:
    """Return what was known at `now`.

    A later sighting counts only where its day had no list of its own up to then: a record of
    an archive may be the only trace of its paper.
    """
    in_time = {each.listed_on for each in lists if each.listed_on and each.observed_at <= now}
    sightings = [sighting for each in lists for sighting in each.sightings]
    return [s for s in sightings if s.observed_at <= now or s.listed_on not in in_time]


class Merged(NamedTuple):
    """What the sightings of one source came to."""

    papers: tuple[Paper, ...]
    bad: tuple[BadRecord, ...]
    #: The keys of papers that it says were withdrawn.
    withdrawn: frozenset[str]


@at_rest()
def merge(
    sightings: Iterable[Sighting], now: datetime, *, source: tuple[str, float] = ("", 0.0)
) -> Merged:
    """Make one paper of all sightings with the same key, and name those left out.

    All are of one `source`, told by its name and weight.

    Its votes and words are of the newest sighting not after `now`, or where there is none of
    the first one; its listing day is the earliest. One that was withdrawn is left out.
    """
    by_key: dict[str, list[Sighting]] = {}
    for sighting in sightings:
        by_key.setdefault(sighting.key, []).append(sighting)
    papers, bad, withdrawn = [], [], set()
    for key, group in by_key.items():
        best = max(group, key=lambda sighting: _weight(sighting, now))
        if best.record.withdrawn:
            withdrawn.add(key)
        try:
            papers.append(_paper(best, first=min(group, key=_listed), source=source))
        except Unfit as unfit:
            bad.append(BadRecord(best.origin, best.index, unfit.field, unfit.reason))
    return Merged(tuple(papers), tuple(bad), frozenset(withdrawn))


@at_rest()
def combine(
    by_source: Iterable[Sequence[Paper]], *, withdrawn: Collection[str] = ()
) -> tuple[Paper, ...]:
    """Make one paper of all that have the same key in several sources.

    What one source says of it goes before what a later one says; what it leaves open a later
    one fills in. Votes, when they were read and since when they count are of one source.

    Args:
        withdrawn: the keys of papers that are left out, as one of the sources says so.
    """
    by_key: dict[str, Paper] = {}
    for papers in by_source:
        for paper in (paper for paper in papers if paper.key not in withdrawn):
            before = by_key.get(paper.key)
            by_key[paper.key] = _join(before, paper) if before else paper
    return tuple(by_key.values())


_FILLED_IN = (
    "abstract", "summary", "authors", "organization", "keywords", "published_on", "stars",
    "comments", "url", "code_url", "project_url", "image_url",
)  # fmt: skip


def _join(paper: Paper, other: Paper) -> Paper:
    changes: dict[str, Any] = {
        name: getattr(other, name) for name in _FILLED_IN if getattr(paper, name) in (None, "", ())
    }
    if paper.upvotes is None and other.upvotes is not None:
        changes |= {"upvotes": other.upvotes, "observed_at": other.observed_at}
        lister = other if other.listed_on else paper
    else:
        lister = paper if paper.listed_on else other
    return replace(
        paper,
        **changes,
        author_count=max(paper.author_count, other.author_count),
        listed_on=lister.listed_on,
        listed_at=lister.listed_at,
        sources=(*paper.sources, *other.sources),
    )


def first_seen(sightings: Iterable[Sighting]) -> dict[str, datetime]:
    """Return when each paper was first seen, by its key."""
    seen: dict[str, datetime] = {}
    for sighting in sightings:
        before = seen.get(sighting.key, sighting.observed_at)
        seen[sighting.key] = min(before, sighting.observed_at)
    return seen


def _weight(sighting: Sighting, now: datetime) -> tuple[bool, float, int]:
    """Of two in the same list, the one with more votes: it was read from the fresher copy."""
    distance = abs((now - sighting.observed_at).total_seconds())
    return sighting.observed_at <= now, -distance, sighting.record.upvotes or 0


def _listed(sighting: Sighting) -> tuple[date, datetime]:
    day = sighting.listed_on
    moment = listed_at(sighting.record, day)
    return day or date.max, moment or datetime.max.replace(tzinfo=UTC)


def _paper(best: Sighting, *, first: Sighting, source: tuple[str, float]) -> Paper:
    record = best.record
    if record.withdrawn:
        raise Unfit("withdrawnAt", f"the paper was withdrawn on {record.withdrawn:%Y-%m-%d}")
    return to_paper(
        record,
        key=best.key,
        listed_on=first.listed_on,
        listed_at=listed_at(first.record, first.listed_on),
        observed_at=best.observed_at,
        source=source,
    )
