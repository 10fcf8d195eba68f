"""Whether text can be read on its ground, in the light and in the dark (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from lxml.html import HtmlElement

from newsletter.checks.colours import Colour
from newsletter.checks.findings import Finding, Level, Part, Place
from newsletter.checks.looks import Look, Mode, speaks_to_outlook
from newsletter.checks.mail import Mail
from newsletter.colours import READABLE, contrast, readable

#: For large text: from 24 pixels on, or from 18.66 (14 points) where it is bold.
_NEEDED_LARGE = 3.0
_LARGE, _LARGE_BOLD = 24.0, 18.66


class _Pair(NamedTuple):
    """Text and ground, as they meet."""

    text: Colour
    ground: Colour
    needed: float


def check(mail: Mail) -> Iterator[Finding]:
    """Each pair of colours that is too faint, once with all its places."""
    yield from _check_mode(mail, Mode.LIGHT)
    if any(map(speaks_to_outlook, mail.page.rules)):
        yield from _check_mode(mail, Mode.OUTLOOK)
    if any("prefers-color-scheme" in rule.media for rule in mail.page.rules):
        yield from _check_mode(mail, Mode.DARK)
    else:
        yield Finding(
            Level.NOTE,
            "contrast",
            (Place(part=Part.HTML, words="the style sheets"),),
            "There are no dark colours: in dark mode each client makes its own",
        )


def _check_mode(mail: Mail, mode: Mode) -> Iterator[Finding]:
    looks = mail.page.looks(mode)
    faint: dict[_Pair, dict[HtmlElement, None]] = {}
    for element, text in mail.page.texts():
        look = looks[element]
        pair = _pair(look)
        # Ornaments such as a dot between links may be faint, and pictures cannot be seen here.
        if look.hidden or look.on_picture or not look.size or not re.search(r"\w", text):
            continue
        if _ratio(pair) < pair.needed:
            faint.setdefault(pair, {})[element] = None
    for pair, elements in faint.items():
        yield _tell(pair, tuple(map(mail.page.place, elements)), mode.value)


def _pair(look: Look) -> _Pair:
    is_large = look.size >= (_LARGE_BOLD if look.bold else _LARGE)
    needed = _NEEDED_LARGE if is_large else READABLE
    return _Pair(*look.seen, needed)


@lru_cache(maxsize=256)
def _ratio(pair: _Pair) -> float:
    return contrast(str(pair.text), str(pair.ground))


def _tell(pair: _Pair, places: tuple[Place, ...], when: str) -> Finding:
    text, ground, needed = pair
    # Never rounded up to what is needed.
    ratio = int(_ratio(pair) * 100) / 100
    return Finding(
        Level.WARNING,
        "contrast",
        places,
        f"{when[0].upper()}{when[1:]}, {text} on {ground} has a contrast of {ratio:.2f}: "
        f"{needed} is needed",
        f"Take another text colour, such as {readable(str(text), str(ground))}.",
    )
