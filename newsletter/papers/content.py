"""From bytes to a list of JSON values; whatever is no such list is told apart from an empty one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from newsletter.errors import SourceUnavailable
from newsletter.papers.opening import LINE_BYTES


def parse_list(content: bytes, origin: str) -> list[Any]:
    """Read a JSON list; `origin` names the file or address it came from.

    Raises:
        SourceUnavailable: it is anything else, such as cut off, a web page or `{"error": …}`.
    """
    if not content.strip():
        raise _empty(origin)
    value = _loads(_decode(content, origin))
    if isinstance(value, ValueError):
        raise _cut_off(content, value, origin)
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and "error" in value:
        raise SourceUnavailable(
            f"{origin} holds an error in place of papers: {describe(value['error'])}."
        )
    raise SourceUnavailable(f"{origin} holds {describe(value)} in place of a list of papers.")


def parse_lines(lines: Iterable[bytes], origin: str) -> Iterator[Any]:
    """Read JSON Lines; for a line that is not JSON or not UTF-8, give a `ValueError`.

    Raises:
        SourceUnavailable: the last line is not JSON: the file is cut off, or no JSON at all.
    """
    broken: ValueError | None = None
    number = 0
    for number, line in _full(lines):
        if broken:
            yield broken
            broken = None
        if len(line) == LINE_BYTES:
            yield ValueError(f"line {number} is longer than {LINE_BYTES >> 20} MiB")
            continue
        value = _read_line(line, number)
        if isinstance(value, UnicodeDecodeError):
            yield ValueError(f"line {number} is not UTF-8")
            continue
        broken = value if isinstance(value, ValueError) else None
        if not broken:
            yield value
    if broken:
        raise _cut_off(line, broken, origin)
    if not number:
        raise _empty(origin)


def describe(value: Any) -> str:
    """Say in a few words what was found in place of what is needed."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value:.6g}" if abs(value) > 1e15 else f"the number {value}"
        case Decimal():
            return f"the number {value:.6g}"
        case str():
            return f"the text {value[:60]!r}" if value else "empty text"
        case list():
            return "a list"
        case _:
            return "an object"


def _full(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    stripped = (line.rstrip(b"\r\n") for line in lines)
    return ((number, line) for number, line in enumerate(stripped, 1) if line.strip())


def _decode(content: bytes, origin: str, line: int = 1) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line += content.count(b"\n", 0, error.start)
        raise SourceUnavailable(
            f"{origin} is not UTF-8 at line {line}; save it as UTF-8."
        ) from error


def _read_line(line: bytes, number: int) -> Any:
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return error
    return _loads(text, number)


def _loads(text: str, line: int = 1) -> Any:
    """Return what the JSON says, or an error with its place in words."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        return ValueError(f"line {line + error.lineno - 1}, column {error.colno}: {error.msg}")
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits; ten thousand "["
        return ValueError(f"line {line}: {error}")


def _empty(origin: str) -> SourceUnavailable:
    return SourceUnavailable(f"{origin} is empty; the list of a quiet day would be [].")


def _cut_off(content: bytes, error: ValueError, origin: str) -> SourceUnavailable:
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:5]
    if start in (b"<?xml", b"<feed") or start[:4] == b"<rss":
        return SourceUnavailable(
            f"{origin} is XML, not a list of papers; if it is a feed, write feed: before its"
            " address in papers.source."
        )
    if start.startswith(b"<"):
        return SourceUnavailable(f"{origin} is a web page (or XML), not a list of papers.")
    return SourceUnavailable(f"{origin} is cut off or not JSON: {error}.")
