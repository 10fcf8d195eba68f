"""When each paper was seen, and with how many votes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import func, select

from newsletter.model import Paper
from newsletter.store.engine import insert, reading, writing
from newsletter.store.schema import listings, papers, sightings

_Item = TypeVar("_Item")
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Sightings:
    """The papers that were ever loaded.

    All methods raise StoreUnavailable when the database cannot be read or written.
    """

    engine: sa.Engine

    def record(
        self,
        seen: Sequence[Paper],
        *,
        first_seen: Mapping[str, datetime],
        lists: Mapping[date, Sequence[datetime]],
        now: datetime,
    ) -> None:
        """Note that papers were seen, and whole lists read; the same twice counts once.

        What claims to be in the future, as with a file whose time is wrong, counts as now.

        Args:
            first_seen: each paper's earliest sighting, by its key, where it is older than
                `observed_at`; the earliest ever told stays.
            lists: when the whole list of a listing day was read.
        """
        by_key = {paper.key: paper for paper in seen}
        moments = {(paper.key, min(paper.observed_at, now)): paper for paper in seen}
        read = {(day, min(at, now)) for day, found in lists.items() for at in found}
        with writing(self.engine) as connection:
            # In one order everywhere, so that two programs cannot wait for each other.
            for keys in chunks(sorted(by_key)):
                rows = [_paper_row(by_key[key], first_seen, now) for key in keys]
                connection.execute(self._upsert_papers(), rows)
            for chunk in chunks(sorted(moments)):
                rows = [_sighting_row(moments[one], one[1]) for one in chunk]
                connection.execute(self._insert_new(sightings), rows)
            for days in chunks(sorted(read)):
                rows = [{"listed_on": day, "read_at": at} for day, at in days]
                connection.execute(self._insert_new(listings), rows)

    def first_seen(self, keys: Collection[str]) -> dict[str, datetime]:
        """When each paper was first seen; those that never were are left out."""
        found: dict[str, datetime] = {}
        with reading(self.engine) as connection:
            for chunk in chunks(keys):
                query = select(papers.c.key, papers.c.first_seen).where(papers.c.key.in_(chunk))
                found.update((key, moment) for key, moment in connection.execute(query))
        return found

    def lists_seen(self, days: Collection[date]) -> dict[date, list[datetime]]:
        """When the list of each day was read, oldest first; days never read are left out."""
        query = select(listings.c.listed_on, listings.c.read_at).order_by(listings.c.read_at)
        found: dict[date, list[datetime]] = {}
        with reading(self.engine) as connection:
            for chunk in chunks(days):
                rows = connection.execute(query.where(listings.c.listed_on.in_(chunk)))
                for day, moment in rows:
                    found.setdefault(day, []).append(moment)
        return found

    def series(self) -> list[tuple[str, date, datetime, int]]:
        """Every sighting with votes: key, listing day, moment, votes; oldest first."""
        s = sightings.c
        query = (
            select(s.paper_key, papers.c.listed_on, s.observed_at, s.upvotes)
            .join_from(sightings, papers, s.paper_key == papers.c.key)
            .where(papers.c.listed_on.is_not(None), s.upvotes.is_not(None))
            .order_by(s.observed_at, s.paper_key)
        )
        with reading(self.engine) as connection:
            return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query)]

    def _upsert_papers(self) -> sa.Insert:
        statement = insert(self.engine, papers)
        new = statement.excluded
        earlier = sa.case(
            (new.first_seen < papers.c.first_seen, new.first_seen), else_=papers.c.first_seen
        )
        changes = {
            "title": new.title,
            "listed_on": func.coalesce(new.listed_on, papers.c.listed_on),
            "first_seen": earlier,
        }
        return statement.on_conflict_do_update(index_elements=["key"], set_=changes)

    def _insert_new(self, table: sa.Table) -> sa.Insert:
        return insert(self.engine, table).on_conflict_do_nothing()


def chunks(items: Collection[_Item]) -> Iterator[list[_Item]]:
    """The items in lists that fit into one statement."""
    rest = iter(items)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def _paper_row(paper: Paper, first_seen: Mapping[str, datetime], now: datetime) -> dict[str, Any]:
    first = min(first_seen.get(paper.key, paper.observed_at), paper.observed_at)
    return {
        "key": paper.key,
        "title": paper.title,
        "listed_on": paper.listed_on,
        "first_seen": min(first, now),
    }


def _sighting_row(paper: Paper, observed_at: datetime) -> dict[str, Any]:
    return {
        "paper_key": paper.key,
        "observed_at": observed_at,
        "upvotes": paper.upvotes,
        "comments": paper.comments,
        "stars": paper.stars,
    }
