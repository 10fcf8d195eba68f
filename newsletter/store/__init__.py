"""What outlives a run: readers, editions, deliveries, sightings, in one database."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType

import sqlalchemy as sa

from newsletter.store.agenda import Agenda
from newsletter.store.editions import Editions
from newsletter.store.engine import make_engine, make_folder
from newsletter.store.keys import Keys
from newsletter.store.ledger import Ledger
from newsletter.store.locks import Locks
from newsletter.store.marks import Marks
from newsletter.store.migrate import is_made, upgrade
from newsletter.store.papers import Papers
from newsletter.store.sightings import Sightings
from newsletter.store.subscribers import Subscribers

__all__ = ["Store", "look_into", "open_store"]


@dataclass(frozen=True, slots=True)
class Store:
    """One newsletter's store, by what is in it; closed at the end of a `with`."""

    engine: sa.Engine
    subscribers: Subscribers
    editions: Editions
    ledger: Ledger
    papers: Papers
    sightings: Sightings
    keys: Keys
    marks: Marks
    agenda: Agenda
    locks: Locks

    def close(self) -> None:
        """Give back the connections."""
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def open_store(url: str) -> Store:
    """Open the store, making it or bringing its tables up to date where need be.

    Args:
        url: `sqlite:///path` or `postgresql://user:password@host/database`.

    Raises:
        ConfigError: the URL is wrong, or what it leads to is not for this program.
        StoreUnavailable: the database cannot be read or written.
    """
    engine = make_engine(url)
    try:
        make_folder(engine)
        upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return _make_store(engine)


def look_into(url: str, *, remedy: str = "") -> Store | None:
    """Open the store to read from it; None where nothing was made yet, and nothing is.

    Args:
        url: of a store whose file is there, see `open_store`.
        remedy: what brings older tables up to date; "": they will do.

    Raises:
        ConfigError: the URL is wrong, or what it leads to is not for this program.
        StoreUnavailable: the database cannot be read.
    """
    engine = make_engine(url)
    try:
        if is_made(engine, remedy=remedy):
            return _make_store(engine)
    except BaseException:
        engine.dispose()
        raise
    engine.dispose()
    return None


def _make_store(engine: sa.Engine) -> Store:
    return Store(
        engine,
        Subscribers(engine),
        Editions(engine),
        Ledger(engine),
        Papers(engine),
        Sightings(engine),
        Keys(engine),
        Marks(engine),
        Agenda(engine),
        Locks(engine),
    )
