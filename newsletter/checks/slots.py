"""Whether every place that is filled per reader is filled."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from newsletter.checks.findings import Finding, Level, Part, Place
from newsletter.checks.mail import Mail
from newsletter.checks.page import shortened, squeeze

#: What Jinja would have filled, also as an href keeps it.
_LEFT = re.compile(r"(?:\{\{|%7B%7B).{1,200}?(?:\}\}|%7D%7D)|\{%.{1,200}?%\}", re.DOTALL)


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
    for left, place in (*_in_subject(mail), *_in_html(mail), *_in_text(mail)):
        if left not in mail.quoted:
            found.setdefault(left, []).append(place)
    for left, places in found.items():
        yield Finding(
            _judge(mail, left),
            "slots",
            tuple(places),
            f"{shortened(left)} was not filled in",
            "Print the name in a template: not inside of raw, and not in config.toml.",
        )


def _judge(mail: Mail, left: str) -> Level:
    """Only what stands in the operator's own words stops: two papers may make up the rest."""
    is_ours = mail.written is None or left.replace("%7B", "{").replace("%7D", "}") in mail.written
    return Level.STOP if is_ours else Level.WARNING


def _in_subject(mail: Mail) -> Iterator[tuple[str, Place]]:
    for left in _find(mail.subject):
        yield left, Place(part=Part.SUBJECT, words=shortened(squeeze(mail.subject)))


def _in_html(mail: Mail) -> Iterator[tuple[str, Place]]:
    for element in mail.page.elements:
        for piece in _pieces(element):
            for left in _find(piece):
                yield left, mail.page.place(element)


def _pieces(element: HtmlElement) -> Iterator[str]:
    if element.tag != "style":
        yield element.text or ""
    yield element.tail or ""
    yield from map(str, element.attrib.values())


def _in_text(mail: Mail) -> Iterator[tuple[str, Place]]:
    line = 1
    for paragraph in re.split(r"(\n\s*\n)", mail.text or ""):
        for left in _find(paragraph):
            at = paragraph.index(left.split()[0])
            place = Place(
                part=Part.TEXT, words=shortened(left), line=line + paragraph.count("\n", 0, at)
            )
            yield left, place
        line += paragraph.count("\n")


def _find(piece: str) -> list[str]:
    if "{" not in piece and "%7B" not in piece:
        return []
    return [squeeze(match[0]) for match in _LEFT.finditer(piece)]
