"""Text cut to a length or set in lines."""

from __future__ import annotations

import re
import unicodedata
from textwrap import TextWrapper

#: A sentence end: not after an initial or an abbreviation, and not before a lower-case word.
_SENTENCE_END = re.compile(
    r"(?<![ .(][A-Za-z])(?<!\b(?:al|eq|cf|vs))(?<!\b(?:Fig|Eqs|Sec|Tab|etc))"
    r"[.!?][\"')\]”’]*(?=\s+[^\sa-z])|[。！？]"
)
#: A cut at a sentence end may give up this much of the length.
_SENTENCE_SHARE = 0.5


def shorten(text: str, length: int) -> str:
    """At most `length` characters, ended at a sentence, else at a word with an ellipsis."""
    if len(text) <= length:
        return text
    ends = [match.end() for match in _SENTENCE_END.finditer(text, 0, length + 2)]
    whole = [end for end in ends if length * _SENTENCE_SHARE <= end <= length]
    return text[: whole[-1]] if whole else _cut_at_word(text, length - 1) + "…"


def _cut_at_word(text: str, length: int) -> str:
    start = text[: length + 1]
    # Chinese and Japanese have no spaces: a cut that would lose most of the text is none.
    at_space = start.rfind(" ")
    end = at_space if at_space >= length * _SENTENCE_SHARE else _before_marks(text, length)
    return text[:end].rstrip(" ,;:.–—-(")


def _before_marks(text: str, end: int) -> int:
    """Step back so that no accent or joiner is cut from its letter."""
    while end > 0 and unicodedata.category(text[end]) in ("Mn", "Mc", "Me", "Cf"):
        end -= 1
    return end


def wrap(text: str, indent: int = 0, width: int = 72) -> str:
    """Lines of at most `width` columns, each but the first indented by `indent` spaces.

    The first line leaves room for the same indent. Words, and so links, are never broken.
    """
    wrapper = TextWrapper(
        width=width,
        initial_indent=" " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return wrapper.fill(" ".join(text.split())).lstrip()
