"""Keys that sign links and hash addresses: made at first use, kept in the store."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from newsletter.store.engine import lock, reading, writing
from newsletter.store.schema import keys


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one newsletter, by purpose.

    All methods raise StoreUnavailable when the database cannot be read or written.
    """

    engine: sa.Engine

    def signing(
        self,
        purpose: str,
        *,
        now: datetime,
        configured: str = "",
        make: Callable[[], str] = secrets.token_urlsafe,
    ) -> tuple[str, ...]:
        """The keys of a purpose, the one to sign with last; the others are still believed.

        Args:
            purpose: what they are for; each purpose has keys of its own.
            now: when a key that has to be recorded was made.
            configured: the operator's own key, which goes last; "" where there is none.
            make: makes the first key where there is none, once however many ask.
        """
        with reading(self.engine) as connection:
            found = _read(connection, purpose)
        if not (configured in found if configured else found):
            found = self._record(purpose, now, configured, make)
        return tuple(sorted(found, key=lambda secret: secret == configured))

    def known(self, purpose: str) -> tuple[str, ...]:
        """The keys of a purpose that were recorded, oldest first; none is made."""
        with reading(self.engine) as connection:
            return tuple(_read(connection, purpose))

    def _record(
        self, purpose: str, now: datetime, configured: str, make: Callable[[], str]
    ) -> list[str]:
        with writing(self.engine) as connection:
            lock(connection, keys)
            found = _read(connection, purpose)  # another program may have been first
            if not (configured in found if configured else found):
                found.append(configured or make())
                connection.execute(
                    keys.insert().values(purpose=purpose, secret=found[-1], created_at=now)
                )
        return found


def _read(connection: sa.Connection, purpose: str) -> list[str]:
    query = sa.select(keys.c.secret).where(keys.c.purpose == purpose).order_by(keys.c.id)
    return list(connection.scalars(query))
