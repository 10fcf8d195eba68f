"""What an email is made of, set so that people can read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

import lxml.html
from lxml import etree
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import HtmlLexer

#: mrml writes an email on few lines; these elements begin one of their own.
_BREAK = re.compile(r"(?<!\n)(?=<(?:/?t(?:able|body|r|d)|div|h\d|p|ul|ol|li|img|!--|style)\b)")
#: An inbox shows fewer characters than these of what follows the subject.
_SNIPPET = 240
_PATH = re.compile(r"\(//(?P<tag>\w+)\)\[(?P<number>[1-9]\d{0,6})\]")
_UNSEEN = ("style", "script", "title")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a message, as its tree has it."""

    depth: int
    kind: str
    encoding: str
    #: Bytes as they are sent; 0 for one that only holds others.
    size: int
    name: str


def colour_source(html: str) -> list[Markup]:
    """The HTML's lines with its syntax in the classes of Pygments."""
    broken = _BREAK.sub("\n", html)
    coloured = highlight(broken, HtmlLexer(), HtmlFormatter(nowrap=True))
    return [Markup(line) for line in coloured.rstrip("\n").split("\n")]


def find_row(html: str, path: str) -> int:
    """The line of `colour_source` in which an element begins, from 1; 0 where there is none.

    Args:
        path: such as `(//style)[2]`, as checks name it.
    """
    named = _PATH.fullmatch(path)
    if named is None:
        return 0
    broken = _BREAK.sub("\n", html)
    # What Outlook alone reads stands in comments, and is no element to others.
    seen = re.finditer(rf"<!--.*?-->|<{named['tag']}\b", broken, re.DOTALL | re.IGNORECASE)
    starts = [each.start() for each in seen if not each[0].startswith("<!--")]
    at = starts[int(named["number"]) - 1 : int(named["number"])]
    return broken.count("\n", 0, at[0]) + 1 if at else 0


def read_snippet(html: str) -> str:
    """What an inbox shows after the subject: the first words of the body, seen or not."""
    root = lxml.html.document_fromstring(
        html.encode(), parser=lxml.html.HTMLParser(encoding="utf-8")
    )
    etree.strip_elements(root, etree.Comment, *_UNSEEN, with_tail=False)
    return " ".join(" ".join(map(str, root.itertext())).split())[:_SNIPPET]


def read_headers(message: bytes) -> list[tuple[str, str]]:
    """Each header field with its words decoded."""
    return [(name, str(value)) for name, value in _parse(message).items()]


def list_pieces(message: bytes) -> list[Piece]:
    """The parts of a message, each below the one that holds it."""
    return list(_walk(_parse(message), 0))


def _parse(message: bytes) -> EmailMessage:
    return message_from_bytes(message, policy=default)


def _walk(part: EmailMessage, depth: int) -> Iterator[Piece]:
    holds = part.is_multipart()
    yield Piece(
        depth=depth,
        kind=part.get_content_type(),
        encoding="" if holds else str(part.get("Content-Transfer-Encoding", "7bit")),
        size=0 if holds else len(str(part.get_payload())),
        name=part.get_filename() or "",
    )
    for inside in part.iter_parts() if holds else ():
        yield from _walk(cast(EmailMessage, inside), depth + 1)
