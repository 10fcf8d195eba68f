"""When each paper was seen, and with how many votes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import func, select

from newsletter.model import Paper
from newsletter.store.engine import insert, reading, writing
from newsletter.store.schema import papers, sightings

_Item = TypeVar("_Item")
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Sightings:
    """The papers that were ever loaded.

    All methods raise StoreUnavailable when the database cannot be read or written.
    """

    engine: sa.Engine

    def record(self, seen: Sequence[Paper], *, now: datetime) -> None:
        """Note that papers were seen; the same sighting twice counts once.

        A paper's first sighting stays the earliest; one that claims to be in the future, as
        with a file whose time is wrong, counts as now.
        """
        by_key = {paper.key: paper for paper in seen}
        moments = {(paper.key, min(paper.observed_at, now)): paper for paper in seen}
        with writing(self.engine) as connection:
            # In one order everywhere, so that two programs cannot wait for each other.
            for keys in chunks(sorted(by_key)):
                rows = [_paper_row(by_key[key], now) for key in keys]
                connection.execute(self._upsert_papers(), rows)
            for chunk in chunks(sorted(moments)):
                rows = [_sighting_row(moments[one], one[1]) for one in chunk]
                connection.execute(self._insert_sightings(), rows)

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
        query = (
            select(papers.c.listed_on, sightings.c.observed_at)
            .join_from(papers, sightings, sightings.c.paper_key == papers.c.key)
            .distinct()
            .order_by(sightings.c.observed_at)
        )
        found: dict[date, list[datetime]] = {}
        with reading(self.engine) as connection:
            for chunk in chunks(days):
                for day, moment in connection.execute(query.where(papers.c.listed_on.in_(chunk))):
                    found.setdefault(day, []).append(moment)
        return found

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

    def _insert_sightings(self) -> sa.Insert:
        return insert(self.engine, sightings).on_conflict_do_nothing()


def chunks(items: Collection[_Item]) -> Iterator[list[_Item]]:
    """The items in lists that fit into one statement."""
    rest = iter(items)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def _paper_row(paper: Paper, now: datetime) -> dict[str, Any]:
    return {
        "key": paper.key,
        "title": paper.title,
        "listed_on": paper.listed_on,
        "first_seen": min(paper.observed_at, now),
    }


def _sighting_row(paper: Paper, observed_at: datetime) -> dict[str, Any]:
    return {
        "paper_key": paper.key,
        "observed_at": observed_at,
        "upvotes": paper.upvotes,
        "comments": paper.comments,
        "stars": paper.stars,
    }
