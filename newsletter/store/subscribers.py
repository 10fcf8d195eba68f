"""Readers: added, leaving, deleted, listed."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import func, select

from newsletter.addresses import fold, normalize, tidy_name
from newsletter.model import Delivery, Status, Subscriber, SubscriberStatus
from newsletter.store.adding import Added, add
from newsletter.store.engine import insert, lock, reading, writing
from newsletter.store.keys import Keys
from newsletter.store.records import DELIVERY, read_delivery
from newsletter.store.schema import deliveries, leavers, subscribers
from newsletter.store.settling import close
from newsletter.store.strikes import MAY_BE_SUPPRESSED, of_reader

_PAGE = 500
_READER = [column for column in subscribers.c if column.name != "folded"]
_MAY_LEAVE = (SubscriberStatus.UNCONFIRMED, SubscriberStatus.CONFIRMED, SubscriberStatus.SUPPRESSED)


@dataclass(frozen=True, slots=True)
class Subscribers:
    """The readers of one newsletter.

    All methods raise StoreUnavailable when the database cannot be read or written.
    """

    engine: sa.Engine

    def add(self, entries: Iterable[tuple[str, str]], *, now: datetime) -> Added:
        """Make confirmed readers of (normalised address, name), all of them or none.

        Whoever left, was deleted or must not be written to stays away and is named; a
        reader who never confirmed becomes a confirmed one, on the operator's word.
        """
        key = self._leavers_key(now)
        rows = ((address, tidy_name(name), _hash(key, fold(address))) for address, name in entries)
        with writing(self.engine, late=True) as connection:
            return add(connection, rows, now)

    def remove(self, address: str, *, now: datetime) -> bool:
        """Delete a reader; False if there is none of this address.

        A keyed hash stays, which keeps `add` from bringing the reader back. The
        deliveries stay too, without address, name and the words of the replies, which
        often repeat the address; those that are waiting are withdrawn.

        Raises:
            AddressError: it is not an address.
        """
        folded = fold(normalize(address))
        leaver = {"hash": _hash(self._leavers_key(now), folded), "left_at": now}
        with writing(self.engine) as connection:
            lock(connection, leavers)  # an import that is under way has looked there
            reader = connection.scalar(
                sa.delete(subscribers)
                .where(subscribers.c.folded == folded)
                .returning(subscribers.c.id)
            )
            if reader is None:
                return False
            connection.execute(insert(self.engine, leavers).values(leaver).on_conflict_do_nothing())
            close(connection, of_reader(reader), Status.WITHDRAWN, now)
            _erase(connection, reader)
        return True

    def unsubscribe(self, subscriber_id: int, *, now: datetime, reason: str = "") -> bool:
        """Note that a reader left, and withdraw what is waiting; False if nothing changed."""
        to = SubscriberStatus.UNSUBSCRIBED
        return self._leave(subscriber_id, _MAY_LEAVE, to, Status.WITHDRAWN, now, reason)

    def suppress(self, subscriber_id: int, *, now: datetime, reason: str = "") -> bool:
        """Never write to a reader again; False if nothing changed.

        Who unsubscribed stays unsubscribed.
        """
        to = SubscriberStatus.SUPPRESSED
        return self._leave(subscriber_id, MAY_BE_SUPPRESSED, to, Status.SUPPRESSED, now, reason)

    def get(self, address: str) -> Subscriber | None:
        """The reader of an address, in whatever case it is written.

        Raises:
            AddressError: it is not an address.
        """
        return self._get(subscribers.c.folded == fold(normalize(address)))

    def get_by_id(self, subscriber_id: int) -> Subscriber | None:
        """The reader of an id."""
        return self._get(subscribers.c.id == subscriber_id)

    def page(
        self, after_id: int = 0, limit: int = _PAGE, status: SubscriberStatus | None = None
    ) -> list[Subscriber]:
        """The next readers by id, at most `limit`, all or those of a status."""
        query = select(*_READER).where(subscribers.c.id > after_id)
        if status is not None:
            query = query.where(subscribers.c.status == status)
        with reading(self.engine) as connection:
            rows = connection.execute(query.order_by("id").limit(limit))
            return [*map(_read, rows.mappings())]

    def find(self, words: str, limit: int = 20) -> list[Subscriber]:
        """Readers whose address or name holds the words, by id, at most `limit`."""
        text = (subscribers.c.address, subscribers.c.name)
        query = select(*_READER).where(
            sa.or_(*(column.icontains(words, autoescape=True) for column in text))
        )
        with reading(self.engine) as connection:
            rows = connection.execute(query.order_by("id").limit(limit))
            return [*map(_read, rows.mappings())]

    def iterate(self, status: SubscriberStatus | None = None) -> Iterator[Subscriber]:
        """All readers by id, read a page at a time so that no cursor stays open."""
        page = self.page(status=status)
        while page:
            yield from page
            page = self.page(page[-1].id, status=status)

    def count_by_status(self) -> dict[SubscriberStatus, int]:
        """How many readers there are of each status, also of those nobody has."""
        query = select(subscribers.c.status, func.count().label("number"))
        with reading(self.engine) as connection:
            rows = connection.execute(query.group_by(subscribers.c.status))
            found = {row.status: row.number for row in rows}
        return {status: found.get(status, 0) for status in SubscriberStatus}

    def history(self, subscriber_id: int) -> list[Delivery]:
        """What was sent, or is to be, to a reader, newest first."""
        query = select(*DELIVERY).where(of_reader(subscriber_id))
        with reading(self.engine) as connection:
            return [
                *map(read_delivery, connection.execute(query.order_by(deliveries.c.day.desc())))
            ]

    def _get(self, which: sa.ColumnElement[bool]) -> Subscriber | None:
        with reading(self.engine) as connection:
            row = connection.execute(select(*_READER).where(which)).mappings().one_or_none()
        return None if row is None else _read(row)

    def _leave(
        self,
        subscriber_id: int,
        which: Sequence[SubscriberStatus],
        to: SubscriberStatus,
        deliveries_to: Status,
        now: datetime,
        reason: str,
    ) -> bool:
        leave = (
            sa.update(subscribers)
            .where(subscribers.c.id == subscriber_id, subscribers.c.status.in_(which))
            .values(status=to, reason=reason, changed_at=now)
        )
        with writing(self.engine) as connection:
            changed = connection.execute(leave).rowcount == 1
            if changed:
                close(connection, of_reader(subscriber_id), deliveries_to, now)
        return changed

    def _leavers_key(self, now: datetime) -> str:
        # The first: a hash that was made with another would not be found again.
        return Keys(self.engine).signing("leavers", now=now)[0]


def _hash(key: str, folded: str) -> str:
    return hmac.digest(key.encode(), folded.encode(), "sha256").hex()


def _erase(connection: sa.Connection, reader: int) -> None:
    connection.execute(sa.update(deliveries).where(of_reader(reader)).values(address=None, name=""))
    query = select(deliveries.c.id, deliveries.c.reply)
    for row in connection.execute(
        query.where(of_reader(reader), deliveries.c.reply.is_not(None))
    ).all():
        connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.id == row.id)
            .values(reply={**row.reply, "text": ""})
        )


def _read(row: sa.RowMapping) -> Subscriber:
    return Subscriber(**{**row, "status": SubscriberStatus(row["status"])})
