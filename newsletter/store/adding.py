"""Adds many readers at once, without keeping others from the store meanwhile.

The entries are first put into a table that only this connection sees, however long reading
them takes; what they come to is then decided in the database within seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import sqlalchemy as sa
from sqlalchemy import select

from newsletter.addresses import fold
from newsletter.model import SubscriberStatus
from newsletter.store.engine import insert, insert_selected, lock
from newsletter.store.schema import Id, Moment, leavers, subscribers

_BATCH = 1000

_staged = sa.Table(
    "staged",
    sa.MetaData(),
    sa.Column("id", Id, primary_key=True),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("folded", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    prefixes=["TEMPORARY"],
)
_LEFT = sa.exists().where(leavers.c.hash == _staged.c.hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What came of adding readers; the counts and addresses cover every entry."""

    #: Readers who are mailed to from now on.
    count: int
    #: Entries whose address an earlier entry had.
    duplicates: int
    #: Addresses that had been confirmed before.
    known: tuple[str, ...]
    #: Addresses that were not added, since their readers left …
    unsubscribed: tuple[str, ...]
    #: … must not be written to …
    suppressed: tuple[str, ...]
    #: … or left and were deleted.
    left: tuple[str, ...]


def add(connection: sa.Connection, rows: Iterable[tuple[str, str, str]], now: datetime) -> Added:
    """Add (address, name, hash for leavers) in a transaction that is writing late."""
    _staged.create(connection)
    given = _stage(connection, rows)
    staged = connection.scalar(select(sa.func.count()).select_from(_staged)) or 0
    # From here on nobody is deleted, who would be brought back by what was read before.
    lock(connection, leavers)
    standing = _find_standing(connection)
    added = _confirm(connection, now) + _insert(connection, now)
    _staged.drop(connection)
    return Added(
        count=added,
        duplicates=given - staged,
        known=tuple(standing.get(SubscriberStatus.CONFIRMED, ())),
        unsubscribed=tuple(standing.get(SubscriberStatus.UNSUBSCRIBED, ())),
        suppressed=tuple(standing.get(SubscriberStatus.SUPPRESSED, ())),
        left=tuple(standing.get(None, ())),
    )


def _stage(connection: sa.Connection, rows: Iterable[tuple[str, str, str]]) -> int:
    statement = insert(connection.engine, _staged).on_conflict_do_nothing()
    given, rest = 0, iter(rows)
    while batch := list(islice(rest, _BATCH)):
        connection.execute(
            statement,
            [
                {"address": address, "folded": fold(address), "name": name, "hash": hash_}
                for address, name, hash_ in batch
            ],
        )
        given += len(batch)
    return given


def _find_standing(connection: sa.Connection) -> dict[str | None, list[str]]:
    """The staged addresses that are not to be added, by status; None: left and deleted."""
    is_reader = subscribers.c.folded == _staged.c.folded
    settled = subscribers.c.status != SubscriberStatus.UNCONFIRMED
    query = (
        select(_staged.c.address, subscribers.c.status)
        .join(subscribers, is_reader & settled, isouter=True)
        .where(sa.or_(subscribers.c.id.is_not(None), _LEFT))
        .order_by(_staged.c.id)
        .execution_options(yield_per=_BATCH)
    )
    found: dict[str | None, list[str]] = {}
    for address, status in connection.execute(query):
        found.setdefault(status, []).append(address)
    return found


def _confirm(connection: sa.Connection, now: datetime) -> int:
    """Readers who asked on the web and never confirmed."""
    asked = select(_staged.c.folded).where(~_LEFT)
    return connection.execute(
        sa.update(subscribers)
        .where(subscribers.c.status == SubscriberStatus.UNCONFIRMED)
        .where(subscribers.c.folded.in_(asked))
        .values(status=SubscriberStatus.CONFIRMED, changed_at=now)
    ).rowcount


def _insert(connection: sa.Connection, now: datetime) -> int:
    columns = ["address", "folded", "name", "status", "created_at", "changed_at"]
    moment = sa.literal(now, Moment())
    news = (
        select(
            _staged.c.address, _staged.c.folded, _staged.c.name,
            sa.literal(SubscriberStatus.CONFIRMED.value), moment, moment,
        )
        .where(~sa.exists().where(subscribers.c.folded == _staged.c.folded), ~_LEFT)
        .order_by(_staged.c.id)
    )  # fmt: skip
    # A reader may ask on the web at this very moment.
    statement = insert(connection.engine, subscribers).from_select(columns, news)
    return insert_selected(connection, statement.on_conflict_do_nothing())
