"""edit."""

from __future__ import annotations

import os
from datetime import date as Date
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from newsletter.cli import common
from newsletter.errors import UsageError

if TYPE_CHECKING:
    from newsletter.drafting import Draft
    from newsletter.outlet import Outlet
    from newsletter.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(edit)


def edit(
    context: typer.Context,
    date: common.Day = None,
    sandbox: common.Sandbox = False,
) -> None:
    """Open the day's file in your editor: a note, the lead, pins, skips, the subject."""
    from newsletter.drafting import choose_day
    from newsletter.editing import steering_path, write_blank
    from newsletter.previewing import preview_draft
    from newsletter.trial.desk import say_published

    settings = common.get_settings(context)
    outlet = common.get_outlet(settings, sandbox)
    day = choose_day(settings, common.as_day(date), common.now())
    if published := say_published(outlet, day):
        raise UsageError(published)
    editor, path = _find_editor(), steering_path(settings.home, day)
    blank = None
    if not path.exists():
        drafted = preview_draft(settings, outlet, asked=day, now=common.now())
        blank = write_blank(path, day, (ranked.paper for ranked, _ in drafted.standing))
    try:
        _run(editor, path)
    finally:
        # No file stays behind that nobody wrote a word into.
        if is_blank := blank is not None and _is_still(path, blank):
            path.unlink(missing_ok=True)
    if is_blank:
        common.say("Nothing was changed.")
        return
    _tell(path, _check(settings, outlet, day))


def _find_editor() -> list[str]:
    import shlex

    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "")
    if not words:
        raise UsageError(
            "Set VISUAL or EDITOR to your editor's command, or write editions/DAY.toml yourself."
        )
    return words


def _run(editor: list[str], path: Path) -> None:
    import subprocess

    try:
        code = subprocess.run([*editor, path], check=False).returncode
    except OSError as error:
        raise UsageError(
            f"{editor[0]} cannot be run: {error.strerror}; set VISUAL or EDITOR."
        ) from error
    if code:
        raise UsageError(f"{editor[0]} ended with exit code {code}; nothing was checked.")


def _is_still(path: Path, blank: str) -> bool:
    """Whether a file holds no word beyond the blank one; deleted, it does not either."""
    return not path.exists() or path.read_bytes() == blank.encode()


def _check(settings: Settings, outlet: Outlet, day: Date) -> Draft:
    from newsletter.previewing import preview_draft

    try:
        return preview_draft(settings, outlet, asked=day, now=common.now())
    except UsageError as error:
        raise UsageError(f"{error} Nothing will be sent until that is mended.") from error


def _tell(path: Path, drafted: Draft) -> None:
    if drafted.edition is None:
        common.say(f"{path} is in order, but {drafted.day} is quiet: {drafted.quiet}.")
        return
    steering, lead = drafted.edition.steering, drafted.edition.papers[0].paper
    said = [f"led by {lead.title}"]
    if steering.note:
        said.append("with a note")
    if steering.subject:
        said.append(f"as “{steering.subject}”")
    if steering.skip:
        said.append(f"{len(steering.skip)} left out")
    common.say(f"{len(drafted.edition.papers)} papers of {drafted.day}, {', '.join(said)}.")
    common.say("To look at it: newsletter render")
