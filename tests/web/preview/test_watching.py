"""Which files are looked at."""

from __future__ import annotations

from pathlib import Path

import pytest
from watchfiles import Change

from newsletter.settings import Papers, Settings
from newsletter.web.preview import files
from newsletter.web.preview.watching import plan


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "templates" / "parts").mkdir(parents=True)
    (tmp_path / "config.toml").touch()
    return tmp_path.resolve()


def test_folders_are_watched_and_files_by_their_folder(home: Path) -> None:
    watched = plan([home / "config.toml", home / "templates", home / "editions"])

    assert watched.places == {home, home / "templates"}


@pytest.mark.parametrize(
    ("source", "data"),
    [
        ("lists", {"lists", "lists/2026-08-14.json"}),
        ("lists/2026-08-14.json", {"lists/2026-08-14.json"}),
        ("lists/*.json", {"lists", "lists/2026-08-14.json", "lists/*.json"}),
        ("*.json", {".", "*.json"}),
        ("**/*.json", {".", "**/*.json", "lists", "lists/2026-08-14.json"}),
        ("huggingface", set()),
    ],
)
def test_of_the_papers_files_are_looked_at_and_where_others_may_come(
    home: Path, source: str, data: set[str]
) -> None:
    (home / "lists" / "deep").mkdir(parents=True)
    (home / "lists" / "2026-08-14.json").write_text("[]")
    settings = Settings(home=home, papers=Papers(source=source))

    found = {path for path in files.find_data(settings) if path.name != "deep"}

    assert found == {home / name for name in data}


@pytest.mark.parametrize(
    ("name", "is_ours"),
    [
        ("config.toml", True),
        ("templates/brand.css", True),
        ("templates/parts", True),
        ("templates/newsletter.db-wal", False),
        ("editions", True),
        ("README.md", False),
        ("var", False),
        ("templates/.brand.css.swp", False),
        ("templates/brand.css~", False),
        ("templates/#brand.css#", False),
    ],
)
def test_a_change_counts_where_it_is_the_newsletters(home: Path, name: str, is_ours: bool) -> None:
    watched = plan([home / "config.toml", home / "templates", home / "editions"])

    assert watched.holds(Change.modified, str(home / name)) is is_ours
