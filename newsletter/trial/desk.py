"""The editor's desk: what is settled for a day, and saving it into the day's file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from newsletter import revision
from newsletter.drafting import Draft
from newsletter.editing import blank, parse_steering, steering_path
from newsletter.errors import UsageError
from newsletter.model import Steering
from newsletter.outlet import Outlet, looking
from newsletter.papers import Loaded
from newsletter.previewing import preview_draft
from newsletter.settings import Settings

_KEYS = ("note", "subject", "lead", "pin", "skip")


@dataclass(frozen=True, slots=True)
class Desk:
    """What lies on it for a day."""

    path: Path
    #: As the file has it; empty where there is none, or where it is wrong.
    steering: Steering
    #: Of the file's revision, to save over it.
    mark: str
    #: Why nothing can be settled any more; "" where it can.
    closed: str
    #: What is wrong with the file; "" where nothing is.
    fault: str


def read_desk(settings: Settings, outlet: Outlet, day: date) -> Desk:
    """What is settled for a day.

    Raises:
        UsageError: the file cannot be read.
    """
    path = steering_path(settings.home, day)
    now = revision.read(path)
    steering, fault = Steering(), ""
    try:
        steering = parse_steering(path, now.text)
    except UsageError as error:
        fault = str(error)
    return Desk(path, steering, now.mark, say_published(outlet, day), fault)


def save(
    settings: Settings,
    outlet: Outlet,
    day: date,
    steering: Steering,
    *,
    seen: str,
    now: datetime,
    loaded: Loaded | None = None,
) -> Draft:
    """Write what an editor settles into the day's file, and draw the day up with it.

    The file's comments and order stay; nothing is written that would not be followed.

    Args:
        seen: the mark of the file's revision that the editor saw.
        loaded: the day's papers, where they were loaded before.

    Raises:
        UsageError: the day was published, the words are not such as the file may hold, a
            paper is not there, or the file was changed meanwhile; it stays as it was.
        SourceUnavailable: the day's papers cannot be had, to look for those named.
    """
    if published := say_published(outlet, day):
        raise UsageError(published)
    steering = _tidy(steering)
    path = steering_path(settings.home, day)
    text = revision.read(path).text
    # Drawn up before anything is written: it fails where a paper is not there.
    drafted = preview_draft(settings, outlet, asked=day, now=now, steering=steering, loaded=loaded)
    written = text or blank(day, (ranked.paper for ranked, _ in drafted.standing))
    new = _put(path, written, steering)
    parse_steering(path, new)
    # No file is made that settles nothing.
    if new != written or text:
        revision.write(path, new, seen=seen)
    return drafted


def say_published(outlet: Outlet, day: date) -> str:
    """Why an editor comes too late for a day; "" where it is not."""
    with looking(outlet) as store:
        at = store.editions.published_at(day) if store else None
    if at is None:
        return ""
    return (
        f"The edition of {day} was published at {at:%Y-%m-%d %H:%M} UTC and readers have it:"
        " it cannot be edited any more."
    )


def _tidy(steering: Steering) -> Steering:
    """As reading the file would give it back."""
    return Steering(
        note="\n".join(steering.note.splitlines()).strip(),
        subject=steering.subject.strip(),
        lead=steering.lead.strip(),
        pin=tuple(filter(None, map(str.strip, steering.pin))),
        skip=tuple(filter(None, map(str.strip, steering.skip))),
    )


def _put(path: Path, text: str, steering: Steering) -> str:
    try:
        document = tomlkit.parse(text.removeprefix("\ufeff"))
    except TOMLKitError as error:
        raise UsageError(f"{path} is not valid TOML: {error}.") from error
    standing = parse_steering(path, text.removeprefix("\ufeff"))
    for key in _KEYS:
        if getattr(steering, key) != getattr(standing, key):
            document[key] = _as_item(getattr(steering, key))
    return tomlkit.dumps(document)


def _as_item(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if "\n" in value:
        # Parsed, as a first line of its own cannot be asked for.
        quoted = tomlkit.string(f"{value}\n", multiline=True).as_string()
        return tomlkit.parse(f'note = """\n{quoted[3:]}')["note"]
    return value
