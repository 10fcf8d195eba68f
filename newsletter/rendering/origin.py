"""Which line of which template made a line of a document.

Only where something went wrong, the document is printed once more with a mark before every
piece of a template; marks add no lines, so that the same line can be read off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from jinja2 import Environment
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

#: Private-use characters: no template and hardly a paper holds them in this form.
_MARK = re.compile("\ue000([^\ue000-\ue002]+)\ue001([0-9]+)\ue002")


class Origin(NamedTuple):
    """A template's name and a line in it."""

    template: str
    line: int


class _Marking(Extension):
    """Puts a mark before every line of fixed text and before every `{{`."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            if token.type == "data":
                lines = enumerate(str(token.value).split("\n"), start=token.lineno)
                marked = (
                    _mark(stream, number) + line if line.strip() else line for number, line in lines
                )
                yield Token(token.lineno, "data", "\n".join(marked))
                continue
            if token.type == "variable_begin":
                yield Token(token.lineno, "data", _mark(stream, token.lineno))
            yield token


def _mark(stream: TokenStream, line: int) -> str:
    return f"\ue000{stream.name}\ue001{line}\ue002"


def marking(environment: Environment) -> Environment:
    """An environment like this one whose templates mark what they print."""
    return environment.overlay(extensions=[_Marking])


def find_origin(marked: str, line: int, column: int = 0) -> Origin | None:
    """Where a line of the document comes from.

    Args:
        marked: the document as a marking environment prints it.
        line: from 1, in the document without marks.
        column: likewise; 0 where it is not known, then the line's last piece counts.
    """
    lines = marked.split("\n")
    if line > len(lines):
        return None
    found: Origin | None = None
    removed = 0
    for mark in _MARK.finditer(lines[line - 1]):
        at = mark.start() - removed
        removed += len(mark[0])
        if found is None or not column or at < column:
            found = Origin(mark[1], int(mark[2]))
    return found
