"""Days that were due and have no edition: waited for or skipped, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import select

from newsletter.store.engine import insert, reading, writing
from newsletter.store.schema import agenda, editions
from newsletter.timetable import Skip, Waiting

_a = agenda.c


@dataclass(frozen=True, slots=True)
class Agenda:
    """What became of days without an edition; publishing one takes its day off.

    All methods raise StoreUnavailable when the database cannot be read or written.
    """

    engine: sa.Engine

    def last_settled(self, until: date) -> date | None:
        """The last day up to another that was published or skipped."""
        published = select(sa.func.max(editions.c.day)).where(editions.c.day <= until)
        skipped = select(sa.func.max(_a.day)).where(_a.look_at.is_(None), _a.day <= until)
        with reading(self.engine) as connection:
            days = (connection.scalar(published), connection.scalar(skipped))
        return max((day for day in days if day is not None), default=None)

    def waiting(self) -> Waiting | None:
        """The newest day that is waited for, if one is."""
        query = select(_a.day, _a.reason, _a.look_at).where(_a.look_at.is_not(None))
        with reading(self.engine) as connection:
            row = connection.execute(query.order_by(_a.day.desc()).limit(1)).one_or_none()
        return row and Waiting(row.day, row.reason, row.look_at)

    def skips(self, since: date) -> list[Skip]:
        """The days skipped since another, newest first."""
        query = select(_a.day, _a.reason).where(_a.look_at.is_(None), _a.day >= since)
        with reading(self.engine) as connection:
            rows = connection.execute(query.order_by(_a.day.desc())).all()
        return [Skip(row.day, row.reason) for row in rows]

    def wait(self, waiting: Waiting, *, now: datetime) -> bool:
        """Look at a day again later; False if it is settled meanwhile."""
        return self._note(waiting.day, waiting.reason, waiting.look_at, now)

    def skip(self, skips: Iterable[Skip], *, now: datetime) -> list[Skip]:
        """Write days off for good; returns those that were not settled before."""
        return [skip for skip in skips if self._note(skip.day, skip.reason, None, now)]

    def _note(self, day: date, reason: str, look_at: datetime | None, now: datetime) -> bool:
        change = {"reason": reason, "look_at": look_at, "changed_at": now}
        entry = (
            insert(self.engine, agenda)
            .values(day=day, **change)
            .on_conflict_do_update(
                index_elements=["day"], set_=change, where=_a.look_at.is_not(None)
            )
            .returning(_a.day)
        )
        with writing(self.engine) as connection:
            if connection.scalar(select(editions.c.day).where(editions.c.day == day)):
                return False
            return connection.scalar(entry) is not None
