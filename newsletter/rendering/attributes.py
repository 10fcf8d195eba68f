"""Text as an attribute's value, safe from mrml's way of printing attributes."""

from __future__ import annotations

import re
import unicodedata

from markupsafe import Markup

#: What XML 1.0 does not allow (section 2.2), and the C1 controls that no reader shows.
_UNPRINTABLE = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPED = frozenset("&<>\"'\\`")
_PLAIN = re.compile(r"[\w :/.,?=#%+()!;@~*\[\]{}|$^-]*", re.ASCII)
#: mrml prints these as Rust's `\u{a0}`, which a browser then shows.
_ESCAPED_CATEGORIES = frozenset({"Cf", "Mn", "Mc", "Me", "Co", "Cn", "Zl", "Zp", "Zs"})


def printable(text: str) -> str:
    """The text without the characters that no XML document may hold."""
    return _UNPRINTABLE.sub("", text)


def attribute(value: object) -> Markup:
    """Escape a value for use between the quotes of an attribute.

    Composed (NFC), on one line, without control characters, and with a numeric entity for
    every character that has a meaning in markup or that mrml would print in Rust's notation.
    """
    line = " ".join(str(value).split())
    if _PLAIN.fullmatch(line):  # as nearly every address is; a hundred papers have a thousand
        return Markup(line)
    text = unicodedata.normalize("NFC", printable(line))
    return Markup("".join(map(_entity, text)))


def _entity(character: str) -> str:
    if character == " ":
        return character
    risky = character in _ESCAPED or unicodedata.category(character) in _ESCAPED_CATEGORIES
    return f"&#{ord(character)};" if risky else character
