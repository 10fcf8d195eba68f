"""Writing intents and outcomes to the ledger, many at a time, each on its conditions."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, case, select, update

from newsletter.model import Change, Status, SubscriberStatus
from newsletter.store.engine import db_now
from newsletter.store.plain import Plain, make_moment_writer
from newsletter.store.records import write_reply
from newsletter.store.schema import Moment, deliveries, editions, subscribers

_d = deliveries.c
#: Open and not on the wire. Literal, as a list of parameters cannot go with many rows at once.
WAITING = sa.text("status IN ('queued', 'deferred', 'in_doubt')")
NO_CLAIM = {"owner": None, "lease_until": None}

_STAY_OPEN = (Status.QUEUED, Status.DEFERRED, Status.IN_DOUBT)

#: What is told of each change, by names that no table has: a row of `_hold`.
_ROW = {
    "held_id": _d.id.type,
    "held_epoch": _d.epoch.type,
    "to": _d.status.type,
    "said": _d.reply.type,
    "strikes": _d.strike.type,
    "due": _d.due_at.type,
}


def _hold(dialect: str) -> sa.FromClause:
    """The changes as rows: one statement for all of them, its text always the same."""
    rows = bindparam("rows", type_=sa.Text())
    if dialect == "sqlite":
        each = sa.func.json_each(rows).table_valued("value")
        fields = (
            sa.func.json_extract(each.c.value, sa.literal_column(f"'$.{name}'")).label(name)
            for name in _ROW
        )
        return select(*fields).subquery("held")
    columns = (sa.column(name, kind) for name, kind in _ROW.items())
    records = sa.func.json_to_recordset(sa.cast(rows, sa.JSON())).table_valued(*columns)
    return records.render_derived(name="held", with_types=True)


def _change(
    dialect: str, held: sa.FromClause, *where: sa.ColumnElement[bool] | sa.TextClause
) -> sa.Update:
    """Changes rows that are ours by owner and epoch, and says which."""
    # SQLite would go through all that is claimed, and for each through all changes; a plus
    # hides the index from it (https://sqlite.org/optoverview.html, 2).
    owner = sa.literal_column("+deliveries.owner") if dialect == "sqlite" else _d.owner
    ours = (
        _d.id == held.c.held_id,
        _d.epoch == held.c.held_epoch,
        owner == bindparam("by", type_=sa.Text()),
    )
    moment = bindparam("now", type_=Moment())
    return update(deliveries).where(*ours, *where).values(changed_at=moment).returning(_d.id)


def _intent(dialect: str) -> sa.Update:
    change = _change(dialect, _hold(dialect), WAITING, _d.lease_until > db_now())
    return change.values(status=Status.SENDING, attempts=_d.attempts + 1)


def _outcome(dialect: str) -> sa.Update:
    held = _hold(dialect)
    return _change(dialect, held, _d.status == Status.SENDING).values(
        status=held.c.to,
        # A reader who was deleted meanwhile: replies often repeat the address.
        reply=case((_d.address.is_(None), _d.reply), else_=held.c.said),
        strike=held.c.strikes,
        due_at=held.c.due,
        doubts=_d.doubts + case((held.c.to == Status.IN_DOUBT, 1), else_=0),
        **NO_CLAIM,
    )


def _undone(dialect: str) -> sa.Update:
    return _change(dialect, _hold(dialect), _d.status == Status.SENDING).values(
        status=case(
            (_d.due_at.is_not(None), Status.DEFERRED),
            (_d.doubts > 0, Status.IN_DOUBT),
            else_=Status.QUEUED,
        ),
        attempts=_d.attempts - 1,
    )


@lru_cache
def _make_plain(make: Callable[[str], sa.Update | sa.Select[Any]], dialect: sa.Dialect) -> Plain:
    return Plain(make(dialect.name), dialect)


def write_changes(
    connection: sa.Connection, owner: str, changes: Sequence[Change], now: datetime
) -> list[bool]:
    """Write changes within a transaction; `Ledger.write` says what they mean."""
    staying = [change.claimed for change in changes if _stays_open(change)]
    # Readers and editions are locked before deliveries, as by who unsubscribes or cancels.
    here = lock_confirmed(connection, {claimed.subscriber_id for claimed in staying})
    going = lock_going(connection, {claimed.day for claimed in staying})
    held_ids = set[int]()
    for make, some in _by_statement(changes):
        rows = _write_rows(connection.dialect, some)
        statement = _make_plain(make, connection.dialect)
        held_ids.update(statement.run(connection, rows=rows, by=owner, now=now))
    answers = [change.claimed.id in held_ids for change in changes]
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
    statement = _make_plain(_confirmed, connection.dialect)
    return set(statement.run(connection, rows=json.dumps(list(readers))))


def _confirmed(dialect: str) -> sa.Select[int]:
    return (
        select(subscribers.c.id)
        .where(subscribers.c.id.in_(_list(dialect, subscribers.c.id.type)))
        .where(subscribers.c.status == SubscriberStatus.CONFIRMED)
        .order_by(subscribers.c.id)
        .with_for_update()
    )


def lock_going(connection: sa.Connection, days: Collection[date]) -> set[date]:
    """Those editions that are not cancelled; they cannot be until the commit."""
    if not days:
        return set()
    statement = _make_plain(_going, connection.dialect)
    found = statement.run(connection, rows=json.dumps(list(map(str, days))))
    return {date.fromisoformat(str(day)) for day in found}  # SQLite holds days as text


def _going(dialect: str) -> sa.Select[date]:
    return (
        select(editions.c.day)
        .where(editions.c.day.in_(_list(dialect, editions.c.day.type)))
        .where(editions.c.cancelled_at.is_(None))
        .order_by(editions.c.day)
        .with_for_update(read=True)
    )


def _list(dialect: str, kind: sa.types.TypeEngine[Any]) -> sa.Select[Any]:
    """What is in a JSON list, so that the statement's text is the same for any number."""
    rows = bindparam("rows", type_=sa.Text())
    if dialect == "sqlite":
        return select(sa.func.json_each(rows).table_valued("value").c.value)
    listed = sa.func.json_array_elements_text(sa.cast(rows, sa.JSON())).column_valued("listed")
    return select(sa.cast(listed, kind))


def _by_statement(
    changes: Sequence[Change],
) -> Iterator[tuple[Callable[[str], sa.Update], list[Change]]]:
    """The changes by the statement that writes them."""
    some: dict[Callable[[str], sa.Update], list[Change]] = {_outcome: [], _undone: [], _intent: []}
    for change in changes:
        if change.outcome is None:
            some[_intent].append(change)
        else:
            some[_undone if change.outcome.status is Status.QUEUED else _outcome].append(change)
    return ((make, these) for make, these in some.items() if these)


def _write_rows(dialect: sa.Dialect, changes: Sequence[Change]) -> str:
    write_moment = make_moment_writer(dialect)
    return json.dumps([_write_row(change, write_moment) for change in changes])


def _write_row(change: Change, write_moment: Callable[[datetime], Any]) -> dict[str, Any]:
    claimed, outcome = change.claimed, change.outcome
    held = {"held_id": claimed.id, "held_epoch": claimed.epoch}
    if outcome is None or outcome.status is Status.QUEUED:
        return held
    return {
        **held,
        "to": outcome.status,
        "said": write_reply(outcome.reply),
        "strikes": outcome.strike,
        "due": outcome.due_at and str(write_moment(outcome.due_at)),
    }


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
