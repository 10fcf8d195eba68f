"""Whether every place that is filled per reader is filled."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

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
            "Use one of the slots that templates/README.md names.",
        )
    yield from _check_braces(mail)


def _check_braces(mail: Mail) -> Iterator[Finding]:
    parts = (
        (Part.SUBJECT, mail.subject),
        (Part.HTML, html.unescape(mail.page.html)),
        (Part.TEXT, mail.text or ""),
    )
    for part, text in parts:
        for left in sorted({squeeze(match[0]) for match in _LEFT.finditer(text)}):
            # A paper may speak of templates; what it says must not stop the day.
            if left not in mail.quoted:
                yield Finding(
                    Level.STOP,
                    "slots",
                    (_place(mail, part, left),),
                    f"{shortened(left)} was not filled in",
                    "Print the name in a template, outside of raw and of config.toml.",
                )


def _place(mail: Mail, part: Part, left: str) -> Place:
    if part is Part.TEXT:
        before = (mail.text or "").partition(left.split()[0])[0]
        return Place(part=part, words=shortened(left), line=before.count("\n") + 1)
    if part is Part.HTML:
        for element in reversed(mail.page.elements):
            values = (element.text or "", element.tail or "", *element.attrib.values())
            if any(left in squeeze(str(value)) for value in values):
                return mail.page.place(element)
    return Place(part=part, words=shortened(left))
