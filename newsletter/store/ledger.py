"""The ledger: one row per issue and reader, claimed, tried and settled.

Every write names the owner and the epoch of the claim it acts on: a sender that was paused
and replaced changes nothing any more. Leases go by the database's clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select, update

from newsletter.errors import UsageError
from newsletter.model import (
    Backlog,
    Change,
    Claimed,
    Delivery,
    Reply,
    Stage,
    Status,
    SubscriberStatus,
    Tally,
)
from newsletter.store.engine import db_now, reading, writing
from newsletter.store.schema import deliveries, editions, subscribers
from newsletter.store.settling import (
    NO_CLAIM,
    WAITING,
    as_json,
    close,
    lock_confirmed,
    write_changes,
)

#: How often a delivery may be cut off after the final dot before it is held.
_DOUBTS = 2
#: What an operator may send again.
RETRIABLE = (Status.IN_DOUBT, Status.FAILED, Status.DEFERRED)
_PAGE = 500

_d = deliveries.c
# To the letter that of the partial index, or it is not used.
_OPEN = sa.text("status IN ('queued', 'sending', 'deferred', 'in_doubt')")
_FREE = sa.or_(_d.lease_until.is_(None), _d.lease_until <= db_now())


class Ledger:
    """The deliveries of one newsletter.

    All methods raise StoreUnavailable when the database cannot be read or written.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def claim(
        self,
        owner: str,
        *,
        now: datetime,
        limit: int,
        lease: timedelta,
        resend: bool,
        day: date | None = None,
    ) -> list[Claimed]:
        """Take due deliveries so that nobody else does until the lease ends.

        Args:
            owner: who claims; unique among all senders, ever.
            now: deferred deliveries are due by it.
            limit: how many at most.
            lease: how long the claim holds, by the database's clock.
            resend: whether what is in doubt is due once more.
            day: of that edition only.
        """
        # A common table expression: as a plain subquery PostgreSQL may run it, and so its
        # LIMIT, more than once.
        due = _select_due(now, resend, day).order_by(_d.id).limit(limit)
        chosen = due.with_for_update(skip_locked=True).cte("due")
        claim = (
            update(deliveries)
            .where(_d.id.in_(select(chosen.c.id)))
            .values(owner=owner, epoch=_d.epoch + 1, lease_until=db_now(lease))
            .returning(
                _d.id, _d.day, _d.subscriber_id, _d.address, _d.name, _d.attempts, _d.epoch,
                _d.queued_at,
            )
        )  # fmt: skip
        with writing(self._engine) as connection:
            rows = connection.execute(claim).mappings().all()
        # RETURNING promises no order.
        return sorted((Claimed(**row) for row in rows), key=lambda claimed: claimed.id)

    def write(self, owner: str, changes: Sequence[Change], *, now: datetime) -> list[bool]:
        """Write intents and outcomes in one transaction, durable when this returns.

        An outcome of `queued` says that the relay certainly did not get the message: the
        delivery is again what it was before the intent, and still claimed. Any other ends
        the claim. A delivery that stays open though its reader left meanwhile is withdrawn.

        Returns:
            For each change whether it held: the row was ours by owner and epoch, `sending`
            for an outcome, and for an intent open, not yet `sending` and under our lease.
        """
        with writing(self._engine) as connection:
            return write_changes(connection, owner, changes, now)

    def renew(self, owner: str, lease: timedelta) -> None:
        """Prolong the owner's claims; those that already ended are gone all the same."""
        self._update(
            update(deliveries)
            .where(_OPEN, _d.owner == owner, _d.lease_until > db_now())
            .values(lease_until=db_now(lease))
        )

    def release(self, owner: str) -> None:
        """Give back what is claimed and not on the wire."""
        self._update(update(deliveries).where(_OPEN, _d.owner == owner, WAITING).values(**NO_CLAIM))

    def expire(self) -> list[Delivery]:
        """Put in doubt what was on the wire when its sender's lease ended; returns it."""
        reply = Reply(stage=Stage.LOST_DOT, code=0, text="the sender was stopped meanwhile")
        lapsed = (_OPEN, _d.status == Status.SENDING, _d.owner.is_not(None), _FREE)
        lapse = (
            update(deliveries)
            .where(*lapsed)
            .values(
                status=Status.IN_DOUBT,
                doubts=_d.doubts + 1,
                due_at=None,
                reply=as_json(reply),
                changed_at=db_now(),
                **NO_CLAIM,
            )
            .returning(*_DELIVERY, _d.subscriber_id)
        )
        with writing(self._engine) as connection:
            readers = connection.scalars(select(_d.subscriber_id).where(*lapsed)).all()
            here = lock_confirmed(connection, set(readers))
            rows = connection.execute(lapse).all()
            left = [row.id for row in rows if row.subscriber_id not in here]
            close(connection, _d.id.in_(left), Status.WITHDRAWN, db_now())
        return sorted((_read_delivery(row) for row in rows), key=lambda delivery: delivery.id)

    def waiting(self, owner: str) -> tuple[int, float]:
        """How many open deliveries others hold, and for how many seconds yet at most."""
        query = select(sa.func.count(), sa.func.max(_d.lease_until), db_now()).where(
            _OPEN, _d.owner.is_not(None), _d.owner != owner, _d.lease_until > db_now()
        )
        with reading(self._engine) as connection:
            count, until, now = connection.execute(query).one()
        return count, (until - now).total_seconds() if count else 0.0

    def due(self, now: datetime, resend: bool, day: date | None = None) -> int:
        """How many deliveries a claim could take now."""
        query = select(sa.func.count()).select_from(_select_due(now, resend, day).subquery())
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one()

    def open_days(self) -> list[date]:
        """The editions with open deliveries, oldest first."""
        query = select(_d.day).where(_OPEN).distinct().order_by(_d.day)
        with reading(self._engine) as connection:
            return list(connection.scalars(query))

    def backlog(self) -> list[Backlog]:
        """What is open, by day, status and the relay's last reply."""
        said = [_d.reply[key].as_string() for key in ("stage", "code", "enhanced")]
        query = (
            select(
                _d.day, _d.status, sa.func.count().label("count"), *said,
                sa.func.min(_d.reply["text"].as_string()), sa.func.min(_d.due_at).label("due_at"),
            )
            .where(_OPEN)
            .group_by(_d.day, _d.status, *said)
            .order_by(_d.day, _d.status)
        )  # fmt: skip
        with reading(self._engine) as connection:
            return [_read_backlog(row) for row in connection.execute(query)]

    def withdraw(self, queued_before: datetime, *, now: datetime) -> Counter[date]:
        """End what was queued before a moment and is still open; how many of each day.

        What is on the wire at this moment is left to its sender.
        """
        old = (_OPEN, _d.queued_at < queued_before)
        with reading(self._engine) as connection:
            if not connection.scalar(select(sa.exists().where(*old))):
                return Counter()
        self.expire()
        end = (
            update(deliveries)
            .where(*old, WAITING)
            .values(status=Status.WITHDRAWN, due_at=None, changed_at=now, **NO_CLAIM)
            .returning(_d.day)
        )
        with writing(self._engine) as connection:
            return Counter(connection.scalars(end))

    def next_due(self, now: datetime) -> datetime | None:
        """When the next deferred delivery becomes due, after now."""
        query = select(sa.func.min(_d.due_at)).where(
            _OPEN, _d.status == Status.DEFERRED, _d.due_at > now
        )
        with reading(self._engine) as connection:
            found: datetime | None = connection.execute(query).scalar_one()
        return found

    def tally(self, day: date) -> Tally | None:
        """One edition's counts; None where the day has no edition."""
        return next(self._tallies(editions.c.day == day), None)

    def tallies(self) -> list[Tally]:
        """Every edition's counts, oldest first."""
        return list(self._tallies())

    def _tallies(self, *only: sa.ColumnElement[bool]) -> Iterator[Tally]:
        papers = select(editions.c.day, sa.func.json_array_length(editions.c.papers))
        counts = select(_d.day, _d.status, sa.func.count()).group_by(_d.day, _d.status)
        counts = counts.join(editions, editions.c.day == _d.day)
        with reading(self._engine) as connection:
            days = connection.execute(papers.where(*only).order_by(editions.c.day)).all()
            found = {
                (day, Status(status)): count
                for day, status, count in connection.execute(counts.where(*only))
            }
        for day, number in days:
            by_status = {status: found.get((day, status), 0) for status in Status}
            yield Tally(day=day, papers=number, counts=by_status)

    def deliveries(
        self, day: date | None = None, status: Status | None = None
    ) -> Iterator[Delivery]:
        """All deliveries, or those of a day or a status, in the order they were queued."""
        query = select(*_DELIVERY).order_by(_d.id).limit(_PAGE)
        if day is not None:
            query = query.where(_d.day == day)
        if status is not None:
            query = query.where(_d.status == status)
        last = 0
        while True:
            # A page at a time: a cursor that is held open would keep SQLite's log growing.
            with reading(self._engine) as connection:
                page = connection.execute(query.where(_d.id > last)).all()
            yield from map(_read_delivery, page)
            if len(page) < _PAGE:
                return
            last = page[-1].id

    def retry(self, day: date | None, statuses: Collection[Status], *, now: datetime) -> int:
        """Queue again, due at once, what is of these statuses and whose reader is still here.

        Raises:
            UsageError: one of the statuses is not in doubt, failed or deferred.
        """
        if strange := set(statuses) - set(RETRIABLE):
            raise UsageError(
                f"deliveries that are {min(strange)} cannot be sent again;"
                f" only those that are {', '.join(RETRIABLE)}"
            )
        is_here = sa.exists().where(
            subscribers.c.id == _d.subscriber_id,
            subscribers.c.status == SubscriberStatus.CONFIRMED,
        )
        again = (
            update(deliveries)
            .where(_d.status.in_(statuses), is_here)
            .values(status=Status.QUEUED, doubts=0, due_at=None, queued_at=now, changed_at=now,
                    **NO_CLAIM)
        )  # fmt: skip
        return self._update(again if day is None else again.where(_d.day == day))

    def _update(self, statement: sa.Update) -> int:
        with writing(self._engine) as connection:
            return connection.execute(statement).rowcount


