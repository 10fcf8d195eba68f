"""Brings a store's tables to the form this program knows, keeping what is in them.

A new migration is a file in `migrations/versions`, numbered, with its number in `NEWEST`;
a test holds the migrations and `schema.py` together.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from newsletter.errors import ConfigError
from newsletter.store.engine import display_name, reading, writing
from newsletter.store.schema import metadata

#: The last migration; Alembic, slow to import, is left alone where the store has it.
NEWEST = "0001"

_MIGRATIONS = Path(__file__).parent / "migrations"
_version = sa.table("alembic_version", sa.column("version_num", sa.String))
# Any number that other programs on the same server are unlikely to lock.
_LOCK = 0x6E6577736C747200


def upgrade(engine: sa.Engine) -> None:
    """Apply the migrations the store has not had; two programs may do so at once.

    Raises:
        ConfigError: the store is newer than this program, or not a newsletter's.
        StoreUnavailable: the database cannot be read or written.
    """
    with reading(engine) as connection:
        if _read_version(connection) == NEWEST:
            return
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        version = _read_version(connection)
        _check(connection, version)
        if version != NEWEST:
            _run(connection)


def is_made(engine: sa.Engine, *, remedy: str = "") -> bool:
    """Whether the store has its tables; nothing is changed.

    Args:
        remedy: the command that brings older tables up to date; "": they will do.

    Raises:
        ConfigError: they are newer than this program, not a newsletter's, or too old.
        StoreUnavailable: the database cannot be read.
    """
    with reading(engine) as connection:
        version = _read_version(connection)
        if version != NEWEST:
            _check(connection, version)
    if remedy and version is not None and version < NEWEST:
        raise ConfigError(
            f"the store {display_name(engine)} was written by an older version of this program"
            f" (its tables are at {version}, needed is {NEWEST});"
            f" run: {remedy}, which brings it up to date"
        )
    return version is not None


def _read_version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(_version.name):
        return None
    return connection.scalar(sa.select(_version.c.version_num))


def _check(connection: sa.Connection, version: str | None) -> None:
    name = display_name(connection.engine)
    if version is None:
        theirs = set(sa.inspect(connection).get_table_names()) & set(metadata.tables)
        if theirs:
            raise ConfigError(
                f"the store {name} holds tables of another program"
                f" ({', '.join(sorted(theirs))}); let store.url name an empty database"
            )
    elif version > NEWEST:
        raise ConfigError(
            f"the store {name} was written by a newer version of this program"
            f" (its tables are at {version}, known here is {NEWEST});"
            " run: pip install --upgrade papers-newsletter"
        )


def _run(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, "head")
