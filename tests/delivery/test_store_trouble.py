"""A store that refuses while messages are on their way: it stops cleanly and goes on later."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from delivery.sending import counts, names, publish
from delivery.sink import Sink
from delivery.test_kill import CONNECTIONS, READERS, finish, sender

from newsletter.model import Status
from newsletter.store import Store, open_store

#: Long enough that whatever happens in the meantime, the store is what stops it.
LEASE = 6.0
WORDS = {
    "full": "has no room: the disk is full; free some space and run the command again",
    "read-only": "is read-only",
    "locked": "is locked by another program; run the command again",
}


def check(store: Store, url: str, sink: Sink, said: str, code: int, words: str) -> None:
    """It stopped with one sentence; the next run reaches everybody, and names the doubtful."""
    first = len(sink.accepted)
    again = finish(url, sink.port)
    assert code == 75
    assert words in said
    assert len(said.splitlines()) == 1
    assert 0 < first < READERS
    assert counts(store) == {Status.SENT: READERS}
    taken = Counter(sink.accepted)
    assert set(taken) == set(names(READERS))
    twice = {name for name, times in taken.items() if times > 1}
    assert len(twice) <= CONNECTIONS
    assert twice <= set(again.split())


def send_into_trouble(url: str, port: int, trouble: str) -> tuple[str, int]:
    with sender(url, port, trouble=f"{trouble}:40", lease=LEASE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "now\n"
        said, _ = process.communicate(timeout=60)
    return said, process.returncode


def test_a_store_that_is_made_read_only(store: Store, database_url: str) -> None:
    publish(store, names(READERS))
    with Sink(delay=0.003) as sink:
        said, code = send_into_trouble(database_url, sink.port, "read-only")
        check(store, database_url, sink, said, code, WORDS["read-only"])


def test_a_database_that_may_not_grow_any_more(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'newsletter.db'}"
    # With such long replies each outcome needs some room.
    with open_store(url) as store, Sink(delay=0.003, thanks="x" * 490) as sink:
        publish(store, names(READERS))
        said, code = send_into_trouble(url, sink.port, "full")
        check(store, url, sink, said, code, WORDS["full"])


def test_a_store_that_another_program_locks(store: Store, database_url: str) -> None:
    publish(store, names(READERS))
    with Sink(delay=0.003) as sink:
        with sender(database_url, sink.port, trouble="locked:40", lease=LEASE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "now\n"
            with locked(store):
                said, _ = process.communicate(timeout=60)
        check(store, database_url, sink, said, process.returncode, WORDS["locked"])


@contextmanager
def locked(store: Store) -> Iterator[None]:
    """Another program holds what every writer needs."""
    other: Any
    if store.engine.dialect.name == "sqlite":
        other = sqlite3.connect(str(store.engine.url.database), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        other = store.engine.raw_connection()
        other.cursor().execute("LOCK TABLE deliveries IN EXCLUSIVE MODE")
    try:
        yield
    finally:
        if store.engine.dialect.name != "sqlite":
            other.rollback()
        other.close()


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """The disk, and not the database, refuses: the process may write no larger files."""
    url = f"sqlite:///{tmp_path / 'newsletter.db'}"
    with open_store(url) as store, Sink() as sink:
        publish(store, names(READERS))
        with sender(url, sink.port, room=400_000) as process:
            said, _ = process.communicate(timeout=60)
        check(store, url, sink, said, process.returncode, "the store")
