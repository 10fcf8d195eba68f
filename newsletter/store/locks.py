"""Locks that programs on several machines share: rows that end by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy import select, update

from newsletter.store.engine import db_now, insert, reading, writing
from newsletter.store.schema import locks

_l = locks.c


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a lock, and since when."""

    name: str
    age: timedelta


@dataclass(frozen=True, slots=True)
class Locks:
    """Locks by name, held by leases; times go by the database's clock.

    All methods raise StoreUnavailable when the database cannot be read or written.
    """

    engine: sa.Engine

    def take(self, name: str, holder: str, lease: timedelta) -> bool:
        """Take a lock unless somebody has it whose lease runs."""
        ours = {"holder": holder, "taken_at": db_now(), "lease_until": db_now(lease)}
        entry = (
            insert(self.engine, locks)
            .values(name=name, **ours)
            .on_conflict_do_update(
                index_elements=["name"], set_=ours, where=_l.lease_until <= db_now()
            )
            .returning(_l.name)
        )
        with writing(self.engine) as connection:
            return connection.scalar(entry) is not None

    def renew(self, name: str, holder: str, lease: timedelta) -> bool:
        """Prolong a lock; False if it is somebody else's by now."""
        prolong = update(locks).where(_l.name == name, _l.holder == holder)
        with writing(self.engine) as connection:
            return connection.execute(prolong.values(lease_until=db_now(lease))).rowcount == 1

    def release(self, name: str, holder: str) -> None:
        """Give a lock back, if it is still ours."""
        with writing(self.engine) as connection:
            connection.execute(locks.delete().where(_l.name == name, _l.holder == holder))

    def holder(self, name: str) -> Holder | None:
        """Who has a lock now; None where it is free."""
        query = select(_l.holder, _l.taken_at, db_now()).where(
            _l.name == name, _l.lease_until > db_now()
        )
        with reading(self.engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Holder(row[0], row[2] - row[1])
