"""Connections, transactions, the database's clock, and failures in words."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa

from newsletter.errors import ConfigError, StoreUnavailable
from newsletter.store import Store, open_store
from newsletter.store.engine import (
    db_now,
    display_name,
    insert,
    lock,
    make_engine,
    reading,
    writing,
)
from newsletter.store.schema import marks

NOW = datetime(2026, 8, 14, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'newsletter.db'}") as store:
        yield store


def set_mark(connection: sa.Connection, name: str, at: datetime | db_now = NOW) -> None:
    connection.execute(marks.insert().values(name=name, value="", set_at=at))


def names(store: Store, *where: sa.ColumnElement[bool]) -> list[str]:
    with reading(store.engine) as connection:
        return list(connection.scalars(sa.select(marks.c.name).where(*where).order_by("name")))


def test_the_databases_clock_compares_with_moments_in_microseconds(store: Store) -> None:
    """Stored by us or by the database, moments are in one order."""
    now = datetime.now(UTC)
    with writing(store.engine) as connection:
        for name, offset in (("earlier", -60), ("later", 60)):
            moment = now + timedelta(seconds=offset, microseconds=123_456)
            set_mark(connection, f"{name} by us", moment.replace(microsecond=7))
            set_mark(connection, f"{name} by it", db_now(offset * SECOND))

    assert names(store, marks.c.set_at <= db_now()) == ["earlier by it", "earlier by us"]
    assert names(store, marks.c.set_at > db_now(59 * SECOND / 2)) == ["later by it", "later by us"]
    assert len(names(store, marks.c.set_at < db_now(2 * 60 * SECOND))) == 4


@pytest.mark.parametrize(
    "plus",
    [timedelta(), timedelta(milliseconds=1500), timedelta(days=400), timedelta(hours=-1)],
)
def test_the_databases_clock_is_an_aware_datetime_that_can_be_moved(
    store: Store, plus: timedelta
) -> None:
    with reading(store.engine) as connection:
        found = connection.scalar(sa.select(db_now(plus)))

    assert found is not None
    assert found.utcoffset() == timedelta()
    assert abs(found - plus - datetime.now(UTC)) < timedelta(seconds=30)


def test_moments_come_back_as_they_were_in_utc_and_naive_ones_are_refused(store: Store) -> None:
    moment = datetime.fromisoformat("2026-03-29T02:30:00.000001+01:00")
    store.marks.set("moment", "", moment)

    with reading(store.engine) as connection:
        found = connection.scalar(sa.select(marks.c.set_at))

    assert found == moment
    assert found.tzinfo is UTC
    with pytest.raises(sa.exc.StatementError, match="naive"):
        store.marks.set("moment", "", moment.replace(tzinfo=None))


def test_an_error_undoes_the_whole_transaction(store: Store) -> None:
    def fail() -> None:
        with writing(store.engine) as connection:
            set_mark(connection, "half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert names(store) == []


def test_tables_are_made_or_not_with_their_transaction(store: Store) -> None:
    """SQLite's driver would commit at each CREATE TABLE if it were let."""

    def fail() -> None:
        with writing(store.engine) as connection:
            connection.execute(sa.text("CREATE TABLE half (id INTEGER)"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert not sa.inspect(store.engine).has_table("half")


def test_a_reader_sees_one_state_while_another_writes(store: Store) -> None:
    with writing(store.engine) as connection:
        set_mark(connection, "new")
        assert names(store) == []

    assert names(store) == ["new"]


def test_an_integrity_error_is_the_callers_to_judge(store: Store) -> None:
    store.marks.set("twice", "", NOW)

    with pytest.raises(sa.exc.IntegrityError), writing(store.engine) as connection:
        set_mark(connection, "twice")


def test_a_mistake_in_our_own_sql_keeps_its_traceback(store: Store) -> None:
    with pytest.raises(sa.exc.DBAPIError), reading(store.engine) as connection:
        connection.execute(sa.text("SELECT nonsense FROM nowhere"))


@pytest.mark.parametrize("late", [False, True])
def test_writers_wait_for_each_other_instead_of_failing(database_url: str, late: bool) -> None:
    """Each reads what it then changes; none may be lost, none may see "locked"."""
    together = Barrier(8)

    def count_up(_: int) -> None:
        with open_store(database_url) as store:
            together.wait()
            for _ in range(5):
                with writing(store.engine, late=late) as connection:
                    lock(connection, marks)
                    query = sa.select(marks.c.value).where(marks.c.name == "count")
                    count = int(connection.scalar(query) or 0) + 1
                    row = {"value": str(count), "set_at": NOW}
                    first = insert(store.engine, marks).values(name="count", **row)
                    connection.execute(
                        first.on_conflict_do_update(index_elements=["name"], set_=row)
                    )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count_up, range(8)))

    with open_store(database_url) as store:
        assert store.marks.get("count") == "40"


