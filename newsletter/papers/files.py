"""Lists of papers in files: JSON, JSON Lines, CSV, TSV (also compressed by gzip) and Parquet."""

from __future__ import annotations

import glob
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from newsletter.errors import SourceUnavailable
from newsletter.papers import parquet, tables
from newsletter.papers.columns import Columns, Mapped
from newsletter.papers.content import parse_lines, parse_list
from newsletter.papers.listing import Failed, Listing, Wanted, check
from newsletter.papers.opening import opened, read_whole
from newsletter.papers.opening import read_lines as split_lines

log = logging.getLogger(__name__)

_SUFFIX = re.compile(r"\.(?:(jsonl?|csv|tsv)(?:\.gz)?|parquet)$")
_STEM = re.compile(r"(\d{4}-\d\d-\d\d)(?:_seen_(\d{8}T\d{4}(?:\d\d)?Z))?")


@dataclass(frozen=True, slots=True)
class File:
    """A file of papers and what its name says of it."""

    path: Path
    #: The day whose whole list it is; None where the name does not say.
    listed_on: date | None
    #: When that list was read; None where the name does not say.
    observed_at: datetime | None
    modified_at: datetime

    @property
    def read_at(self) -> datetime:
        """When it was read from the source, as closely as is known."""
        return self.observed_at or self.modified_at


def find(path: Path) -> list[File]:
    """Find the files that a path, a folder or a pattern stands for, in order of their names.

    Raises:
        SourceUnavailable: there is none.
    """
    try:
        files = [_describe(each) for each in sorted(_expand(path)) if _SUFFIX.search(each.name)]
    except OSError as error:
        raise SourceUnavailable(f"{path} cannot be read: {error.strerror}.") from error
    if not files:
        raise SourceUnavailable(
            f"There are no papers at {path}: no file there ends in .json, .jsonl, .csv, .tsv (or "
            "one of these and .gz) or .parquet; see papers.source."
        )
    return files


def read_lists(
    files: Sequence[File], *, wanted: Wanted, now: datetime, mapped: Mapped = ()
) -> Iterator[Listing | Failed]:
    """Read what may hold papers of a wanted day; one that cannot be read does not stop the rest.

    Of a day's own lists, those observed up to now are read, or where there is none the first
    one after.

    Raises:
        UsageError: what it takes to read one is not installed.
    """
    by_day: dict[date | None, list[File]] = {}
    for file in files:
        if wanted(file.listed_on):
            by_day.setdefault(file.listed_on, []).append(file)
    for listed_on, lists in by_day.items():
        if listed_on:
            in_order = sorted(lists, key=lambda file: file.read_at)
            yield from _read_day(in_order, wanted, now, mapped)
        else:
            yield from (_read(file, wanted, now, mapped) for file in lists)


def newest_day(files: Sequence[File], *, now: datetime) -> date | None:
    """Return the newest listing day, by the files' names or, where they have none, by records."""
    named = [file.listed_on for file in files if file.listed_on]
    if named:
        return max(named)
    lists = (_read(file, lambda _: True, now) for file in files)
    sightings = (s for each in lists if isinstance(each, Listing) for s in each.sightings)
    return max((s.listed_on for s in sightings if s.listed_on), default=None)


def _expand(path: Path) -> list[Path]:
    if path.is_dir():
        return list(path.iterdir())
    if path.exists():
        return [path]
    return [Path(each) for each in glob.glob(str(path), recursive=True)]


def _describe(path: Path) -> File:
    # A link that leads nowhere is found here, and told when it is read.
    modified = path.stat(follow_symlinks=path.exists()).st_mtime
    modified_at = datetime.fromtimestamp(modified, UTC)
    match = _STEM.fullmatch(_SUFFIX.sub("", path.name))
    try:
        listed_on = date.fromisoformat(match[1]) if match else None
        observed_at = datetime.fromisoformat(match[2]) if match and match[2] else None
    except ValueError:  # it has the form of a date and is none, such as the thirteenth month
        listed_on = observed_at = None
    return File(path, listed_on, observed_at, modified_at)


def _read_day(
    files: Sequence[File], wanted: Wanted, now: datetime, mapped: Mapped
) -> Iterator[Listing | Failed]:
    seen = False
    for file in files:
        if seen and file.read_at > now:
            return
        result = _read(file, wanted, now, mapped)
        seen = seen or isinstance(result, Listing)
        yield result


def _read(file: File, wanted: Wanted, now: datetime, mapped: Mapped = ()) -> Listing | Failed:
    try:
        content = _open(file.path, mapped)
        listing = check(
            content.items,
            origin=str(file.path),
            listed_on=file.listed_on,
            observed_at=file.observed_at,
            read_at=file.read_at,
            wanted=wanted,
            now=now,
            mapped=mapped,
        )
    except SourceUnavailable as error:
        return Failed(file.listed_on, error)
    log.info("Read %d records from %s.", listing.count, listing.origin)
    columns = content.columns or listing.columns
    return replace(listing, remark=content.remark, columns=columns)


class _Content(NamedTuple):
    #: Read as they are asked for.
    items: Iterator[Any]
    #: Where they are known without the items.
    columns: Columns | None = None
    #: What an operator should know; "" if nothing.
    remark: str = ""


def _open(path: Path, mapped: Mapped) -> _Content:
    origin = str(path)
    kind = _SUFFIX.search(path.name)
    match kind and kind[1]:
        case "json":
            return _Content(_read_json(path))
        case "jsonl":
            return _Content(_read_json_lines(path))
        case "csv" | "tsv":
            encoding = tables.find_encoding(path)
            remark = f"{path} is not UTF-8; it was read as Windows-1252, so look at its accents."
            items = tables.read_rows(path, origin, mapped, encoding=encoding)
            return _Content(items, remark=remark if encoding == tables.LEGACY else "")
        case _:
            columns = parquet.find_columns(path, origin, mapped)
            return _Content(parquet.read_rows(path, origin, columns), columns)


def _read_json(path: Path) -> Iterator[Any]:
    with opened(path) as stream:
        content = read_whole(stream, str(path))
    yield from parse_list(content, str(path))


def _read_json_lines(path: Path) -> Iterator[Any]:
    with opened(path) as stream:
        yield from parse_lines(split_lines(stream), str(path))
