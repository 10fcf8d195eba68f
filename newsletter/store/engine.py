"""Connections and transactions on SQLite or PostgreSQL, and the words for their failures."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from newsletter.errors import ConfigError, StoreUnavailable
from newsletter.store.schema import Moment

T = TypeVar("T")

_EXAMPLES = "write sqlite:///var/newsletter.db or postgresql://user@host/database"
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",  # readers and the writer do not wait for each other
    "PRAGMA synchronous = FULL",  # a commit outlives a power cut
    "PRAGMA foreign_keys = ON",
)
_BUSY_SECONDS = 30
#: How often is written what gets in another program's way.
_TRIES = 5
#: Seconds between two tries to begin to write.
_STEP = 0.0002

# What the driver says, by the start of SQLite's error name or PostgreSQL's SQLSTATE
# (https://sqlite.org/rescode.html, https://www.postgresql.org/docs/current/errcodes-appendix.html).
_TROUBLES = {
    "SQLITE_BUSY": "is locked by another program; run the command again",
    "SQLITE_LOCKED": "is locked by another program; run the command again",
    "SQLITE_READONLY": "is read-only; give this user the right to write the file and its folder",
    "SQLITE_PERM": "may not be opened by this user; mend the file's permissions",
    "SQLITE_CANTOPEN": "cannot be opened; check that its folder exists and may be written",
    "SQLITE_FULL": "has no room: the disk is full; free some space and run the command again",
    "SQLITE_IOERR": "cannot be read or written; check its disk",
    "SQLITE_CORRUPT": "is damaged; restore it from a backup",
    "SQLITE_NOTADB": "is not an SQLite database; check store.url",
    "25006": "is read-only; connect to the primary server",
    "42501": "refuses this user; grant it the rights on the newsletter's tables",
    "53100": "has no room: the disk is full; free some space and run the command again",
    "40": "was changed by another program at the same moment; run the command again",
    "55P03": "is locked by another program; run the command again",
}
_UNREACHABLE = "cannot be reached; check store.url and that the server is up"


def make_engine(url: str) -> sa.Engine:
    """An engine for `sqlite:///path` or `postgresql://…`; nothing is opened yet.

    Raises:
        ConfigError: the URL is of another kind, or its driver is not installed.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed)
    try:
        engine = sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except ImportError as error:
        raise ConfigError(
            "store.url names PostgreSQL, but its driver is not installed;"
            " run: pip install 'papers-newsletter[postgresql]'"
        ) from error
    event.listen(engine, "connect", _set_up_postgresql)
    return engine


def parse_url(url: str) -> sa.URL:
    """A store's URL in its parts.

    Raises:
        ConfigError: it is none of ours; what it is does not show, as it may hold a password.
    """
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError):  # neither is shown: the text may hold a password
        raise ConfigError(f"store.url is not the address of a database; {_EXAMPLES}") from None
    kind = parsed.drivername.partition("+")[0]
    if kind not in ("sqlite", "postgresql", "postgres"):
        raise ConfigError(f"store.url begins with {parsed.drivername!r}; {_EXAMPLES}")
    if kind == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ConfigError(f"store.url names no file; {_EXAMPLES}")
    return parsed if kind == "sqlite" else parsed.set(drivername="postgresql")


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(url, connect_args={"timeout": _BUSY_SECONDS})
    event.listen(engine, "do_connect", _find_way_in)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _find_way_in(
    _dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]
) -> None:
    """Let what may not be written be read, which SQLite else does only beside files it makes."""
    path = Path(arguments[0]).absolute()
    if not path.exists() or all(os.access(each, os.W_OK) for each in (path, path.parent)):
        return
    log = path.with_name(f"{path.name}-wal")
    # Without a log all is in the file, where a writer that comes now puts nothing before its
    # log is long; with one, its writer or the one to mend it has made the other files, too.
    is_whole = not log.exists() or log.stat().st_size == 0
    arguments[0] = f"{path.as_uri()}?{'immutable=1' if is_whole else 'mode=ro'}"
    options["uri"] = True


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # sqlite3 begins transactions late and by itself; SQLAlchemy's manual ("Enabling
    # Non-Legacy SQLite Transactional Modes") has it switched off and BEGIN sent by us.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _set_up_postgresql(connection: Any, _record: Any) -> None:
    # As on SQLite: who waits for a lock for ever keeps no lease and stops for no signal.
    connection.execute(f"SET lock_timeout = '{_BUSY_SECONDS}s'")
    connection.commit()


