"""Which language it says it is in, and which way its text runs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from lxml.html import HtmlElement

from newsletter.checks.findings import Finding, Level, Part, Place
from newsletter.checks.mail import Mail

#: RFC 5646, section 2.1, as far as it tells a tag from a name.
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_ROOT = Place(part=Part.HTML, words="<html>", element="(//html)[1]")
_DO = 'Write <mjml lang="{{ newsletter.language | attribute }}" dir="{{ direction }}">.'


def check(mail: Mail) -> Iterator[Finding]:
    """The language of the document, and the direction of each text."""
    said = (mail.page.root.get("lang") or "").strip()
    if not said:
        yield _warn((_ROOT,), "The email does not say its language", _DO)
    elif not _TAG.fullmatch(said):
        yield _warn(
            (_ROOT,), f"{said!r} is no language tag", "Write one such as en, de or pt-BR (BCP 47)."
        )
    elif mail.language and said.lower() != mail.language.lower():
        yield _warn(
            (_ROOT,),
            f"The email says it is in {said!r}, newsletter.language says {mail.language!r}",
            _DO,
        )
    yield from _check_directions(mail)


def _check_directions(mail: Mail) -> Iterator[Finding]:
    astray: dict[HtmlElement, None] = {}
    for element, text in mail.page.texts():
        wanted = _direction(text)
        if wanted and _given_direction(element) not in (wanted, "auto"):
            astray[element] = None
    if astray:
        yield _warn(
            tuple(map(mail.page.place, astray)),
            "A text runs the other way than the document says",
            'Write dir="auto" on the element that holds it.',
        )


def _direction(text: str) -> str:
    """By the first letter that has one (Unicode's UAX #9, P2); "" where none has."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("R", "AL"):
            return "rtl"
        if kind == "L":
            return "ltr"
    return ""


def _given_direction(element: HtmlElement) -> str:
    for one in (element, *element.iterancestors()):
        if one.get("dir"):
            return str(one.get("dir")).lower()
    return "ltr"


def _warn(where: tuple[Place, ...], what: str, do: str) -> Finding:
    return Finding(Level.WARNING, "language", where, what, do)