def test_sqlite_is_durable_checks_foreign_keys_and_lets_readers_read(sqlite_store: Store) -> None:
    with reading(sqlite_store.engine) as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    full = 2
    assert found == {
        "journal_mode": "wal", "synchronous": full, "foreign_keys": 1, "busy_timeout": 30_000,
    }  # fmt: skip


def test_a_full_disk_is_told_in_words(sqlite_store: Store) -> None:
    with pytest.raises(StoreUnavailable, match=r"newsletter\.db has no room: the disk is full"):
        fill(sqlite_store.engine)

    sqlite_store.marks.set("room again", "", NOW)
    assert names(sqlite_store) == ["room again"]


def fill(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        try:
            for number in range(1000):
                set_mark(connection, f"{number} {'x' * 1000}")
        finally:
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")


def test_a_read_only_database_is_told_in_words(store: Store) -> None:
    is_sqlite = store.engine.dialect.name == "sqlite"
    forbid = "PRAGMA query_only = ON" if is_sqlite else "SET default_transaction_read_only = on"
    with reading(store.engine) as connection:  # the connection that is used again below
        connection.exec_driver_sql(forbid)
        connection.commit()

    with pytest.raises(StoreUnavailable, match="is read-only"):
        store.marks.set("refused", "", NOW)


def test_a_database_that_another_program_holds_is_told_in_words(sqlite_store: Store) -> None:
    other = sqlite3.connect(str(sqlite_store.engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with reading(sqlite_store.engine) as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 10")
        with pytest.raises(StoreUnavailable, match="is locked by another program"):
            sqlite_store.marks.set("refused", "", NOW)
    finally:
        other.close()


def test_a_file_that_is_no_database_is_told_in_words(tmp_path: Path) -> None:
    file = tmp_path / "newsletter.db"
    file.write_text("Dear reader, " * 1000)

    with pytest.raises(StoreUnavailable, match=r"newsletter\.db is not an SQLite database"):
        open_store(f"sqlite:///{file}")


def test_a_folder_that_cannot_be_made_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")

    with pytest.raises(StoreUnavailable, match=r"the store's folder .*var cannot be made"):
        open_store(f"sqlite:///{tmp_path}/var/newsletter.db")


def test_a_server_that_is_away_is_told_without_the_password(tmp_path: Path) -> None:
    url = f"postgresql://ada:secret@/papers?host={tmp_path}&password=secret"

    with pytest.raises(StoreUnavailable, match="cannot be reached") as refusal:
        open_store(url)

    assert "postgresql://ada:***@/papers" in str(refusal.value)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    "url",
    [
        "newsletter.db",
        "mysql://ada:secret@localhost/papers",
        "postgresql://ada:secret@localhost:port/papers",
        "sqlite://",
        "sqlite:///:memory:",
        "",
    ],
)
def test_a_wrong_url_is_refused_with_an_example_and_without_its_password(url: str) -> None:
    with pytest.raises(ConfigError, match=r"store\.url .*write sqlite:///") as refusal:
        make_engine(url)

    assert "secret" not in str(refusal.value)


def test_both_spellings_of_postgresql_use_the_one_driver() -> None:
    for scheme in ("postgresql", "postgres", "postgresql+psycopg2"):
        engine = make_engine(f"{scheme}://ada:secret@localhost/papers")
        assert engine.dialect.driver == "psycopg"
        assert display_name(engine) == "postgresql://ada:***@localhost/papers"


def test_a_missing_driver_is_told_with_the_command_that_installs_it() -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from newsletter.store.engine import make_engine\n"
        "make_engine('postgresql://localhost/papers')"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert "pip install 'papers-newsletter[postgresql]'" in done.stderr.splitlines()[-1]
    assert "ConfigError: store.url names PostgreSQL" in done.stderr
