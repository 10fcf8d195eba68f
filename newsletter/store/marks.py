"""What a store remembers of itself, by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from newsletter.store.engine import insert, reading, writing
from newsletter.store.schema import marks


@dataclass(frozen=True, slots=True)
class Mark:
    """What was noted, and when."""

    value: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class Marks:
    """Reads and sets marks.

    Raises:
        StoreUnavailable: from every method, if the database refuses.
    """

    engine: sa.Engine

    def get(self, name: str) -> str | None:
        """The mark's value; None if it was never set."""
        with reading(self.engine) as connection:
            return connection.scalar(sa.select(marks.c.value).where(marks.c.name == name))

    def find(self, name: str) -> Mark | None:
        """The mark and when it was set; None if it was never."""
        query = sa.select(marks.c.value, marks.c.set_at).where(marks.c.name == name)
        with reading(self.engine) as connection:
            row = connection.execute(query).one_or_none()
        return row and Mark(row.value, row.set_at)

    def set(self, name: str, value: str, now: datetime) -> None:
        """Set the mark, whatever it was."""
        change = {"value": value, "set_at": now}
        first = insert(self.engine, marks).values(name=name, **change)
        with writing(self.engine) as connection:
            connection.execute(first.on_conflict_do_update(index_elements=["name"], set_=change))
