"""Whether the MJML says what its author means: mrml checks hardly anything.

Rendering refuses what is no MJML in what today's papers print. This reads every line of the
templates in use, also those that today's papers do not reach.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.checks.findings import Finding, Level, Part, Place
from newsletter.checks.mail import Mail
from newsletter.rendering.mjml_words import ANY_ATTRIBUTE, ATTRIBUTES
from newsletter.rendering.nearest import suggest

_TAG = re.compile(r"<(mj-[\w-]+)((?:\s+[\w-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)", re.DOTALL)
_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_SHORT_COLOUR = re.compile(r"#[0-9a-fA-F]{3}")
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)


def check(mail: Mail) -> Iterator[Finding]:
    """Tags that MJML left as they are, and attributes that it passes over."""
    left = [element for element in mail.page.elements if str(element.tag).startswith("mj-")]
    if left:
        yield Finding(
            Level.WARNING,
            "mjml",
            tuple(mail.page.place(element) for element in left),
            f"MJML does not know <{left[0].tag}>, and left it as it is",
            "Mend its name; https://documentation.mjml.io names them all.",
        )
    for file, source in mail.templates.items():
        if file.endswith(".mjml"):
            yield from _check_source(file, source)


def _check_source(file: str, source: str) -> Iterator[Finding]:
    bare = _JINJA.sub(_keep_lines, source)
    for tag in _TAG.finditer(bare):
        for attribute in _ATTRIBUTE.finditer(tag[2]):
            at = tag.start(2) + attribute.start()
            line = bare.count("\n", 0, at) + 1
            words = f"{tag[1]} {attribute[1]}"
            place = Place(part=Part.TEMPLATE, words=words, file=file, line=line)
            yield from _judge(tag[1], attribute[1], attribute[2][1:-1], place)


def _judge(tag: str, name: str, value: str, place: Place) -> Iterator[Finding]:
    known = ANY_ATTRIBUTE if tag in ("mj-all", "mj-class") else ATTRIBUTES.get(tag, ())
    if name not in known:
        what = f"MJML passes over {name} of <{tag}>{suggest(name, known)}"
        yield Finding(Level.WARNING, "mjml", (place,), what, "Mend its name, or leave it out.")
    elif _SHORT_COLOUR.fullmatch(value):
        yield _short_colour(place, value)


def _keep_lines(match: re.Match[str]) -> str:
    """What Jinja fills in, as blanks: nothing moves."""
    return re.sub(r"[^\n]", " ", match[0])


def _short_colour(place: Place, value: str) -> Finding:
    whole = "#" + "".join(digit * 2 for digit in value[1:])
    return Finding(
        Level.WARNING,
        "mjml",
        (place,),
        f"The colour {value} has three digits, which old Outlook does not read",
        f"Write {whole}.",
    )
