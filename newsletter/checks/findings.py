"""What a check finds: how bad it is, where it stands, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How bad a finding is."""

    STOP = "stop"  # `send` publishes nothing
    WARNING = "warning"  # some reader is worse off
    NOTE = "note"  # good to know; nothing has to be done


class Part(StrEnum):
    """What a place is a place of."""

    HTML = "html"
    TEXT = "text"
    SUBJECT = "subject"
    TEMPLATE = "template"
    MESSAGE = "message"  # the whole, with its headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a finding stands, for people and for a preview that points to it."""

    part: Part
    #: For people: what stands there.
    words: str
    #: An XPath such as `(//a)[12]`; it finds the same element in lxml and in a browser,
    #: as what a browser adds is a `tbody` at most. "" where it is no element.
    element: str = ""
    #: The template's file; "" where it is none.
    file: str = ""
    #: The line of the text part or the template, from 1; 0 where it has none.
    line: int = 0

    def __str__(self) -> str:
        file = self.file or ("text part" if self.part is Part.TEXT else "")
        line = f"line {self.line}" if self.line else ""
        origin = " ".join(filter(None, (file, line)))
        return ": ".join(filter(None, (origin, self.words)))


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, however many places it stands in."""

    level: Level
    #: The check that found it: the name of its module.
    check: str
    where: tuple[Place, ...]
    #: The fault in a sentence.
    what: str
    #: What mends it; "" where nothing has to be done.
    do: str = ""


def count(findings: Iterable[Finding], level: Level) -> int:
    """How many findings are of a level."""
    return sum(finding.level is level for finding in findings)


def as_json(finding: Finding) -> dict[str, Any]:
    """A finding for machines."""
    return {
        "level": str(finding.level),
        "check": finding.check,
        "what": finding.what,
        "do": finding.do,
        "where": [
            {
                "part": str(place.part),
                "words": place.words,
                "element": place.element,
                "file": place.file,
                "line": place.line,
            }
            for place in finding.where
        ],
    }
