"""What holds a send up: a pause of everything, the end of one edition, a wait for a domain.

All of it is rows, so that every sender that shares the store obeys.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import select, update

from newsletter.model import Pause, Reply, Status
from newsletter.store.engine import insert
from newsletter.store.records import is_at, write_reply
from newsletter.store.schema import deliveries, editions, marks
from newsletter.store.settling import NO_CLAIM, close

_d = deliveries.c
_PAUSED = "paused"
#: True of every row while nothing is paused.
NOT_PAUSED = ~sa.exists().where(marks.c.name == _PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """What became of an edition that was cancelled."""

    day: date
    withdrawn: int
    #: On the wire at that moment: they end as the relay says, and are not tried again.
    sending: int


def get_pause(connection: sa.Connection) -> Pause | None:
    """The pause that holds, if one does."""
    query = select(marks.c.value, marks.c.set_at).where(marks.c.name == _PAUSED)
    row = connection.execute(query).one_or_none()
    return row and Pause(reason=row.value, since=row.set_at)


def pause(connection: sa.Connection, reason: str, now: datetime) -> None:
    """Pause everything; a pause that holds already keeps its reason and its beginning."""
    mark = insert(connection.engine, marks).values(name=_PAUSED, value=reason, set_at=now)
    connection.execute(mark.on_conflict_do_nothing())


def resume(connection: sa.Connection) -> None:
    """End the pause."""
    connection.execute(marks.delete().where(marks.c.name == _PAUSED))


def cancel(connection: sa.Connection, day: date, now: datetime) -> Cancelled | None:
    """Withdraw what is open of an edition, for good; None where the day has none."""
    # First: whoever writes an outcome meanwhile has read this row and holds it.
    cancelled = connection.execute(
        update(editions)
        .where(editions.c.day == day)
        .values(cancelled_at=sa.func.coalesce(editions.c.cancelled_at, now))
    )
    if not cancelled.rowcount:
        return None
    withdrawn = close(connection, _d.day == day, Status.WITHDRAWN, now)
    on_wire = select(sa.func.count()).where(_d.day == day, _d.status == Status.SENDING)
    return Cancelled(day=day, withdrawn=withdrawn, sending=connection.execute(on_wire).scalar_one())


def put_off(
    connection: sa.Connection, domain: str, until: datetime, why: Reply, now: datetime
) -> int:
    """Leave a domain's readers alone until a moment; how many there are."""
    waits = (_d.status == Status.DEFERRED) & (_d.due_at < until)
    put = (
        update(deliveries)
        .where(
            sa.text("status IN ('queued', 'sending', 'deferred', 'in_doubt')"),
            (_d.status == Status.QUEUED) | waits,
            is_at(domain),
        )
        .values(status=Status.DEFERRED, due_at=until, reply=write_reply(why), changed_at=now,
                **NO_CLAIM)
    )  # fmt: skip
    return connection.execute(put).rowcount
