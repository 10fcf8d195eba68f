"""Whether every place that is filled per reader is filled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from lxml.html import HtmlElement

from newsletter.checks.findings import Finding, Level, Part, Place
from newsletter.checks.mail import Mail
from newsletter.checks.page import shortened, squeeze
from newsletter.message import CARD_SLOTS, READER_SLOTS
from newsletter.model import Card, Issue, Literal, Segment, Slot

#: What Jinja would have filled.
_LEFT = re.compile(r"\{\{.{1,200}?\}\}|\{%.{1,200}?%\}", re.DOTALL)


def check(mail: Mail) -> Iterator[Finding]:
    """Slots without a value, and names in braces that a template left as they are."""
    for part, name in mail.unfilled:
        yield Finding(
            Level.STOP,
            "slots",
            (Place(part=part, words=f"slot {name}"),),
            f"Nothing fills the slot {name!r}",
            "Use one of the slots that templates/README.md names, where it may be used.",
        )
    found: dict[str, list[Place]] = {}
    quoted = _plain(mail.quoted)
    for left, place in (*_in_subject(mail), *_in_html(mail), *_in_text(mail)):
        if left not in quoted:
            found.setdefault(left, []).append(place)
    for left, places in found.items():
        yield Finding(
            _judge(mail, left),
            "slots",
            tuple(places),
            f"{shortened(left)} was not filled in",
            "Print the name in a template: not inside of raw, and not in config.toml.",
        )


def leave_empty(issue: Issue) -> Issue:
    """The issue without the slots that nothing fills, so that it can be composed all the same."""
    return replace(issue, html=_fillable(issue.html), text=_fillable(issue.text))


def _fillable(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    return tuple(
        replace(segment, segments=tuple(filter(_is_fillable_in_card, segment.segments)))
        if isinstance(segment, Card)
        else segment
        for segment in segments
        if not isinstance(segment, Slot) or segment.name in READER_SLOTS
    )


def _is_fillable_in_card(segment: Literal | Slot) -> bool:
    return isinstance(segment, Literal) or segment.name in (*READER_SLOTS, *CARD_SLOTS)


def _judge(mail: Mail, left: str) -> Level:
    """Only what stands in the operator's own words stops: two papers may make up the rest."""
    return Level.STOP if mail.written is None or left in mail.written else Level.WARNING


def _in_subject(mail: Mail) -> Iterator[tuple[str, Place]]:
    for left, _ in _find(mail.subject):
        yield left, Place(part=Part.SUBJECT, words=shortened(squeeze(mail.subject)))


def _in_html(mail: Mail) -> Iterator[tuple[str, Place]]:
    for element in mail.page.elements:
        for piece in _pieces(element):
            for left, _ in _find(piece):
                yield left, mail.page.place(element)


def _pieces(element: HtmlElement) -> Iterator[str]:
    if element.tag != "style":
        yield element.text or ""
    yield element.tail or ""
    yield from map(str, element.attrib.values())


def _in_text(mail: Mail) -> Iterator[tuple[str, Place]]:
    line = 1
    for paragraph in re.split(r"(\n\s*\n)", mail.text or ""):
        for left, below in _find(paragraph):
            yield left, Place(part=Part.TEXT, words=shortened(left), line=line + below)
        line += paragraph.count("\n")


def _find(piece: str) -> Iterator[tuple[str, int]]:
    """What is left in braces, on one line, and how many lines below the first it begins."""
    plain = _plain(piece)
    for match in _LEFT.finditer(plain):
        yield squeeze(match[0]), plain.count("\n", 0, match.start())


def _plain(text: str) -> str:
    """The text with its braces as they were before an address was encoded."""
    return text.replace("%7B", "{").replace("%7D", "}")
