"""What several commands share: options, settings, printing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from newsletter.outlet import Outlet
    from newsletter.settings import Settings
    from newsletter.store import Store

Day = Annotated[
    datetime | None,
    typer.Option("--date", formats=["%Y-%m-%d"], help="The edition's day; else today."),
]
ListingDay = Annotated[
    datetime | None,
    typer.Option("--date", formats=["%Y-%m-%d"], help="Only those listed on that day."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Sandbox = Annotated[
    bool, typer.Option("--sandbox", help="Use the sandbox, though there is a relay.")
]


def as_day(value: datetime | None) -> date | None:
    """The day of a --date option."""
    return value.date() if value else None


def now() -> datetime:
    """The shells read the clock; everything below is told."""
    return datetime.now(UTC)


def get_config(context: typer.Context) -> Path:
    """The file that --config names."""
    path = context.find_root().obj
    assert isinstance(path, Path)
    return path


def get_settings(context: typer.Context) -> Settings:
    """The settings of the file that --config names; from here on we log by them."""
    from newsletter.config import read_settings
    from newsletter.logs import set_up

    settings = read_settings(get_config(context))
    set_up(settings.log, verbose=context.find_root().params["verbose"])
    return settings


def get_outlet(settings: Settings, sandbox: bool) -> Outlet:
    """Where mail goes, and the store that belongs to it."""
    from newsletter.outlet import choose_outlet

    return choose_outlet(settings, sandbox=sandbox)


@contextmanager
def get_store(url: str) -> Iterator[Store | None]:
    """The store to read from; None where there is none yet: reading makes no file."""
    from newsletter.outlet import store_exists
    from newsletter.store import open_store

    if not store_exists(url):
        yield None
        return
    with open_store(url) as store:
        yield store


def print_json(value: Any) -> None:
    """One JSON value on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def print_text(text: str) -> None:
    """A text for machines on standard output, as it is."""
    sys.stdout.write(text)


def say(line: str) -> None:
    """A line of what happened, for people."""
    sys.stdout.write(line + "\n")


def note(line: str) -> None:
    """A line beside what was asked for, on standard error."""
    sys.stderr.write(line + "\n")
