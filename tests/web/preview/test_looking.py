"""To look makes no store and changes none."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.config import read_settings
from newsletter.outlet import choose_outlet
from newsletter.previewing import preview_draft
from newsletter.shipped import copy_shipped
from newsletter.store import migrate, open_store
from newsletter.store.engine import make_engine
from newsletter.web.preview.pages import write_page
from newsletter.web.preview.panels import PANELS
from newsletter.web.preview.scene import Scene
from newsletter.web.preview.studio import Studio
from newsletter.web.preview.view import View, Wish

NOW = datetime(2026, 8, 14, 9, tzinfo=UTC)


def look_at_all(home: Path) -> list[str]:
    """Every panel's page; what it says, or why it says nothing."""
    studio = Studio(home / "config.toml", clock=lambda: NOW)
    views = [View(panel=panel.name) for panel in PANELS] + [View(wish=Wish(reader="1"))]
    return [
        write_page(Scene(studio=studio, view=view, proof=studio.prove(view.wish))) for view in views
    ]


def list_tables(url: str) -> list[str]:
    engine = make_engine(url)
    try:
        return sa.inspect(engine).get_table_names()
    finally:
        engine.dispose()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    copy_shipped(tmp_path / "home")
    return tmp_path / "home"


def test_an_empty_file_stays_empty(home: Path) -> None:
    file = home / "var" / "sandbox" / "newsletter.db"
    file.parent.mkdir(parents=True)
    file.touch()

    pages = look_at_all(home)

    assert file.read_bytes() == b""
    assert all('id="email"' in page for page in pages)


def test_a_database_without_tables_stays_without(
    home: Path, blank_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_STORE__URL", blank_url)
    monkeypatch.setenv("NEWSLETTER_SMTP__HOST", "127.0.0.1")

    look_at_all(home)

    assert not list_tables(blank_url)


def test_tables_of_an_older_version_are_told_and_stay_as_they_are(home: Path) -> None:
    file = home / "var" / "sandbox" / "newsletter.db"
    open_store(f"sqlite:///{file}").close()
    with sqlite3.connect(file) as database:
        database.execute("UPDATE alembic_version SET version_num = '0000'")

    pages = look_at_all(home)

    assert all("older version of this program" in page for page in pages)
    assert all("run: newsletter status --sandbox, which" in page for page in pages)
    with sqlite3.connect(file) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [("0000",)]


def test_what_records_what_it_saw_brings_an_older_store_up_to_date_and_makes_none(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = shutil.copytree(migrate._MIGRATIONS, tmp_path / "migrations")
    monkeypatch.setattr(migrate, "_MIGRATIONS", scripts)
    first = scripts / "versions" / "0001_first.py"
    first.write_text(first.read_text().replace("down_revision = None", "down_revision = '0000'"))
    older = "revision, down_revision = '0000', None\n\n\ndef upgrade():\n    pass\n"
    (scripts / "versions" / "0000_older.py").write_text(older)
    settings = read_settings(home / "config.toml")
    outlet = choose_outlet(settings)
    file = home / "var" / "sandbox" / "newsletter.db"

    preview_draft(settings, outlet, asked=None, now=NOW, record=True)
    there_was_none = not file.exists()
    file.parent.mkdir(parents=True)
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('0000')")
    preview_draft(settings, outlet, asked=None, now=NOW, record=True)

    assert there_was_none
    with sqlite3.connect(file) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
        assert database.execute("SELECT count(*) FROM sightings").fetchone() > (0,)
