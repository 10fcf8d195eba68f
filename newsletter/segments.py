"""An issue's segments as plain lists, for JSON, and back.

A literal is its text, a slot `{"slot": name}`, a card
`{"card": key, "rung": rung, "segments": […]}`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from newsletter.model import Card, Literal, Segment, Slot


def dump(segments: Iterable[Segment]) -> list[Any]:
    """The segments as values that JSON knows."""
    return [_dump_one(segment) for segment in segments]


def load(values: Iterable[Any]) -> tuple[Segment, ...]:
    """The segments that `dump` made the values of."""
    return tuple(_load_one(value) for value in values)


def _dump_one(segment: Segment) -> Any:
    match segment:
        case Literal(text):
            return text
        case Slot(name):
            return {"slot": name}
        case Card(key, rung, inner):
            return {"card": key, "rung": rung, "segments": dump(inner)}


def _load_one(value: Any) -> Segment:
    match value:
        case {"card": key, "rung": rung, "segments": inner}:
            return Card(key, rung, tuple(map(_load_plain, inner)))
        case _:
            return _load_plain(value)


def _load_plain(value: Any) -> Literal | Slot:
    return Literal(value) if isinstance(value, str) else Slot(value["slot"])
