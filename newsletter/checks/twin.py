"""Whether the text part says what the HTML says.

Filters compare the two (SpamAssassin's MPART_ALT_DIFF), and some readers see the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from lxml.html import HtmlElement

from newsletter.checks.findings import Finding, Level, Part, Place
from newsletter.checks.mail import Mail
from newsletter.checks.page import HEADINGS, shortened, squeeze

#: Fewer words say too little.
_FEWEST = 4
#: So much of a piece must be said.
_SHARE = 0.5
#: RFC 5322, section 2.1.1: longer lines are broken by some readers where it hurts.
_COLUMNS = 78
_URL = re.compile(r"(?:https?://|mailto:)[^\s<>\"]+")
#: "1." before a title, "[1.2]" before an address.
_NUMBERING = re.compile(r"^\s*\d+\.\s|\[[\d.]+\]", re.MULTILINE)
_MARKUP = re.compile(r"</?(?:p|div|span|a|br|b|i|td|tr|table|h[1-6])\b[^>]*>|&(?:\w{2,6}|#\d+);")


def check(mail: Mail) -> Iterator[Finding]:
    """Headings, sentences and links of each part, looked for in the other."""
    if mail.text is None:
        return
    if not mail.text.strip():
        whole = Place(part=Part.TEXT, words="the whole text")
        yield _warn((whole,), "The text part is empty", "Print the papers in the .txt template.")
        return
    yield from _check_words(mail, mail.text)
    yield from _check_links(mail, mail.text)
    yield from _check_lines(mail, mail.text)


def _check_words(mail: Mail, text: str) -> Iterator[Finding]:
    said = _Said(_URL.sub(" ", text))
    missing = tuple(
        mail.page.place(element)
        for element, piece in mail.page.texts()
        if not said.says(piece, whole=_is_in_heading(element))
    )
    if missing:
        yield _warn(
            missing,
            "The text part does not say what the HTML says here",
            "Print the same words in the .txt template.",
        )
    shown = _Said(mail.page.words)
    more = tuple(
        Place(part=Part.TEXT, words=f"“{shortened(line.strip())}”", line=number)
        for number, line in enumerate(text.splitlines(), start=1)
        if not shown.says(_URL.sub(" ", line))
    )
    if more:
        yield _warn(
            more,
            "The text part says what the HTML does not",
            "Print the same words in the .mjml template.",
        )


class _Said:
    """The words of a part; lines, marks, numbering and letter case do not matter."""

    def __init__(self, text: str) -> None:
        words = _words(text)
        self._words = frozenset(words)
        self._pairs = frozenset(pairwise(words))

    def says(self, piece: str, *, whole: bool = False) -> bool:
        """Whether most of a piece, or the whole, is said; a few words count only as a whole.

        Judged by pairs of words, as the parts may set the same in another order.
        """
        words = _words(piece)
        if len(words) < (1 if whole else _FEWEST):
            return True
        if len(words) == 1:
            return words[0] in self._words
        pairs = list(pairwise(words))
        found = sum(pair in self._pairs for pair in pairs)
        return found >= len(pairs) * (1 if whole else _SHARE)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", _NUMBERING.sub(" ", text).casefold())


def _is_in_heading(element: HtmlElement) -> bool:
    return any(one.tag in HEADINGS for one in (element, *element.iterancestors()))


def _check_links(mail: Mail, text: str) -> Iterator[Finding]:
    linked = {
        href.strip(): element
        for element in mail.page.named("a")
        if _URL.fullmatch((href := element.get("href") or "").strip())
    }
    written = {match[0]: match.start() for match in _URL.finditer(text)}
    # A full stop behind an address is the sentence's.
    bare = {url.rstrip(".,;:)]"): at for url, at in written.items()}
    missing = [element for href, element in linked.items() if href not in {**written, **bare}]
    if missing:
        yield _warn(
            tuple(map(mail.page.place, missing)),
            "A link of the HTML is missing in the text part",
            "Print its address in the .txt template.",
        )
    more = [
        (url, at) for url, at in written.items() if not {url, url.rstrip(".,;:)]")} & linked.keys()
    ]
    if more:
        yield _warn(
            tuple(_place(text, at, url) for url, at in more),
            "A link of the text part is missing in the HTML",
            "Link to it in the .mjml template.",
        )


def _check_lines(mail: Mail, text: str) -> Iterator[Finding]:
    markup = [match for match in _MARKUP.finditer(text) if match[0] not in mail.page.words]
    if markup:
        yield _warn(
            tuple(_place(text, match.start(), match[0]) for match in markup),
            "HTML stands in the text part",
            "Print the value without | escape; .txt templates escape nothing.",
        )
    long = tuple(
        Place(part=Part.TEXT, words=f"“{shortened(line.strip())}”", line=number)
        for number, line in enumerate(text.splitlines(), start=1)
        if len(line) > _COLUMNS and not _URL.search(line)
    )
    if long:
        yield _warn(
            long,
            f"A line of the text part is longer than {_COLUMNS} columns",
            "Print it through the filter wrap.",
        )


def _place(text: str, at: int, words: str) -> Place:
    line = text.count("\n", 0, at) + 1
    return Place(part=Part.TEXT, words=shortened(squeeze(words)), line=line)


def _warn(where: tuple[Place, ...], what: str, do: str) -> Finding:
    return Finding(Level.WARNING, "twin", where, what, do)
