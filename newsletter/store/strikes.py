"""Addresses that were refused too often, edition after edition, are suppressed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import select, update

from newsletter.model import Status, Strike, SubscriberStatus
from newsletter.store.records import read_reply
from newsletter.store.schema import deliveries, editions, subscribers
from newsletter.store.settling import close

#: Who left stays a leaver, whatever the relay says of the address.
MAY_BE_SUPPRESSED = (SubscriberStatus.UNCONFIRMED, SubscriberStatus.CONFIRMED)

_d = deliveries.c
_later = deliveries.alias("later")
# By way of the days: the index that is there begins with the day.
_WAS_SENT_SINCE = sa.exists().where(
    _later.c.day.in_(select(editions.c.day)),
    _later.c.day > _d.day,
    _later.c.subscriber_id == _d.subscriber_id,
    _later.c.status == Status.SENT,
)


@dataclass(frozen=True, slots=True)
class Struck:
    """A reader whose address is spent, and the last reply that says so."""

    reader: int
    address: str
    reply: str


def find_spent(connection: sa.Connection, allowed: Mapping[Strike, int]) -> list[Struck]:
    """The readers whose last editions all struck against them.

    Args:
        connection: reads only.
        allowed: how many editions in a row of each kind it takes.
    """
    spent = (
        select(sa.func.max(_d.id))
        .join(subscribers, subscribers.c.id == _d.subscriber_id)
        .where(
            _d.strike.is_not(None),
            _d.status.in_((Status.REJECTED, Status.FAILED)),
            # Who came back since, by an opt-in of their own, starts anew.
            _d.changed_at >= subscribers.c.changed_at,
            subscribers.c.status.in_(MAY_BE_SUPPRESSED),
            ~_WAS_SENT_SINCE,
        )
        .group_by(_d.subscriber_id, _d.strike)
        .having(sa.func.count() >= sa.case(dict(allowed), value=_d.strike))
    )
    last = select(_d.subscriber_id, _d.address, _d.reply).where(_d.id.in_(spent)).order_by(_d.id)
    return [
        Struck(row.subscriber_id, row.address, str(read_reply(row.reply)))
        for row in connection.execute(last)
    ]


def suppress(connection: sa.Connection, struck: Struck, now: datetime) -> None:
    """Never write to a reader again."""
    connection.execute(
        update(subscribers)
        .where(subscribers.c.id == struck.reader, subscribers.c.status.in_(MAY_BE_SUPPRESSED))
        .values(status=SubscriberStatus.SUPPRESSED, reason=struck.reply, changed_at=now)
    )
    close(connection, of_reader(struck.reader), Status.SUPPRESSED, now)


def of_reader(reader: int) -> sa.ColumnElement[bool]:
    """The deliveries of a reader."""
    return sa.and_(_d.day.in_(select(editions.c.day)), _d.subscriber_id == reader)


def acquit(connection: sa.Connection, suspects: Collection[int], now: datetime) -> None:
    """These refusals spoke of us: nothing is held against the readers, who may be retried."""
    connection.execute(
        update(deliveries)
        .where(_d.id.in_(suspects), _d.status == Status.REJECTED)
        .values(status=Status.FAILED, strike=None, changed_at=now)
    )
