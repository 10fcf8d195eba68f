"""The ledger: one row per issue and reader, claimed, tried and settled.

Every write names the owner and the epoch of the claim it acts on: a sender that was paused
and replaced changes nothing any more. Leases go by the database's clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy import select, update

from newsletter.delivery.pace import Ask, Paces
from newsletter.errors import UsageError
from newsletter.model import (
    OPEN,
    WHOLE,
    Among,
    Backlog,
    Change,
    Claimed,
    Delivery,
    Pause,
    Reply,
    Stage,
    Status,
    Strike,
    SubscriberStatus,
    Tally,
)
from newsletter.store import halting
from newsletter.store.backlog import find_backlog
from newsletter.store.engine import Kept, db_now, insist, lock, reading, writing
from newsletter.store.halting import NOT_PAUSED, Cancelled
from newsletter.store.pacing import agree, read_paces
from newsletter.store.pruning import prune
from newsletter.store.records import DELIVERY, lies_in, read_delivery, write_reply
from newsletter.store.schema import deliveries, editions, pruned, subscribers
from newsletter.store.settling import (
    NO_CLAIM,
    WAITING,
    close,
    lock_confirmed,
    lock_going,
    write_changes,
)
from newsletter.store.strikes import acquit, find_spent, suppress

#: How often a delivery may be cut off after the final dot before it is held.
_DOUBTS = 2
#: What an operator may send again.
RETRIABLE = (Status.IN_DOUBT, Status.FAILED, Status.DEFERRED)
_PAGE = 500
#: How many old deliveries go in one commit, so that no sender waits long for it.
_PRUNED = 10_000

_d = deliveries.c
# To the letter that of the partial index, or it is not used.
_OPEN = sa.text("status IN ('queued', 'sending', 'deferred', 'in_doubt')")
_FREE = sa.or_(_d.lease_until.is_(None), _d.lease_until <= db_now())


class Ledger:
    """The deliveries of one newsletter.

    All methods raise StoreUnavailable when the database cannot be read or written.
    """

    def __init__(self, engine: sa.Engine, kept: Kept | None = None) -> None:
        self._engine = engine
        self._writing = kept.writing if kept else partial(writing, engine)

    @contextmanager
    def kept(self) -> Iterator[Ledger]:
        """The same on a connection of its own, for many small writes from one thread."""
        kept = Kept(self._engine)
        try:
            yield Ledger(self._engine, kept)
        finally:
            kept.close()

    def claim(
        self,
        owner: str,
        *,
        now: datetime,
        limit: int,
        lease: timedelta,
        resend: bool,
        day: date | None = None,
        among: Among = WHOLE,
    ) -> list[Claimed]:
        """Take due deliveries so that nobody else does until the lease ends.

        While the newsletter is paused there are none.

        Args:
            owner: who claims; unique among all senders, ever.
            now: deferred deliveries are due by it.
            limit: how many at most.
            lease: how long the claim holds, by the database's clock.
            resend: whether what is in doubt is due once more.
            day: of that edition only.
            among: of these deliveries only.
        """
        # A common table expression: as a plain subquery PostgreSQL may run it, and so its
        # LIMIT, more than once.
        due = _select_due(now, resend, day).where(NOT_PAUSED, *lies_in(among))
        due = due.order_by(_d.id).limit(limit)
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
        with self._writing() as connection:
            rows = connection.execute(claim).mappings().all()
        # RETURNING promises no order.
        return sorted((Claimed(**row) for row in rows), key=lambda claimed: claimed.id)

    def write(self, owner: str, changes: Sequence[Change], *, now: datetime) -> list[bool]:
        """Write intents and outcomes in one transaction, durable when this returns.

        An outcome of `queued` says that the relay certainly did not get the message: the
        delivery is again what it was before the intent, and still claimed. Any other ends
        the claim. A delivery that stays open though its reader left, or its edition was
        cancelled meanwhile, is withdrawn.

        Returns:
            For each change whether it held: the row was ours by owner and epoch, `sending`
            for an outcome, and for an intent open, not yet `sending` and under our lease.
        """
        return insist(
            self._writing, lambda connection: write_changes(connection, owner, changes, now)
        )

    def pace(self, asks: Mapping[str, Ask]) -> Paces:
        """Take moments of rates, cut what is too fast, and learn how fast all may be."""
        if not asks:
            with reading(self._engine) as connection:
                return read_paces(connection)
        with self._writing() as connection:
            return agree(connection, asks)

    def renew(self, owner: str, lease: timedelta) -> None:
        """Prolong the owner's claims; those that already ended are gone all the same."""
        self._update(
            update(deliveries)
            .where(_d.owner == owner, _d.lease_until > db_now())
            .values(lease_until=db_now(lease))
        )

    def release(self, owner: str) -> None:
        """Give back what is claimed and not on the wire."""
        self._update(update(deliveries).where(_d.owner == owner, WAITING).values(**NO_CLAIM))

    def expire(self) -> list[Delivery]:
        """Put in doubt what was on the wire when its sender's lease ended; returns it."""
        reply = Reply(stage=Stage.LOST_DOT, code=0, text="the sender was stopped meanwhile")
        lapsed = (_d.owner.is_not(None), _d.status == Status.SENDING, _FREE)
        lapse = (
            update(deliveries)
            .where(*lapsed)
            .values(
                status=Status.IN_DOUBT,
                doubts=_d.doubts + 1,
                due_at=None,
                reply=write_reply(reply),
                changed_at=db_now(),
                **NO_CLAIM,
            )
            .returning(*DELIVERY, _d.subscriber_id)
        )
        with self._writing() as connection:
            found = connection.execute(select(_d.id, _d.subscriber_id, _d.day).where(*lapsed)).all()
            here = lock_confirmed(connection, {row.subscriber_id for row in found})
            going = lock_going(connection, {row.day for row in found})
            # Those that were found: the clock goes on, and of others the readers are not known.
            rows = connection.execute(lapse.where(_d.id.in_([row.id for row in found]))).all()
            over = [row.id for row in rows if row.subscriber_id not in here or row.day not in going]
            close(connection, _d.id.in_(over), Status.WITHDRAWN, db_now())
        return sorted((read_delivery(row) for row in rows), key=lambda delivery: delivery.id)

    def waiting(self, owner: str) -> tuple[int, float]:
        """How many open deliveries others hold, and for how many seconds yet at most."""
        query = select(sa.func.count(), sa.func.max(_d.lease_until), db_now()).where(
            _d.owner.is_not(None), _d.owner != owner, _d.lease_until > db_now()
        )
        with reading(self._engine) as connection:
            count, until, now = connection.execute(query).one()
        return count, (until - now).total_seconds() if count else 0.0

    def due(self, now: datetime, resend: bool, day: date | None = None) -> int:
        """How many deliveries a claim could take now."""
        query = select(sa.func.count()).select_from(_select_due(now, resend, day).subquery())
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one()

    def backlog(self) -> list[Backlog]:
        """What is open, by day, status and the relay's last reply."""
        with reading(self._engine) as connection:
            return find_backlog(connection)

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
        with self._writing() as connection:
            return Counter(connection.scalars(end))

    def open_days(self) -> list[date]:
        """The editions that have something open, oldest first."""
        is_open = sa.exists().where(_d.day == editions.c.day, _d.status.in_(OPEN))
        query = select(editions.c.day).where(is_open).order_by(editions.c.day)
        with reading(self._engine) as connection:
            return list(connection.scalars(query))

    def tally(self, day: date) -> Tally | None:
        """One edition's counts; None where the day has no edition."""
        return next(self._tallies(editions.c.day == day), None)

    def tallies(self) -> list[Tally]:
        """Every edition's counts, oldest first."""
        return list(self._tallies())

    def _tallies(self, *only: sa.ColumnElement[bool]) -> Iterator[Tally]:
        papers = select(editions.c.day, sa.func.json_array_length(editions.c.papers))
        rows = select(_d.day, _d.status, sa.func.count()).group_by(_d.day, _d.status)
        rows = rows.join(editions, editions.c.day == _d.day).where(*only)
        old = select(pruned.c.day, pruned.c.status, pruned.c.count)
        old = old.join(editions, editions.c.day == pruned.c.day).where(*only)
        found: Counter[tuple[date, str]] = Counter()
        with reading(self._engine) as connection:
            days = connection.execute(papers.where(*only).order_by(editions.c.day)).all()
            # One statement, so that what is pruned meanwhile is counted once.
            for day, status, count in connection.execute(sa.union_all(rows, old)):
                found[day, status] += count
        for day, number in days:
            by_status = {status: found[day, status] for status in Status}
            yield Tally(day=day, papers=number, counts=by_status)

    def deliveries(
        self, day: date | None = None, status: Status | None = None
    ) -> Iterator[Delivery]:
        """All deliveries, or those of a day or a status, in the order they were queued."""
        query = select(*DELIVERY).order_by(_d.id).limit(_PAGE)
        if day is not None:
            query = query.where(_d.day == day)
        if status is not None:
            query = query.where(_d.status == status)
        last = 0
        while True:
            # A page at a time: a cursor that is held open would keep SQLite's log growing.
            with reading(self._engine) as connection:
                page = connection.execute(query.where(_d.id > last)).all()
            yield from map(read_delivery, page)
            if len(page) < _PAGE:
                return
            last = page[-1].id

    def retry(self, day: date | None, statuses: Collection[Status], *, now: datetime) -> int:
        """Queue again, due at once, what is of these statuses and whose reader is still here.

        Of an edition that was cancelled nothing is.

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
        going = select(editions.c.day).where(editions.c.cancelled_at.is_(None))
        again = (
            update(deliveries)
            .where(_d.status.in_(statuses), is_here, _d.day.in_(going))
            .values(status=Status.QUEUED, doubts=0, due_at=None, queued_at=now, changed_at=now,
                    **NO_CLAIM)
        )  # fmt: skip
        with self._writing() as connection:
            # Who leaves or cancels at this moment does so before or after.
            lock(connection, editions)
            lock(connection, subscribers)
            one = again if day is None else again.where(_d.day == day)
            return connection.execute(one).rowcount

    def paused(self) -> Pause | None:
        """The pause that holds, if one does."""
        with reading(self._engine) as connection:
            return halting.get_pause(connection)

    def pause(self, reason: str, *, now: datetime, suspects: Collection[int] = ()) -> None:
        """Let nobody claim anything until `resume`.

        Args:
            reason: what is wrong; "" where the operator asks for it.
            now: since when.
            suspects: deliveries that were rejected for what is wrong: they have failed
                instead, and nothing is held against their addresses.
        """

        def write(connection: sa.Connection) -> None:
            acquit(connection, suspects, now)
            halting.pause(connection, reason, now)

        insist(self._writing, write)

    def resume(self) -> Pause | None:
        """End the pause, and return the one that held."""
        with self._writing() as connection:
            pause = halting.get_pause(connection)
            halting.resume(connection)
        return pause

    def cancel(self, day: date, *, now: datetime) -> Cancelled | None:
        """Withdraw what is open of an edition, for good; None where the day has none."""
        with self._writing() as connection:
            return halting.cancel(connection, day, now)

    def put_off(self, domain: str, until: datetime, why: Reply, *, now: datetime) -> int:
        """Leave a domain's readers alone until a moment; how many there are."""
        return insist(
            self._writing,
            lambda connection: halting.put_off(connection, domain, until, why, now),
        )

    def suppress_spent(self, allowed: Mapping[Strike, int], *, now: datetime) -> list[str]:
        """Suppress whose last editions were all refused; returns their addresses.

        Args:
            allowed: how many editions in a row it takes, by what was said.
            now: when they are suppressed.
        """
        with reading(self._engine) as connection:
            spent = find_spent(connection, allowed)
        for struck in spent:  # one by one, so as not to lock what a sender writes meanwhile
            with self._writing() as connection:
                suppress(connection, struck, now)
        return [struck.address for struck in spent]

    def prune(self, before: datetime) -> int:
        """Turn closed deliveries of editions published before into counts; how many."""
        total = 0
        while True:
            with self._writing() as connection:
                count = prune(connection, before, _PRUNED)
            total += count
            if count < _PRUNED:
                return total

    def _update(self, statement: sa.Update) -> int:
        with self._writing() as connection:
            return connection.execute(statement).rowcount


def _select_due(now: datetime, resend: bool, day: date | None) -> sa.Select[int]:
    is_due = [_d.status == Status.QUEUED, (_d.status == Status.DEFERRED) & (_d.due_at <= now)]
    if resend:
        is_due.append((_d.status == Status.IN_DOUBT) & (_d.doubts < _DOUBTS))
    query = select(_d.id).where(_OPEN, sa.or_(*is_due), _FREE)
    return query if day is None else query.where(_d.day == day)
