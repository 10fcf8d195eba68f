"""Lists of papers in files: JSON or JSON Lines, plain or compressed by gzip."""

from __future__ import annotations

import glob
import gzip
import logging
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO, cast

from newsletter.errors import SourceUnavailable
from newsletter.papers.content import parse_lines, parse_list
from newsletter.papers.listing import Failed, Listing, Wanted, check

log = logging.getLogger(__name__)

_SUFFIX = re.compile(r"\.jsonl?(?:\.gz)?$")
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
            f"There are no papers at {path}: no file there ends in .json or .jsonl (or one of "
            "these and .gz); see papers.source."
        )
    return files


def read_lists(
    files: Sequence[File], *, wanted: Wanted, now: datetime
) -> Iterator[Listing | Failed]:
    """Read what may hold papers of a wanted day; one that cannot be read does not stop the rest.

    Of a day's own lists, those observed up to now are read, or where there is none the first
    one after.
    """
    by_day: dict[date | None, list[File]] = {}
    for file in files:
        if wanted(file.listed_on):
            by_day.setdefault(file.listed_on, []).append(file)
    for listed_on, lists in by_day.items():
        if listed_on:
            yield from _read_day(sorted(lists, key=lambda file: file.read_at), wanted, now)
        else:
            yield from (_read(file, wanted, now) for file in lists)


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


def _read_day(files: Sequence[File], wanted: Wanted, now: datetime) -> Iterator[Listing | Failed]:
    seen = False
    for file in files:
        if seen and file.read_at > now:
            return
        result = _read(file, wanted, now)
        seen = seen or isinstance(result, Listing)
        yield result


def _read(file: File, wanted: Wanted, now: datetime) -> Listing | Failed:
    origin = str(file.path)
    try:
        with _opened(file.path) as stream:
            lines = ".jsonl" in file.path.suffixes[-2:]
            listing = check(
                parse_lines(stream, origin) if lines else parse_list(stream.read(), origin),
                origin=origin,
                listed_on=file.listed_on,
                observed_at=file.observed_at,
                read_at=file.read_at,
                wanted=wanted,
                now=now,
            )
    except SourceUnavailable as error:
        return Failed(file.listed_on, error)
    log.info("Read %d records from %s.", listing.count, origin)
    return listing


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            yield cast(BinaryIO, stream)
    except (OSError, EOFError, zlib.error) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise SourceUnavailable(f"{path} cannot be read: {reason}.") from error
