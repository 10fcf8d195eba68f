"""Which files are looked at."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from watchfiles import Change

from newsletter.settings import Papers, Settings
from newsletter.web.preview import files
from newsletter.web.preview.watching import plan, watch


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


def _swap(folder: Path) -> None:
    """As `git checkout` and `rm` with `cp` do it: the same files in another folder."""
    old = folder.with_name("old")
    folder.rename(old)
    shutil.copytree(old, folder)
    shutil.rmtree(old)


def _vanish(folder: Path) -> None:
    """A folder that is away for longer than one waits for a change to end."""
    away = folder.with_name("away")
    folder.rename(away)
    time.sleep(0.6)
    away.rename(folder)


@pytest.mark.parametrize("replace", [_swap, _vanish])
@pytest.mark.parametrize("name", ["templates/parts", "templates", "."])
def test_what_is_saved_in_a_folder_that_was_replaced_is_told(
    home: Path, name: str, replace: Callable[[Path], None]
) -> None:
    card = home / "templates" / "parts" / "card.mjml"
    card.touch()

    async def save(told: asyncio.Queue[Sequence[str]]) -> None:
        await asyncio.to_thread(replace, (home / name).resolve())
        await _calm(told)
        for text in ("once", "twice"):
            card.write_text(text)
            assert await asyncio.wait_for(told.get(), 5) == ["card.mjml"]

    _watch_while(home, save)


class _Going(type(Path())):  # type: ignore[misc]
    """A folder that goes as soon as it was seen."""

    def is_dir(self) -> bool:
        was_there = super().is_dir()
        if was_there and self.name == "extra":
            self.rmdir()
        return bool(was_there)


def test_a_folder_that_goes_between_planning_and_watching_ends_nothing(home: Path) -> None:
    (home / "templates" / "extra").mkdir()

    async def save(told: asyncio.Queue[Sequence[str]]) -> None:
        await _calm(told)
        (home / "config.toml").write_text("again")
        assert await asyncio.wait_for(told.get(), 5) == ["config.toml"]

    _watch_while(home, save)
    assert not (home / "templates" / "extra").exists()


def _watch_while(
    home: Path, act: Callable[[asyncio.Queue[Sequence[str]]], Awaitable[None]]
) -> None:
    """Do something while the newsletter's files are watched."""
    told: asyncio.Queue[Sequence[str]] = asyncio.Queue()

    async def find() -> list[Path]:
        templates = home / "templates"
        return [_Going(home / "config.toml"), _Going(templates), *map(_Going, templates.rglob("*"))]

    async def watching() -> None:
        task = asyncio.create_task(watch(find, told.put_nowait))
        await asyncio.sleep(0.3)
        try:
            await act(told)
            assert not task.done()
        finally:
            task.cancel()

    asyncio.run(watching())


async def _calm(told: asyncio.Queue[Sequence[str]]) -> None:
    """Wait until nothing more is told."""
    with suppress(TimeoutError):
        while True:
            await asyncio.wait_for(told.get(), 0.8)
