"""Which files are looked at."""

from __future__ import annotations

from pathlib import Path

import pytest
from watchfiles import Change

from newsletter.web.preview.watching import plan


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "templates" / "parts").mkdir(parents=True)
    (tmp_path / "config.toml").touch()
    return tmp_path.resolve()


def test_folders_with_all_that_is_in_them_and_files_by_their_folder(home: Path) -> None:
    watched = plan([home / "config.toml", home / "templates", home / "editions"])

    assert watched.places == {home, home / "templates", home / "templates" / "parts"}


@pytest.mark.parametrize(
    ("name", "is_ours"),
    [
        ("config.toml", True),
        ("templates/brand.css", True),
        ("templates/parts/new.mjml", True),
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
