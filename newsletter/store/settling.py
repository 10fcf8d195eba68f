"""Writing intents and outcomes to the ledger, many at a time, each on its conditions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, case, select, update

from newsletter.model import Change, Outcome, Status, SubscriberStatus
from newsletter.store.engine import db_now
from newsletter.store.records import write_reply
from newsletter.store.schema import deliveries, editions, subscribers

_d = deliveries.c
#: Open and not on the wire. Literal, as a list of parameters cannot go with many rows at once.
WAITING = sa.text("status IN ('queued', 'deferred', 'in_doubt')")
NO_CLAIM = {"owner": None, "lease_until": None}

_STAY_OPEN = (Status.QUEUED, Status.DEFERRED, Status.IN_DOUBT)

_HELD = (
    _d.id == bindparam("held_id"),
    _d.owner == bindparam("held_by"),
    _d.epoch == bindparam("held_epoch"),
)
_INTENT = (
    update(deliveries)
    .where(*_HELD, WAITING, _d.lease_until > db_now())
    .values(status=Status.SENDING, attempts=_d.attempts + 1, changed_at=bindparam("now"))
)
_OUTCOME = (
    update(deliveries)
    .where(*_HELD, _d.status == Status.SENDING)
    .values(
        status=bindparam("to"),
        # A reader who was deleted meanwhile: replies often repeat the address.
        reply=case((_d.address.is_(None), _d.reply), else_=bindparam("said", type_=_d.reply.type)),
        strike=bindparam("strike"),
        due_at=bindparam("due"),
        doubts=_d.doubts + bindparam("doubt"),
        changed_at=bindparam("now"),
        **NO_CLAIM,
    )
)
_UNDONE = (
    update(deliveries)
    .where(*_HELD, _d.status == Status.SENDING)
    .values(
        status=case(
            (_d.due_at.is_not(None), Status.DEFERRED),
            (_d.doubts > 0, Status.IN_DOUBT),
            else_=Status.QUEUED,
        ),
        attempts=_d.attempts - 1,
        changed_at=bindparam("now"),
    )
)


def write_changes(
    connection: sa.Connection, owner: str, changes: Sequence[Change], now: datetime
) -> list[bool]:
    """Write changes within a transaction; `Ledger.write` says what they mean."""
    staying = [change.claimed for change in changes if _stays_open(change)]
    # Readers and editions are locked before deliveries, as by who unsubscribes or cancels.
    here = lock_confirmed(connection, {claimed.subscriber_id for claimed in staying})
    going = lock_going(connection, {claimed.day for claimed in staying})
    answers = [False] * len(changes)
    for statement, places in _by_statement(changes):
        rows = [_bind(owner, changes[place], now) for place in places]
        for place, held in zip(places, _execute_each(connection, statement, rows), strict=True):
            answers[place] = held
    for change, held in zip(changes, answers, strict=True):
        claimed = change.claimed
        is_over = claimed.subscriber_id not in here or claimed.day not in going
        if held and _stays_open(change) and is_over:
            # Who left while the message was on the wire is not written to again.
            close(connection, _d.id == claimed.id, Status.WITHDRAWN, now)
    return answers


def _stays_open(change: Change) -> bool:
    return change.outcome is not None and change.outcome.status in _STAY_OPEN


def lock_confirmed(connection: sa.Connection, readers: Collection[int]) -> set[int]:
    """Those who are still readers; they can neither leave nor be deleted until the commit."""
    if not readers:
        return set()
    confirmed = (
        select(subscribers.c.id)
        .where(subscribers.c.id.in_(readers))
        .where(subscribers.c.status == SubscriberStatus.CONFIRMED)
        .order_by(subscribers.c.id)
        .with_for_update()
    )
    return set(connection.scalars(confirmed))


def lock_going(connection: sa.Connection, days: Collection[date]) -> set[date]:
    """Those editions that are not cancelled; they cannot be until the commit."""
    if not days:
        return set()
    going = (
        select(editions.c.day)
        .where(editions.c.day.in_(days), editions.c.cancelled_at.is_(None))
        .order_by(editions.c.day)
        .with_for_update(read=True)
    )
    return set(connection.scalars(going))


def _by_statement(changes: Sequence[Change]) -> Iterator[tuple[sa.Update, list[int]]]:
    """The changes' places by the statement that writes them."""
    outcomes = [change.outcome for change in changes]
    fits: tuple[tuple[sa.Update, Callable[[Outcome | None], bool]], ...] = (
        (_OUTCOME, lambda outcome: outcome is not None and outcome.status != Status.QUEUED),
        (_UNDONE, lambda outcome: outcome is not None and outcome.status == Status.QUEUED),
        (_INTENT, lambda outcome: outcome is None),
    )
    for statement, fit in fits:
        if places := [place for place, outcome in enumerate(outcomes) if fit(outcome)]:
            yield statement, places


def _bind(owner: str, change: Change, now: datetime) -> dict[str, Any]:
    claimed, outcome = change.claimed, change.outcome
    held = {"held_id": claimed.id, "held_by": owner, "held_epoch": claimed.epoch, "now": now}
    if outcome is None or outcome.status is Status.QUEUED:
        return held
    return {
        **held,
        "to": outcome.status,
        "said": write_reply(outcome.reply),
        "strike": outcome.strike,
        "due": outcome.due_at,
        "doubt": int(outcome.status is Status.IN_DOUBT),
    }


def _execute_each(
    connection: sa.Connection, statement: sa.Update, rows: list[dict[str, Any]]
) -> list[bool]:
    """Which rows the statement changed: all at once, and one by one only if some did not."""
    with connection.begin_nested() as savepoint:
        if connection.execute(statement, rows).rowcount == len(rows):
            return [True] * len(rows)
        savepoint.rollback()
    return [connection.execute(statement, row).rowcount == 1 for row in rows]


def close(
    connection: sa.Connection,
    which: sa.ColumnElement[bool],
    status: Status,
    now: datetime | db_now,
) -> int:
    """End open deliveries that are not on the wire; how many they were."""
    end = (
        update(deliveries)
        .where(which, WAITING)
        .values(status=status, due_at=None, changed_at=now, **NO_CLAIM)
    )
    return connection.execute(end).rowcount
