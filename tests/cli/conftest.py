"""A newsletter of one's own, and its command line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

import commands
from newsletter.shipped import copy_shipped


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder as `init` writes it; its name has a blank, as people's folders do."""
    folder = tmp_path / "my papers"
    copy_shipped(folder)
    return folder


@pytest.fixture
def environment() -> dict[str, str]:
    """What every command of the test finds in its environment; a test may add to it."""
    return commands.clean_environment()


@pytest.fixture
def newsletter(home: Path, environment: dict[str, str]) -> commands.Newsletter:
    def run(*words: str | Path, env: Mapping[str, str] | None = None) -> commands.Ran:
        return commands.run(*words, home=home, env={**environment, **(env or {})})

    return run