def _begin_sqlite(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later fails at once, without waiting, if
    # somebody else wrote in between: a writer takes the lock at its beginning.
    options = connection.get_execution_options()
    if options.get("polling", False) and _begin_in_short_steps(connection):
        return
    immediate = options.get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _begin_in_short_steps(connection: sa.Connection) -> bool:
    """Begin as soon as nobody else writes; False if it cannot be begun: ask once more for why.

    SQLite itself waits in steps of up to 0.1 s, in which another sender writes a dozen times.
    """
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    until = time.monotonic() + _BUSY_SECONDS
    while time.monotonic() < until:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY"):
                return False
            time.sleep(_STEP)
        else:
            return True
    return False


def make_folder(engine: sa.Engine) -> None:
    """Make the folder a SQLite file lies in.

    Raises:
        StoreUnavailable: the folder cannot be made.
    """
    if engine.dialect.name != "sqlite":
        return
    folder = Path(str(engine.url.database)).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(
            f"the store's folder {folder} cannot be made ({error.strerror});"
            " mend its permissions or change store.url"
        ) from error


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that only reads; it never waits for a writer.

    Raises:
        StoreUnavailable: the database cannot be read.
    """
    with _in_words(engine), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: sa.Engine, *, late: bool = False) -> Iterator[sa.Connection]:
    """A transaction that writes: committed at the end, undone by any error.

    On SQLite it holds the one write lock from its beginning; with `late` only from a
    `lock`, which must come before the first read of a lasting table.

    Raises:
        StoreUnavailable: the database cannot be written. An IntegrityError is let through.
    """
    with (
        _in_words(engine),
        engine.connect().execution_options(immediate=not late) as connection,
        connection.begin(),
    ):
        yield connection


class Kept:
    """Transactions that write, one after another, on a connection that stays open between
    them: taking one from the pool costs more than a small transaction itself.

    For one thread at a time.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._connection: sa.Connection | None = None

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """As the function of this name; after an error the next one opens a new connection."""
        with _in_words(self._engine):
            if self._connection is None:
                self._connection = self._open()
            try:
                with self._connection.begin():
                    yield self._connection
            except BaseException:
                self.close()
                raise

    def _open(self) -> sa.Connection:
        connection = self._engine.connect().execution_options(immediate=True, polling=True)
        connection.detach()  # of our own: nobody else may get it as it is set up here
        if self._engine.dialect.name == "sqlite":
            connection.connection.cursor().execute("PRAGMA busy_timeout = 0")  # we wait ourselves
        return connection

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def lock(connection: sa.Connection, table: sa.Table) -> None:
    """Keep others from writing to a table until this transaction ends; they may read it."""
    if connection.dialect.name == "sqlite":
        connection.execute(table.delete().where(sa.false()))  # a write takes SQLite's lock
    else:
        connection.exec_driver_sql(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE")


def make_room(connection: sa.Connection) -> None:
    """Let SQLite keep an index in memory while many rows go into it in no order of its own."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA cache_size = -65536")  # KiB


def learn(connection: sa.Connection, table: sa.Table) -> None:
    """Let PostgreSQL's planner know of many new rows; SQLite's needs no telling."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE {table.name}")


@contextmanager
def _in_words(engine: sa.Engine) -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        trouble = next(filter(None, map(_trouble, _with_earlier(error))), None)
        if trouble is None:  # a statement of ours is wrong: a bug keeps its traceback
            raise
        raise StoreUnavailable(f"the store {display_name(engine)} {trouble}") from error


def _with_earlier(error: BaseException | None) -> Iterator[DBAPIError]:
    """An error and those it came of: a full disk ends SQLite's transaction by itself, and
    then its savepoint, which is to be undone, is not there any more."""
    while error is not None:
        if isinstance(error, DBAPIError):
            yield error
        error = error.__context__


def _trouble(error: DBAPIError) -> str | None:
    code = _code(error)
    known = (words for start, words in _TROUBLES.items() if code.startswith(start))
    unknown_code = isinstance(error, OperationalError) and code != "SQLITE_ERROR"
    words = next(known, _UNREACHABLE if unknown_code else None)
    said = str(error.orig).strip().partition("\n")[0]
    return words and f"{words} ({said})"


def insist(
    writing: Callable[[], AbstractContextManager[sa.Connection]],
    write: Callable[[sa.Connection], T],
) -> T:
    """Write in a transaction, and anew in another where another program was in the way.

    Raises:
        StoreUnavailable: the database cannot be written, or it was so time and again.
    """
    tries = _TRIES
    while True:
        tries -= 1
        try:
            with writing() as connection:
                return write(connection)
        except StoreUnavailable as error:
            if not (tries and _lost_a_race(error)):
                raise


def _lost_a_race(error: StoreUnavailable) -> bool:
    return isinstance(error.__cause__, DBAPIError) and _code(error.__cause__).startswith("40")


def _code(error: DBAPIError) -> str:
    for attribute in ("sqlite_errorname", "sqlstate"):
        if code := getattr(error.orig, attribute, None):
            return str(code)
    return ""


def display_name(engine: sa.Engine) -> str:
    """The file or URL for people, without a password."""
    if engine.dialect.name == "sqlite":
        return str(engine.url.database)
    url = engine.url.set(drivername="postgresql")
    return url.difference_update_query(("password", "sslpassword")).render_as_string()


def insert(engine: sa.Engine, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT of the database's own kind, which knows `on_conflict_do_nothing`."""
    if engine.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def insert_selected(connection: sa.Connection, statement: sa.Insert) -> int:
    """Run an INSERT … SELECT; returns how many rows it made."""
    # SQLAlchemy forgets the number for an INSERT unless it is told not to.
    return connection.execute(statement.execution_options(preserve_rowcount=True)).rowcount


class db_now(FunctionElement[datetime]):
    """The database's clock, one instant for all rows, in the form of a `Moment` column.

    Leases go by it, so that machines whose clocks differ agree. SQLite counts milliseconds.
    """

    type = Moment()
    inherit_cache = True

    def __init__(self, plus: timedelta = timedelta()) -> None:
        super().__init__(sa.literal(plus.total_seconds(), sa.Float()))


@compiles(db_now, "sqlite")
def _sqlite_now(element: db_now, compiler: SQLCompiler, **kw: Any) -> str:
    # DateTime columns hold six decimals as text, and text is what SQLite compares.
    seconds = compiler.process(element.clauses, **kw)
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', {seconds} || ' seconds')"


@compiles(db_now, "postgresql")
def _postgresql_now(element: db_now, compiler: SQLCompiler, **kw: Any) -> str:
    # In a subquery it is evaluated once a statement, and an index can be used.
    seconds = compiler.process(element.clauses, **kw)
    return f"(SELECT clock_timestamp() + make_interval(secs => {seconds}))"
