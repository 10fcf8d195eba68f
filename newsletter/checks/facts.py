"""Which mail clients lack what: caniemail's facts, reduced to what a check asks.

`docs/client_facts.py` makes the table, and names its source and its licence in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Feature:
    """Something of HTML or CSS that some client lacks."""

    slug: str
    title: str
    #: The families of clients that lack it, each with its platforms; () where all of them do.
    lacking: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def url(self) -> str:
        return f"https://www.caniemail.com/features/{self.slug}/"

    @property
    def clients(self) -> str:
        """The clients that lack it: "Gmail, Outlook (Windows)"."""
        return ", ".join(
            f"{family} ({', '.join(platforms)})" if platforms else family
            for family, platforms in self.lacking
        )


def find(name: str) -> Feature | None:
    """What is known of a name such as "property gap"; None where every client has it."""
    return _table().get(name)


@cache
def _table() -> Mapping[str, Feature]:
    facts = json.loads(files("newsletter.checks").joinpath("caniemail.json").read_text("utf-8"))
    table: dict[str, Feature] = {}
    for slug, fact in facts["features"].items():
        lacking = tuple((family, tuple(platforms)) for family, platforms in fact["lacking"].items())
        for name in fact["names"]:
            table.setdefault(name, Feature(slug, fact["title"], lacking))
    return table
