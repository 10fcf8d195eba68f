"""The papers that were ever loaded, to look them up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import func, select

from newsletter.store.engine import reading
from newsletter.store.schema import featured, papers, sightings


class KnownPaper(NamedTuple):
    """What is kept of a paper."""

    key: str
    title: str
    listed_on: date | None
    first_seen: datetime
    #: The most that were ever read; None where none were.
    upvotes: int | None
    #: The day whose edition held it.
    featured_on: date | None


class Reading(NamedTuple):
    """A paper's counts at one moment."""

    observed_at: datetime
    upvotes: int | None
    comments: int | None
    stars: int | None


@dataclass(frozen=True, slots=True)
class Papers:
    """Looks papers up.

    All methods raise StoreUnavailable when the database cannot be read.
    """

    engine: sa.Engine

    def find(
        self, words: Iterable[str] = (), *, listed_on: date | None = None, limit: int = 50
    ) -> list[KnownPaper]:
        """The papers whose title or key holds every word, newest listing first, then by votes.

        Args:
            words: compared without regard to case (in SQLite, to that of ASCII letters).
            listed_on: only those of that day.
        """
        query = self._query()
        for word in words:
            text = (papers.c.title, papers.c.key)
            query = query.where(sa.or_(*(c.icontains(word, autoescape=True) for c in text)))
        if listed_on is not None:
            query = query.where(papers.c.listed_on == listed_on)
        with reading(self.engine) as connection:
            return [KnownPaper(*row) for row in connection.execute(query.limit(limit))]

    def get(self, key: str) -> KnownPaper | None:
        """The paper of a key; None if it was never loaded."""
        with reading(self.engine) as connection:
            row = connection.execute(self._query().where(papers.c.key == key)).one_or_none()
        return None if row is None else KnownPaper(*row)

    def readings(self, key: str) -> list[Reading]:
        """Every reading of a paper's votes, oldest first."""
        s = sightings.c
        query = select(s.observed_at, s.upvotes, s.comments, s.stars).where(s.paper_key == key)
        with reading(self.engine) as connection:
            return [Reading(*row) for row in connection.execute(query.order_by(s.observed_at))]

    def _query(self) -> sa.Select[Any]:
        p, votes = papers.c, func.max(sightings.c.upvotes)
        return (
            select(p.key, p.title, p.listed_on, p.first_seen, votes, featured.c.day)
            .join_from(papers, sightings, isouter=True)
            .join(featured, featured.c.paper_key == p.key, isouter=True)
            .group_by(p.key, p.title, p.listed_on, p.first_seen, featured.c.day)
            .order_by(p.listed_on.desc().nulls_last(), votes.desc().nulls_last(), p.key)
        )
