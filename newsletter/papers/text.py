"""The one door that every text of a record passes: clean it, and cut it to a length.

A title goes into a Subject header, a browser's tab and a terminal as well as into HTML. What is
invisible, turns the line around or breaks it goes here, once, for all of them.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import takewhile

from newsletter.papers.latex import to_unicode

#: Real texts settle in two rounds, a few in three; only text made to trouble us needs more.
_MOST_ROUNDS = 8


def clean(text: str) -> str:
    """Return `text` as one line of plain Unicode in NFC, its LaTeX made readable.

    Cleaning clean text changes nothing. Every kind and number of blanks becomes one space, none
    at the ends. Control characters, characters that turn or hide text, private use and
    noncharacters are dropped; joiners stay where an emoji or a script needs them; a lone
    surrogate becomes U+FFFD.
    """
    as_it_came = cleaner = _tidy(text)
    for _ in range(_MOST_ROUNDS):
        converted = to_unicode(cleaner)
        if converted == cleaner:
            return cleaner
        cleaner = _tidy(converted)
    # A text that does not settle keeps its LaTeX, and so comes out the same when it comes again.
    return as_it_came


#: Controls but white space; soft hyphen, marks of direction, zero-width and other invisible
#: format characters (tags can hide a whole sentence); private use, which means nothing without
#: its font; noncharacters. Not the unassigned: next year's emoji are, in this year's Python.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e007f\ue000-\uf8ff\U000f0000-\U0010ffff\ufdd0-\ufdef"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0xF0000, 0x10000))
    + "]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
#: From Hebrew to Mongolian, their later blocks, and emoji: only there do joiners mean anything.
_JOINED = (
    "\u0590-\u1cff\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefc\U00010800-\U00011fff\U0001e800-\U0001e95f"
    "\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
)
_IDLE_JOINER = re.compile(f"(?<![{_JOINED}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINED}])")


def _tidy(text: str) -> str:
    text = " ".join(text.split())
    if text.isascii() and text.isprintable():
        return text
    if _SURROGATE.search(text):
        text = _mend_surrogates(text)
    text = _UNWANTED.sub("", unicodedata.normalize("NFC", text))
    text = _IDLE_JOINER.sub("", text)
    return " ".join(unicodedata.normalize("NFC", text).split())


def _mend_surrogates(text: str) -> str:
    """Join the halves that belong together and mark any other.

    Dropping it would join what it kept apart, and hide that something is lost (Unicode TR 36,
    section 3.5).
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


#: A sentence's end may give up this much of the limit, and so may a word's.
_SHARE_GIVEN_UP = 0.6
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s+\S)|[。！？]+[」』”’）]*")
_ABBREVIATION = re.compile(
    r"(?:.*\W)?(?:al|approx|ca|cf|co|corp|dr|eqn?s?|est|figs?|inc|incl|jr|ltd|mrs?|ms|pp?|prof"
    r"|refs?|resp|secs?|sr|st|tabs?|viz|vols?|vs|[^\W\d_]|e\.g|i\.e|u\.s)",
    re.IGNORECASE,
)


def shorten(text: str, limit: int) -> str:
    """Return `text` in at most `limit` characters, ended where a reader can bear it.

    That is after a sentence that ends in the last 60 % of the limit; else after a word there,
    with an ellipsis; else inside a word, but never inside what a reader sees as one character.
    All but the ellipsis is the beginning of `text`.

    Raises:
        ValueError: the limit leaves no room even for the ellipsis.
    """
    if limit < 1:
        raise ValueError(f"a text cannot be shortened to {limit} characters")
    if len(text) <= limit:
        return text
    shortest = limit * (1 - _SHARE_GIVEN_UP)
    end = _find_sentence_end(text, limit)
    if end >= shortest:
        return text[:end]
    end = _find_word_end(text, limit - 1)
    if end < shortest:
        end = _find_character_end(text, limit - 1)
    return text[:end].rstrip(" ,;:.–—-/([{\"'“‘") + "…"


def _find_sentence_end(text: str, limit: int) -> int:
    within = takewhile(lambda match: match.end() <= limit, _SENTENCE_END.finditer(text))
    return max((match.end() for match in within if _ends_sentence(match)), default=0)


def _ends_sentence(match: re.Match[str]) -> bool:
    word = match.string[: match.start()].rpartition(" ")[2]
    follows = match.string[match.end() :].lstrip()[:1]
    if follows.islower() or (word.lower() == "no" and follows.isdigit()):
        return False
    return match[0][0] != "." or not _ABBREVIATION.fullmatch(word)


def _find_word_end(text: str, room: int) -> int:
    return next((end for end in range(room, 0, -1) if text[end].isspace()), 0)


def _find_character_end(text: str, room: int) -> int:
    return next((end for end in range(room, 0, -1) if not _is_one_character(text, end)), 0)


#: Joiners, skin tones, tags, the later parts of a Hangul syllable and a few vowels; with marks
#: they make up what Unicode TR 29 calls extending a grapheme cluster.
_CLINGING = re.compile(
    "[\u200c\u200d\u0e33\u0eb3\u1160-\u11ff\ud7b0-\ud7fb\uff9e\uff9f\U0001f3fb-\U0001f3ff"
    "\U000e0020-\U000e007f]"
)
_FLAG_HALVES = re.compile("[\U0001f1e6-\U0001f1ff]*")
_VIRAMA = 9


def _is_one_character(text: str, at: int) -> bool:
    """Whether the code points before and after `at` are seen as one character."""
    before, after = text[at - 1], text[at]
    if unicodedata.category(after)[0] == "M" or _CLINGING.match(after) or before == "\u200d":
        return True
    if unicodedata.combining(before) == _VIRAMA:
        return after.isalpha()  # drawn as one with the consonant before
    halves = _FLAG_HALVES.match(text[at::-1])
    return halves is not None and halves.end() > 1 and halves.end() % 2 == 0
