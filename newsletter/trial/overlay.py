"""Brand tokens tried on without writing them down, held to what config.toml is held to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import tomlkit
from pydantic import TypeAdapter, ValidationError

from newsletter.colours import find_unreadable
from newsletter.errors import ConfigError
from newsletter.rendering.branding import read_logos
from newsletter.settings import Brand

#: The keys of `[brand]`, in the order of config.toml.
TOKENS = tuple(each.name for each in fields(Brand))


@dataclass(frozen=True, slots=True)
class Tried:
    """A brand with other values on top."""

    #: What to render with: where a value is wrong, the brand's own stays.
    brand: Brand
    #: What is right and differs from the brand's own, by token.
    changes: Mapping[str, Any] = field(default_factory=dict)
    #: What is wrong, by token, in the sentence that config.toml would get.
    problems: Mapping[str, str] = field(default_factory=dict)


def try_on(brand: Brand, home: Path, values: Mapping[str, str]) -> Tried:
    """The brand with values as a person types them; lines of the footer stand on lines.

    Args:
        home: where the logo's path starts.
        values: by token; tokens that there are not are passed over.
    """
    read = {token: _read(token, text) for token, text in values.items() if token in TOKENS}
    problems = {token: str(value) for token, value in read.items() if isinstance(value, _Wrong)}
    right = {
        token: value
        for token, value in read.items()
        if token not in problems and value != getattr(brand, token)
    }
    tried: Brand = replace(brand, **right)
    apart = dict(_judge_together(tried, home))
    if not apart:
        return Tried(tried, right, problems)
    left: dict[str, Any] = {token: it for token, it in right.items() if token not in apart}
    without: Brand = replace(brand, **left)
    if any(_judge_together(without, home)):
        left, without = {}, brand
    return Tried(without, left, {**problems, **apart})


def write_value(value: Any) -> str:
    """A token's value as a person would type it."""
    return "\n".join(value) if isinstance(value, tuple) else str(value)


def as_toml(changes: Mapping[str, Any]) -> str:
    """The section as it would stand in config.toml; "" where nothing changed."""
    if not changes:
        return ""
    document = tomlkit.document()
    document["brand"] = {token: as_item(value) for token, value in changes.items()}
    return tomlkit.dumps(document)


def as_item(value: Any) -> Any:
    """A value as TOML has it."""
    return list(value) if isinstance(value, tuple) else value


class _Wrong(str):
    """Why a value cannot be used."""


def _read(token: str, text: str) -> Any:
    value: Any = text.strip()
    if token == "footer":
        value = tuple(line.strip() for line in text.splitlines() if line.strip())
    try:
        return _adapter(token).validate_python(value)
    except ValidationError as error:
        return _Wrong(error.errors()[0]["msg"].removeprefix("Value error, "))


@cache
def _adapter(token: str) -> TypeAdapter[Any]:
    return TypeAdapter(get_type_hints(Brand, include_extras=True)[token])


def _judge_together(brand: Brand, home: Path) -> Iterator[tuple[str, str]]:
    """What is wrong with values that are right each on its own, by token."""
    for problem in find_unreadable(brand):
        token, _, said = problem.removeprefix("brand.").partition(": ")
        yield token, said
    try:
        read_logos(brand, home)
    except ConfigError as error:
        token, _, said = str(error).removeprefix("brand.").partition(" ")
        yield token.rstrip(":"), said
