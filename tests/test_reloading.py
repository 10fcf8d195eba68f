"""Settings and templates that change while `run` is up."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter.config import read_settings
from newsletter.errors import ConfigError, TemplateError
from newsletter.outlet import Outlet, choose_outlet
from newsletter.reloading import Kit, Reloading
from newsletter.settings import Settings
from newsletter.shipped import copy_shipped

TITLE = 'title = "Daily Papers"'


@dataclass
class Up:
    """A run's files, and what it makes of them."""

    home: Path
    reloading: Reloading

    def edit(self, name: str, old: str, new: str) -> None:
        file = self.home / name
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    def look(self) -> Kit | None:
        """Two looks: the first sees that something changed, the second that it is done."""
        return self.reloading.look() or self.reloading.look()


def start(home: Path, copies: Path) -> Reloading:
    def read() -> tuple[Settings, Outlet]:
        settings = read_settings(home / "config.toml")
        return settings, choose_outlet(settings)

    copies.mkdir(exist_ok=True)
    clock: Callable[[], datetime] = lambda: datetime(2026, 8, 14, 8, tzinfo=UTC)  # noqa: E731
    return Reloading(home / "config.toml", read, copies, clock)


@pytest.fixture
def up(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Up:
    caplog.set_level(logging.INFO, "newsletter.reloading")
    copy_shipped(tmp_path / "papers")
    return Up(tmp_path / "papers", start(tmp_path / "papers", tmp_path / "copies"))


def test_what_does_not_change_is_not_loaded_again(up: Up) -> None:
    assert up.look() is None


def test_changed_settings_are_taken_once_they_are_left_alone(up: Up) -> None:
    up.edit("config.toml", TITLE, 'title = "Weekly Papers"')

    assert up.reloading.look() is None, "somebody may still be saving"
    kit = up.reloading.look()

    assert kit is not None
    assert kit.settings.newsletter.title == "Weekly Papers"
    assert up.reloading.kit is kit
    assert up.look() is None


def test_a_hangup_loads_at_once(up: Up) -> None:
    up.reloading.ask()

    assert up.reloading.look() is not None
    assert up.reloading.look() is None


def test_broken_settings_are_refused_in_words_once_and_the_old_stay(
    up: Up, caplog: pytest.LogCaptureFixture
) -> None:
    old = up.reloading.kit
    up.edit("config.toml", TITLE, 'titel = "Daily Papers"')

    assert up.look() is None
    assert up.look() is None

    assert up.reloading.kit is old
    (line,) = caplog.messages
    assert "settings and templates stay as they were" in line
    assert "did you mean title?" in line
    up.edit("config.toml", "titel", "title")
    assert up.look() is not None


def test_a_broken_template_is_refused_in_words_and_the_old_copy_stays(
    up: Up, caplog: pytest.LogCaptureFixture
) -> None:
    old = up.reloading.kit
    before = (old.templates / "digest.mjml").read_text()
    up.edit("templates/digest.mjml", "<mjml", "{% if %}<mjml")

    assert up.look() is None

    assert (old.templates / "digest.mjml").read_text() == before
    assert "digest.mjml" in caplog.messages[-1]


def test_a_changed_template_is_taken_and_the_old_copy_is_removed(up: Up) -> None:
    old = up.reloading.kit
    up.edit("templates/digest.txt", "\n", "\nAs asked.\n")

    kit = up.look()

    assert kit is not None
    assert "As asked." in (kit.templates / "digest.txt").read_text()
    assert not old.templates.exists()


def test_a_template_that_vanishes_is_refused(up: Up, caplog: pytest.LogCaptureFixture) -> None:
    (up.home / "templates" / "parts" / "card.mjml").unlink()

    assert up.look() is None

    assert "card.mjml" in caplog.messages[-1]


def test_what_is_broken_from_the_first_does_not_start(tmp_path: Path) -> None:
    home = tmp_path / "papers"
    copy_shipped(home)
    (home / "templates" / "digest.txt").unlink()
    with pytest.raises(TemplateError):
        start(home, tmp_path / "copies")
    (home / "config.toml").write_text("x")
    with pytest.raises(ConfigError):
        start(home, tmp_path / "copies")
