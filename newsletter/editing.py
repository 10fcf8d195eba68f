"""An editor's file of a day: editions/2026-08-14.toml beside config.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from annotated_types import MaxLen
from pydantic import BaseModel, ConfigDict, ValidationError

from newsletter.errors import UsageError
from newsletter.model import Paper, Steering
from newsletter.settings import Line

_BLANK = '''\
# What the edition of {day} says beyond its ranking; what is empty changes nothing.
# Papers are named by the ids below, or by an address that holds one.

# Markdown, to stand above the papers:
note = """
"""
subject = ""   # instead of the lead's title
lead = ""      # the paper that stands first
pin = []       # papers that follow it, in this order, such as ["2608.01234", "2608.05678"]
skip = []      # papers left out

'''


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    # Longer ones would push the papers out of what mail readers show.
    note: Annotated[str, MaxLen(5_000)] = ""
    subject: Annotated[Line, MaxLen(200)] = ""
    lead: str = ""
    pin: list[str] = []
    skip: list[str] = []


def steering_path(home: Path, day: date) -> Path:
    """Where the day's file lies, or would."""
    return home / "editions" / f"{day}.toml"


def read_steering(home: Path, day: date) -> Steering:
    """What the editor settled for the day; empty where there is no file.

    Raises:
        UsageError: the file cannot be read, is no TOML, or a key is unknown or wrong; the
            message names file, line and key.
    """
    path = steering_path(home, day)
    try:
        return parse_steering(path, path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return Steering()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.") from error


def parse_steering(path: Path, text: str) -> Steering:
    """What `path` would settle if `text` stood in it.

    Raises:
        UsageError: it is no TOML, or a key is unknown or wrong.
    """
    try:
        file = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}.") from error
    except ValidationError as error:
        raise UsageError(f"{path} {_describe(text, error.errors()[0])}.") from error
    return Steering(
        note=file.note.strip(),
        subject=file.subject.strip(),
        lead=file.lead.strip(),
        pin=tuple(file.pin),
        skip=tuple(file.skip),
    )


def write_blank(path: Path, day: date, papers: Iterable[Paper]) -> str:
    """Write a file that settles nothing, with the day's papers as comments; return it.

    Raises:
        UsageError: it cannot be written.
    """
    text = blank(day, papers)
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error
    return text


def blank(day: date, papers: Iterable[Paper]) -> str:
    """A file that settles nothing, with the day's papers as comments."""
    lines = (f"# {paper.id or paper.key}  {_votes(paper):>6}  {paper.title}" for paper in papers)
    return _BLANK.format(day=day) + "\n".join(lines) + "\n"


def _votes(paper: Paper) -> str:
    return "" if paper.upvotes is None else f"▲ {paper.upvotes}"


def _describe(text: str, problem: Any) -> str:
    key = str(problem["loc"][0])
    line = re.search(rf"^\s*\"?{re.escape(key)}\"?\s*=", text, re.MULTILINE)
    where = f"line {text.count(chr(10), 0, line.end()) + 1}: " if line else ""
    if problem["type"] != "extra_forbidden":
        return f"{where}{key}: {problem['msg'].removeprefix('Value error, ')}"
    known = [field.name for field in fields(Steering)]
    near = get_close_matches(key, known, n=1) or known
    return f"{where}{key}: unknown key; did you mean {' or '.join(near)}?"
