"""Text set in lines of columns: in a terminal a Chinese character is two columns wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from wcwidth import iter_graphemes, width

#: What may not begin a line in Chinese and Japanese: closing brackets, stops, the long-vowel mark.
_CLINGING = frozenset({"Pe", "Pf", "Po", "Lm"})
#: What may not end one.
_OPENING = frozenset({"Ps", "Pi"})


def wrap(text: str, indent: int = 0, columns: int = 72) -> str:
    """Lines of at most `columns`, each but the first indented by `indent` spaces.

    The first line leaves room for the same indent. A line ends between words, and beside
    any Chinese or Japanese character; other words, and so links, are never broken.
    """
    room = columns - indent
    lines: list[str] = []
    line = ""
    for word in text.split():
        for number, piece in enumerate(_split(word)):
            space = " " if line and number == 0 else ""
            if line and width(line + space + piece) > room:
                lines.append(line)
                line = piece
            else:
                line += space + piece
    return ("\n" + " " * indent).join([*lines, line])


def columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return width(text)


def _split(word: str) -> Iterator[str]:
    """The word in pieces between which a line may end."""
    piece, joined, after_wide = "", True, False
    for grapheme in iter_graphemes(word):
        wide, kind = width(grapheme) == 2, unicodedata.category(grapheme[0])
        if (wide or after_wide) and not joined and kind not in _CLINGING:
            yield piece
            piece = ""
        piece += grapheme
        joined, after_wide = kind in _OPENING, wide
    yield piece
