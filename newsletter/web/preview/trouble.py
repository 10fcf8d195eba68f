"""What is wrong, with the lines of the file it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from newsletter.errors import (
    ConfigError,
    NewsletterError,
    SourceUnavailable,
    StoreUnavailable,
    TemplateError,
    TryAgainLater,
)

#: How many lines are shown above and below the one that is wrong.
_AROUND = 3
#: A list of papers may be one line of megabytes.
_LONGEST_ROW = 400
#: A file's name at the beginning of a message, and a line's number further on.
_FILE = re.compile(r"(?P<file>/.*?\.\w{2,5})(?= line \d|: | has \d| is | holds | cannot | \()")
_LINE = re.compile(r"\b(?:at )?line (\d+)(?:, column \d+)?")

_TITLES: tuple[tuple[type[NewsletterError], str], ...] = (
    (TemplateError, "A template has a mistake"),
    (ConfigError, "The settings have a mistake"),
    (SourceUnavailable, "The papers cannot be had"),
    (StoreUnavailable, "The store cannot be used"),
)
#: What may be over by itself, without any file changing.
PASSING = (SourceUnavailable, TryAgainLater)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a file."""

    number: int
    text: str
    is_wrong: bool


@dataclass(frozen=True, slots=True)
class Spot:
    """One mistake."""

    #: Relative to the newsletter's folder where it lies in it; "" where no file is to blame.
    file: str
    #: From 1; 0 where it is not known.
    line: int
    said: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error for people."""

    title: str
    spots: tuple[Spot, ...]
    #: Whether it may be over by itself.
    may_pass: bool


def explain(error: NewsletterError, home: Path) -> Trouble:
    """The error with what its files say there now.

    Args:
        home: the newsletter's folder, absolute, as files are in messages.
    """
    title = next((words for kind, words in _TITLES if isinstance(error, kind)), "A mistake")
    return Trouble(title, tuple(_find_spots(str(error), home)), isinstance(error, PASSING))


def _find_spots(message: str, home: Path) -> Iterator[Spot]:
    found = _FILE.match(message)
    file = found["file"] if found else ""
    path = Path(file) if file else None
    # The first line is of the file, or a headline above one mistake a line.
    head, *below = message.split("\n  ")
    several = re.search(r"has \d+ problems:$", head)
    # What a template error says below its first line is the line itself, which is shown anyway.
    for said in below if several else [head]:
        yield _make_spot(said.removeprefix(file).lstrip(": "), path, home)


def _make_spot(said: str, path: Path | None, home: Path) -> Spot:
    at = _LINE.search(said)
    line = int(at[1]) if at else 0
    rows = read_around(path, line) if path and line else ()
    words = re.sub(rf"^line {line}: | \((?:at )?line {line}(?:, column \d+)?\)", "", said)
    return Spot(_shorten(path, home), line, words.strip(), tuple(rows))


def _shorten(path: Path | None, home: Path) -> str:
    if path is None:
        return ""
    return str(path.relative_to(home) if path.is_relative_to(home) else path)


def read_around(path: Path, line: int) -> Iterator[Row]:
    """The lines of a file around one of them; none where the file is gone."""
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:  # it was renamed or deleted since
        return
    for number in range(max(1, line - _AROUND), min(len(lines), line + _AROUND) + 1):
        yield Row(number, lines[number - 1][:_LONGEST_ROW], number == line)
