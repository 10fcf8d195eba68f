"""The one door that every text of a record passes: clean it, and cut it to a length.

A title goes into a Subject header, a browser's tab and a terminal as well as into HTML, so what
is invisible, reorders the line or breaks it has to go here, once, for all of them.
"""

from __future__ import annotations

import re
import unicodedata

from newsletter.papers.latex import to_unicode

#: Clean text is reached in two or three rounds; only text made to trouble us needs more.
_MOST_ROUNDS = 8


def clean(text: str) -> str:
    """Return `text` as one line of plain, printable Unicode in NFC, its LaTeX made readable.

    Cleaning clean text changes nothing. No control characters, lone surrogates, invisible or
    direction-changing format characters are left; blanks of any kind and number become one
    space, none at the ends. Joiners stay where a script or an emoji needs them.
    """
    as_it_came = tidied = _tidy(text)
    for _ in range(_MOST_ROUNDS):
        simpler = to_unicode(tidied)
        if simpler == tidied:
            return tidied
        tidied = _tidy(simpler)
    # Text that never settles stays raw: then it settles nowhere near as easily the next time,
    # and a second cleaning ends here, too.
    return as_it_came


# --- characters -------------------------------------------------------------------------------

_NONCHARACTERS = "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
#: Controls that are no white space; soft hyphen, directions, zero-width and other invisible
#: format characters; private use, which means nothing without its font; noncharacters.
#: Unassigned characters stay: next year's emoji are unassigned in this year's Python.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    f"\U000e0000-\U000e007f\ue000-\uf8ff\U000f0000-\U0010ffff\ufdd0-\ufdef{_NONCHARACTERS}]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_JOINER = re.compile("[\u200c\u200d]")


def _tidy(text: str) -> str:
    text = " ".join(text.split())
    if text.isascii() and text.isprintable():
        return text
    if _SURROGATE.search(text):
        text = _mend_surrogates(text)
    text = _UNWANTED.sub("", unicodedata.normalize("NFC", text))
    if _JOINER.search(text):
        text = _JOINER.sub(_keep_needed_joiner, text)
    return " ".join(unicodedata.normalize("NFC", text).split())


def _mend_surrogates(text: str) -> str:
    """Join halves that belong together; U+FFFD stands for any other, so that its loss shows.

    Dropping it would silently join what it kept apart (Unicode TR 36, 3.5).
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _keep_needed_joiner(match: re.Match[str]) -> str:
    before = match.string[match.start() - 1 : match.start()]
    after = match.string[match.end() : match.end() + 1]
    return match[0] if _may_be_joined(before) and _may_be_joined(after) else ""


def _may_be_joined(character: str) -> bool:
    """Emoji, and letters from Hebrew onwards: Latin, Greek and Cyrillic know no joiners."""
    if character < "\u0590":
        return False
    return unicodedata.category(character)[0] in "LM" or unicodedata.category(character) in _EMOJI


#: `So` holds most of them, `Sk` the skin tones; `Cn` those newer than this Python.
_EMOJI = ("So", "Sk", "Cn")


# --- length -----------------------------------------------------------------------------------


def shorten(text: str, limit: int) -> str:
    """Return `text` in at most `limit` characters, ended where a reader can bear it.

    That is after a sentence that ends in the last 60 % of the limit, else after a word and an
    ellipsis, else inside a word and an ellipsis, but never inside a visible character. What
    stands before the ellipsis is always the beginning of `text`.

    Raises:
        ValueError: the limit leaves no room for even the ellipsis.
    """
    if limit < 1:
        raise ValueError(f"a text cannot be shortened to {limit} characters")
    if len(text) <= limit:
        return text
    return text