_DELIVERY = (_d.id, _d.day, _d.address, _d.status, _d.attempts, _d.reply, _d.due_at)


def _select_due(now: datetime, resend: bool, day: date | None) -> sa.Select[int]:
    is_due = [_d.status == Status.QUEUED, (_d.status == Status.DEFERRED) & (_d.due_at <= now)]
    if resend:
        is_due.append((_d.status == Status.IN_DOUBT) & (_d.doubts < _DOUBTS))
    query = select(_d.id).where(_OPEN, sa.or_(*is_due), _FREE)
    return query if day is None else query.where(_d.day == day)


def _read_backlog(row: Any) -> Backlog:
    day, status, count, stage, code, enhanced, text, due_at = row
    reply = stage and Reply(stage=Stage(stage), code=int(code), enhanced=enhanced, text=text)
    return Backlog(
        day=day, status=Status(status), count=count, reply=str(reply or ""), due_at=due_at
    )


def _read_delivery(row: Any) -> Delivery:
    said = row.reply and Reply(**{**row.reply, "stage": Stage(row.reply["stage"])})
    return Delivery(
        id=row.id,
        day=row.day,
        address=row.address,
        status=Status(row.status),
        attempts=row.attempts,
        reply=str(said or ""),
        due_at=row.due_at,
    )
