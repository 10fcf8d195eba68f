"""The sources of papers, as the settings name them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Source:
    """A place that papers come from."""

    at: str
    #: Added to the score of each of its papers.
    weight: float = 0.0
    #: Which of its columns is what; empty: what `papers.columns` says.
    columns: Mapping[str, str] = field(default_factory=dict)


def read_columns(value: Any) -> Any:
    """A table of field and column; from the environment also as JSON text.

    Raises:
        ValueError: it is none, or names a field that there is not.
    """
    value = _from_json(value, "{")
    if not isinstance(value, Mapping) or not all(isinstance(one, str) for one in value.values()):
        raise ValueError('should be a table of columns, such as title = "Paper Title"')
    if value:
        from newsletter.papers.columns import FIELDS

        for field_name in value:
            if field_name not in FIELDS:
                known = _suggest(str(field_name), FIELDS) or f"; there are {', '.join(FIELDS)}"
                raise ValueError(f"{field_name!r} is nothing known of a paper{known}")
    return dict(value)


def read_sources(value: Any) -> Any:
    """One place, or a list of places and tables; from the environment also as JSON text.

    Raises:
        ValueError: it is none of these; the message says what is wrong with it.
    """
    value = _from_json(value, "[")
    if isinstance(value, str) and value:
        return value
    if not isinstance(value, (list, tuple)) or not value:
        raise ValueError("should be a source, or a list of sources")
    sources = tuple(_read_source(one) for one in value)
    places = [source.at for source in sources]
    if repeated := {place for place in places if places.count(place) > 1}:
        raise ValueError(f"names {min(repeated)!r} twice")
    return sources


def _read_source(value: Any) -> Any:
    if isinstance(value, Source):
        return value
    if isinstance(value, str) and value:
        return Source(at=value)
    if not isinstance(value, Mapping) or not isinstance(value.get("at"), str) or not value["at"]:
        raise ValueError('a source should be text, or a table such as {at = "own.csv", weight = 1}')
    keys = ("at", "weight", "columns")
    if unknown := [key for key in value if key not in keys]:
        raise ValueError(f"{unknown[0]!r} is no key of a source{_suggest(unknown[0], keys)}")
    weight = value.get("weight", 0.0)
    if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not -10 <= weight <= 10:
        raise ValueError(f"the weight of {value['at']!r} should be a number from -10 to 10")
    columns = read_columns(value.get("columns", {}))
    return Source(at=value["at"], weight=float(weight), columns=columns)


def _from_json(value: Any, opening: str) -> Any:
    if not isinstance(value, str) or not value.lstrip().startswith(opening):
        return value
    try:
        return json.loads(value)
    except ValueError:  # a pattern such as [ab]*.json
        return value


def _suggest(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
