"""Stores with many readers and one edition queued for them, made by the store's own statements."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import select

from benchmarks.delivery import edition
from benchmarks.rendering import NOW
from newsletter.model import SubscriberStatus
from newsletter.store import open_store
from newsletter.store.engine import writing
from newsletter.store.schema import Moment, subscribers
from servers import Server, find_programs, serve

#: Readers are spread over so many domains.
DOMAINS = 20
#: Every so many readers one is refused for now, and one lives in the slow domain.
LATER, SLOW = 10, 100


@dataclass(frozen=True)
class Database:
    """A kind of database: makes new ones, and copies of what is in one."""

    name: str
    make: Callable[[], str]
    copy: Callable[[str], str]
    drop: Callable[[str], None]


def sqlite(folder: Path) -> Database:
    """Files in a folder."""
    numbers = iter(range(1_000_000))

    def make() -> str:
        return f"sqlite:///{folder / f'{next(numbers)}.db'}"

    def copy(url: str) -> str:
        new = make()
        shutil.copyfile(_file(url), _file(new))
        with Path(_file(new)).open("rb") as file:
            os.fsync(file.fileno())  # or the first commit that is timed waits for the copy
        return new

    def drop(url: str) -> None:
        for ending in ("", "-wal", "-shm"):
            Path(f"{_file(url)}{ending}").unlink(missing_ok=True)

    return Database("SQLite", make, copy, drop)


def _file(url: str) -> str:
    return url.removeprefix("sqlite:///")


@contextmanager
def postgresql() -> Iterator[Database | None]:
    """A server of our own that survives a power cut as any would; None where there is none."""
    programs = find_programs()
    if programs is None:
        yield None
        return
    with serve(programs, durable=True) as server:
        yield _on(server)


def _on(server: Server) -> Database:
    return Database(
        "PostgreSQL",
        lambda: server.create(server.template),
        lambda url: server.create(url.partition("@/")[2].partition("?")[0]),
        server.drop,
    )


def fill(url: str, readers: int, *, with_trouble: bool = False) -> None:
    """Make confirmed readers.

    Args:
        with_trouble: some of them are refused for now by our sink, some live where it is slow.
    """
    with open_store(url) as store, writing(store.engine) as connection:
        connection.execute(_insert(readers, with_trouble))


def _insert(readers: int, with_trouble: bool) -> sa.Insert:
    number = select(sa.literal(1).label("n")).cte("number", recursive=True)
    number = number.union_all(select(number.c.n + 1).where(number.c.n < readers))
    n, text = number.c.n, sa.String
    name: sa.ColumnElement[str] = sa.literal("reader")
    domain: sa.ColumnElement[str] = "domain" + sa.cast(n % DOMAINS, text)
    if with_trouble:
        name = sa.case((n % LATER == 0, "later"), else_=name)
        domain = sa.case((n % SLOW == 1, "slow"), else_=domain)
    address = name + sa.cast(n, text) + "@" + domain + ".example"
    moment = sa.literal(NOW, Moment())
    row = (address, address, sa.literal("Ada"), sa.literal(SubscriberStatus.CONFIRMED.value))
    columns = ("address", "folded", "name", "status", "created_at", "changed_at")
    return subscribers.insert().from_select(columns, select(*row, moment, moment))


def queue(url: str) -> float:
    """Publish the edition to all of them; returns the seconds it took."""
    made, issue = edition.make()
    with open_store(url) as store:
        start = time.perf_counter()
        audience = store.editions.publish(made, issue, now=datetime.now(UTC))
        seconds = time.perf_counter() - start
    assert audience, "it was not published before"
    return seconds
