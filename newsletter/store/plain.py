"""Statements as the driver takes them, for what is run for every message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from newsletter.store.schema import Moment


@lru_cache
def make_moment_writer(dialect: sa.Dialect) -> Callable[[datetime], Any]:
    """A function from a moment to what the driver is given for a `Moment` column."""
    writer = Moment().dialect_impl(dialect).bind_processor(dialect)
    assert writer is not None, "a decorated type has a writer on every database"
    return writer


class Plain:
    """One that returns a column, compiled once: SQLAlchemy takes as long over one as SQLite.

    It raises the driver's own errors.
    """

    def __init__(self, statement: sa.UpdateBase | sa.Select[Any], dialect: sa.Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._text = str(compiled)
        self._fixed = compiled.params
        self._order = compiled.positiontup
        self._write_moment = make_moment_writer(dialect)

    def run(self, connection: sa.Connection, **given: str | datetime) -> list[Any]:
        """What it returns, as the driver gives it; what is not given is as in the statement."""
        values = {**self._fixed, **{name: self._write(value) for name, value in given.items()}}
        parameters = values if self._order is None else [values[name] for name in self._order]
        cursor = connection.connection.cursor()
        cursor.execute(self._text, parameters)
        return [row[0] for row in cursor.fetchall()]

    def _write(self, value: str | datetime) -> object:
        return self._write_moment(value) if isinstance(value, datetime) else value
