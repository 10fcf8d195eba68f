"""The rows by which all who send from one store keep to one pace."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy import select

from newsletter.delivery.pace import Ask, Block, Pace, Paces, answer
from newsletter.store.engine import db_now, insert
from newsletter.store.schema import paces

_p = paces.c


def read_paces(connection: sa.Connection) -> Paces:
    """The rows as they are, and the database's clock."""
    rows = connection.execute(select(_p.key, _p.share, _p.cut_at, _p.free_at)).all()
    found = {row.key: Pace(row.share, row.cut_at, row.free_at) for row in rows}
    return Paces(_read_clock(connection), found, {})


def agree(connection: sa.Connection, asks: Mapping[str, Ask]) -> Paces:
    """Do what a sender asks for, while no other can; the rows as they are then."""
    keys = sorted(asks)  # always in one order, so that nobody waits for another in a circle
    new = [{"key": key, "share": 1.0, "cut_at": 0.0, "free_at": 0.0} for key in keys]
    connection.execute(insert(connection.engine, paces).on_conflict_do_nothing(), new)
    ours = select(_p.key).where(_p.key.in_(keys)).order_by(_p.key).with_for_update()
    connection.execute(ours).all()
    found = read_paces(connection)  # after the lock, which may have taken a while
    rows, blocks = dict(found.rows), dict[str, Block]()
    for key in keys:
        rows[key], block = answer(rows[key], asks[key], found.now)
        if block is not None:
            blocks[key] = block
        _write(connection, key, rows[key])
    return Paces(found.now, rows, blocks)


def _read_clock(connection: sa.Connection) -> float:
    return connection.execute(select(db_now())).scalar_one().timestamp()


def _write(connection: sa.Connection, key: str, pace: Pace) -> None:
    change = {"share": pace.share, "cut_at": pace.cut_at, "free_at": pace.free_at}
    connection.execute(paces.update().where(_p.key == key).values(**change))
