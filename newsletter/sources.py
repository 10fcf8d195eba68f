"""The sources of papers, as the settings name them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from newsletter.wording import suggest

_LIVE = re.compile(r"huggingface$|(?:feed:)?(?i:https?)://|arxiv:")
_ADDRESS = re.compile(r"((?:feed:)?(?:[^:/?#@]*://)?)([^/?#]*)([^?#]*)\??([^#]*).*", re.DOTALL)
_HOST = re.compile(r"(?:[^:]*|\[[^]]*\])(?::\d*)?")
#: What we ask for ourselves; nothing else of a query is told.
_OURS = ("date", "limit", "p", "search_query", "sortBy", "sortOrder", "max_results")


@dataclass(frozen=True, kw_only=True)
class Source:
    """A place that papers come from."""

    at: str
    #: Added to the score of each of its papers.
    weight: float = 0.0
    #: Which of its columns is what; empty: what `papers.columns` says.
    columns: Mapping[str, str] = field(default_factory=dict)


def is_live(place: str) -> bool:
    """Whether it is asked over the network, and may be down."""
    return bool(_LIVE.match(place))


def name_of(place: str) -> str:
    """A source's name for people: its host, or the file or folder."""
    if _is_address(place):
        return _split(place).host or "an address"
    return place if is_live(place) else Path(place).name or place


def hide_secrets(place: str) -> str:
    """A source for people: an address without user, password and what it asks for.

    One that is malformed is not shown at all: who knows where its password ends.
    """
    if not _is_address(place):
        return place
    parts = _split(place)
    if not parts.host:
        return f"{parts.start}…"
    return parts.start + parts.host + parts.path + (f"?{_hide(parts.query)}" if parts.query else "")


class _Parts(NamedTuple):
    start: str
    host: str
    path: str
    query: str


def _is_address(place: str) -> bool:
    return "://" in place or place.startswith("feed:")


def _split(place: str) -> _Parts:
    found = _ADDRESS.fullmatch(place)
    assert found, "the pattern matches any text"
    start, authority, path, query = found.groups()
    host = authority.rpartition("@")[2]
    return _Parts(start, host if _HOST.fullmatch(host) else "", path, query)


def _hide(query: str) -> str:
    pairs = query.split("&")
    return "&".join(pair if pair.partition("=")[0] in _OURS else "…" for pair in pairs)


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
                known = suggest(str(field_name), FIELDS) or f"; there are {', '.join(FIELDS)}"
                raise ValueError(f"{field_name!r} is nothing known of a paper{known}")
    return dict(value)


def read_sources(value: Any) -> Any:
    """One place, or a list of places and tables; from the environment also as JSON text.

    Raises:
        ValueError: it is none of these; the message says what is wrong with it.
    """
    value = _from_json(value, "[")
    if isinstance(value, str) and value:
        return _check(value)
    if not isinstance(value, (list, tuple)) or not value:
        raise ValueError("should be a source, or a list of sources")
    sources = tuple(_read_source(one) for one in value)
    places = [source.at for source in sources]
    if repeated := {place for place in places if places.count(place) > 1}:
        raise ValueError(f"names {hide_secrets(min(repeated))!r} twice")
    return sources


def _read_source(value: Any) -> Any:
    if isinstance(value, Source):
        return value
    if isinstance(value, str) and value:
        return Source(at=_check(value))
    if not isinstance(value, Mapping) or not isinstance(value.get("at"), str) or not value["at"]:
        raise ValueError('a source should be text, or a table such as {at = "own.csv", weight = 1}')
    keys = ("at", "weight", "columns")
    if unknown := [key for key in value if key not in keys]:
        raise ValueError(f"{unknown[0]!r} is no key of a source{suggest(unknown[0], keys)}")
    weight = value.get("weight", 0.0)
    if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not -10 <= weight <= 10:
        place = hide_secrets(value["at"])
        raise ValueError(f"the weight of {place!r} should be a number from -10 to 10")
    columns = read_columns(value.get("columns", {}))
    return Source(at=_check(value["at"]), weight=float(weight), columns=columns)


def _check(place: str) -> str:
    if _is_address(place) and not is_live(place):
        raise ValueError(f"{hide_secrets(place)!r} is no address that starts with https://")
    return place


def _from_json(value: Any, opening: str) -> Any:
    if not isinstance(value, str) or not value.lstrip().startswith(opening):
        return value
    try:
        return json.loads(value)
    except ValueError:  # a pattern such as [ab]*.json
        return value
