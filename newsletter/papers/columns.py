"""Which column or key of a list holds what, by its name or by the operator's mapping.

Names are compared without case, blanks and signs. Nothing is taken by likeness alone: a name
that only resembles a known one becomes a hint, for the operator to write into the settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from newsletter.papers.cells import (
    Reader,
    read_aside,
    read_count,
    read_id,
    read_moment,
    read_people,
    read_text,
    read_words,
)

#: What each column is taken for, as the settings have it: field and column.
Mapped = tuple[tuple[str, str], ...]


class Field(NamedTuple):
    """One thing that is known of a paper."""

    #: The name by which `record.Record` reads it.
    key: str
    read: Reader
    #: Names it goes by, folded; the first that a list has is taken.
    names: tuple[str, ...]


#: In the order in which they choose: an `abstract` leaves `summary` to the one-line summary.
FIELDS: Mapping[str, Field] = {
    "id": Field("id", read_id, ("id", "arxivid", "arxiv", "paperid")),
    "title": Field("title", read_text, ("title", "papertitle")),
    "abstract": Field("summary", read_text, ("abstract", "summary", "description")),
    "summary": Field("ai_summary", read_text, ("aisummary", "tldr", "summary")),
    "authors": Field("authors", read_people, ("authors", "author")),
    "authors_count": Field("authors_count", read_count, ("authorscount", "authorcount")),
    "organization": Field(
        "organization", read_text, ("organization", "organisation", "affiliation")
    ),
    "keywords": Field(
        "ai_keywords", read_words, ("keywords", "aikeywords", "tags", "categories")
    ),
    "upvotes": Field(
        "upvotes", read_count, ("upvotes", "votes", "likes", "points", "score", "votecount")
    ),
    "comments": Field(
        "numComments", read_aside, ("comments", "numcomments", "commentcount")
    ),
    "stars": Field("githubStars", read_aside, ("stars", "githubstars")),
    "published": Field(
        "publishedAt",
        read_moment,
        (
            "published", "publishedat", "publishedon", "publicationdate", "pubdate",
            "submitted", "created", "createdat", "date",
        ),
    ),
    "listed_on": Field("listing_date", read_moment, ("listedon", "listingdate")),
    "listed_at": Field(
        "submittedOnDailyAt", read_moment, ("listedat", "submittedondailyat", "listed")
    ),
    "observed_at": Field("observed_at", read_moment, ("observedat", "observed")),
    "withdrawn": Field("withdrawnAt", read_moment, ("withdrawn", "withdrawnat")),
    "url": Field("url", read_text, ("url", "link", "paperurl", "href")),
    "code": Field(
        "githubRepo", read_text, ("code", "codeurl", "githubrepo", "github", "repository")
    ),
    "project": Field("projectPage", read_text, ("project", "projectpage", "projecturl")),
    "image": Field("thumbnail", read_text, ("image", "thumbnail", "mediaurl", "imageurl")),
}  # fmt: skip


class BadCell(ValueError):
    """A cell that cannot be read: in which column, and why."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"{column}: {reason}")
        self.column, self.reason = column, reason


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of a list were taken for."""

    #: As the list has them.
    names: tuple[str, ...]
    #: Field and column.
    taken: Mapped
    #: What the settings name and the list has not: field and column.
    missing: Mapped

    def rename(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row under the names that a record is read by, its values read.

        Raises:
            BadCell: a value cannot be read.
        """
        fields: dict[str, Any] = {}
        for field, column in self.taken:
            key, read, _ = FIELDS[field]
            try:
                fields[key] = read(row[column])
            except ValueError as error:
                raise BadCell(column, str(error)) from error
        return fields

    def name_of(self, key: str) -> str:
        """The column that a record's key was read from; the key itself if none was."""
        return next((column for field, column in self.taken if FIELDS[field].key == key), key)

    @property
    def unused(self) -> tuple[str, ...]:
        """Columns that were taken for nothing."""
        used = {column for _, column in self.taken}
        return tuple(name for name in self.names if name not in used)

    @property
    def hints(self) -> Mapped:
        """Unused columns whose names speak of a field that has none: field and column."""
        taken = {field for field, _ in self.taken}
        hints: dict[str, str] = {}
        for column in self.unused:
            field = next((f for f in FIELDS if f not in taken and _resembles(column, f)), None)
            if field:
                hints.setdefault(field, column)
        return tuple(hints.items())

    @property
    def complaint(self) -> str:
        """What is wrong with a list of these columns, and what to do; "" if nothing is."""
        known = _in_words(self.names)
        if repeated := {name for name in self.names if name.strip() and self.names.count(name) > 1}:
            return f"has two columns called {min(repeated)!r}"
        if self.missing:
            field, column = self.missing[0]
            return (
                f"has no column {column!r}, which papers.columns names for {field};"
                f" its columns are {known}"
            )
        if "title" not in dict(self.taken):
            guess = dict(self.hints).get("title", "…")
            return (
                f"has no column for the title; its columns are {known}:"
                f' name one in [papers.columns], such as title = "{guess}"'
            )
        return ""


@lru_cache(maxsize=1024)
def arrange(names: tuple[str, ...], mapped: Mapped = ()) -> Columns:
    """Find out what a list's columns hold; what the settings map is not looked for elsewhere."""
    named = dict(mapped)
    free = {fold(name): name for name in reversed(names) if name not in named.values()}
    taken = [(field, column) for field, column in mapped if column in names]
    for field, known in FIELDS.items():
        found = next((name for name in known.names if name in free), None)
        if field not in named and found:
            taken.append((field, free.pop(found)))
    return Columns(
        names=names,
        taken=tuple(sorted(taken, key=lambda pair: list(FIELDS).index(pair[0]))),
        missing=tuple((field, column) for field, column in mapped if column not in names),
    )


def join(found: Sequence[Columns]) -> Columns | None:
    """What several records of one list have between them; None where there are none."""
    if not found:
        return None
    return Columns(
        names=tuple(dict.fromkeys(name for each in found for name in each.names)),
        taken=tuple(dict.fromkeys(pair for each in found for pair in each.taken)),
        missing=tuple(
            pair for pair in found[0].missing if all(pair in each.missing for each in found)
        ),
    )


def fold(name: str) -> str:
    """What spellings of a column's name have in common: `arXiv ID`, `arxiv_id`."""
    return "".join(filter(str.isalnum, name.casefold()))


def _resembles(column: str, field: str) -> bool:
    words = [fold(word) for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", column)]
    known = {name.rstrip("s") for name in (field, *FIELDS[field].names)}
    return any(word.rstrip("s") in known for word in words)


def _in_words(names: Iterable[str]) -> str:
    shown = [repr(name[:40]) for name in names]
    return ", ".join(shown[:12]) + (f" and {len(shown) - 12} more" if len(shown) > 12 else "")
