"""Opening a store: made where there is none, brought up to date, or refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.engine.interfaces import ReflectedIndex

from newsletter.errors import ConfigError
from newsletter.store import migrate, open_store
from newsletter.store.engine import make_engine, reading, writing
from newsletter.store.schema import metadata

NOW = datetime(2026, 8, 14, 8, 0, tzinfo=UTC)


def execute(url: str, statement: str) -> None:
    engine = make_engine(url)
    with writing(engine) as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def describe(connection: sa.Connection) -> dict[str, object]:
    """Everything the database says of the tables that are ours."""
    inspector = sa.inspect(connection)
    parts: list[Callable[[str], object]] = [
        lambda table: [{**it, "type": repr(it["type"])} for it in inspector.get_columns(table)],
        lambda table: sorted(map(describe_index, inspector.get_indexes(table))),
        lambda table: sorted(map(str, inspector.get_unique_constraints(table))),
        lambda table: sorted(map(str, inspector.get_foreign_keys(table))),
        lambda table: inspector.get_pk_constraint(table)["constrained_columns"],
    ]
    tables = set(inspector.get_table_names()) - {"alembic_version"}
    return {table: [part(table) for part in parts] for table in tables}


def describe_index(index: ReflectedIndex) -> str:
    options = {key: str(value) for key, value in index.get("dialect_options", {}).items()}
    return str({**index, "dialect_options": options})


def test_the_migrations_lead_to_the_tables_of_the_code(blank_url: str) -> None:
    with open_store(blank_url) as store, reading(store.engine) as connection:
        migrated = describe(connection)
        metadata.drop_all(connection)
        metadata.create_all(connection)
        made = describe(connection)

    assert migrated == made


def test_the_newest_migration_is_the_one_the_code_names() -> None:
    """Else it would never be applied, since Alembic is only asked if the numbers differ."""
    scripts = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations"))

    assert scripts.get_heads() == [migrate.NEWEST]


def test_the_id_of_a_deleted_reader_is_never_given_to_another(blank_url: str) -> None:
    """Links in old mail hold the id; SQLite would hand out the highest one again."""
    insert = (
        "INSERT INTO subscribers (address, folded, name, status, created_at, changed_at)"
        " VALUES ('a', 'a', '', '', '2026-08-14 08:00:00', '2026-08-14 08:00:00') RETURNING id"
    )
    with open_store(blank_url) as store, writing(store.engine) as connection:
        first = connection.execute(sa.text(insert)).scalar_one()
        connection.execute(sa.text("DELETE FROM subscribers"))
        second = connection.execute(sa.text(insert)).scalar_one()

    assert second > first


def test_a_store_keeps_what_is_in_it_when_it_is_opened_again(blank_url: str) -> None:
    with open_store(blank_url) as store:
        key = store.keys.signing("links", now=NOW)
    with open_store(blank_url) as store:
        assert store.keys.signing("links", now=NOW) == key


def test_many_programs_may_open_a_new_store_at_once(blank_url: str) -> None:
    together = Barrier(6)

    def open_it(_: int) -> int:
        together.wait()
        with open_store(blank_url) as store:
            return sum(store.subscribers.count_by_status().values())

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(open_it, range(6))) == [0] * 6


def test_many_processes_may_open_a_new_store_at_once(blank_url: str) -> None:
    code = "import sys; from newsletter.store import open_store; open_store(sys.argv[1]).close()"
    command = [sys.executable, "-c", code, blank_url]
    processes = [subprocess.Popen(command) for _ in range(4)]

    assert [process.wait() for process in processes] == [0] * 4


def test_the_folder_of_a_file_is_made(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path}/100% new/var/newsletter.db").close()

    assert (tmp_path / "100% new" / "var" / "newsletter.db").is_file()


def test_a_store_that_is_up_to_date_is_opened_without_alembic(database_url: str) -> None:
    """It is slow to import, and sender processes open a store each."""
    code = (
        "import sys; from newsletter.store import open_store; open_store(sys.argv[1]).close();"
        "sys.exit('alembic' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code, database_url]).returncode == 0


def test_a_store_of_a_newer_program_is_refused(database_url: str) -> None:
    execute(database_url, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(ConfigError, match=r"newer version of this program .*9999.* --upgrade"):
        open_store(database_url)


def test_a_database_of_another_program_is_refused_and_left_alone(blank_url: str) -> None:
    execute(blank_url, "CREATE TABLE papers (sheet INTEGER)")

    with pytest.raises(ConfigError, match=r"tables of another program \(papers\)"):
        open_store(blank_url)

    engine = make_engine(blank_url)
    assert sa.inspect(engine).get_table_names() == ["papers"]
    engine.dispose()


def test_a_migration_that_fails_halfway_leaves_nothing_behind(blank_url: str) -> None:
    """Here an index of the name is there already."""
    execute(blank_url, "CREATE TABLE other (id INTEGER)")
    execute(blank_url, "CREATE INDEX ix_deliveries_open ON other (id)")

    with pytest.raises(sa.exc.DBAPIError):
        open_store(blank_url)

    engine = make_engine(blank_url)
    assert sa.inspect(engine).get_table_names() == ["other"]
    engine.dispose()
