"""The last good answers of live sources, kept to stand in while a source is down.

Files below `var/` beside config.toml, and no HTTP cache: such a one answers in place of a
source that is up, and the votes of an hour ago would pass for those of now.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from newsletter.errors import SourceUnavailable
from newsletter.papers.columns import Mapped
from newsletter.papers.listing import Failed, Listing, check

log = logging.getLogger(__name__)

#: An answer that has not been asked for so long is of no use to any edition.
KEPT = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a live source said."""

    #: The address asked, for people.
    origin: str
    #: The day whose whole list it is; None for a feed.
    listed_on: date | None
    read_at: datetime
    items: list[Any]

    def check(self, *, now: datetime, mapped: Mapped = ()) -> Listing:
        """The answer's records, checked.

        Raises:
            SourceUnavailable: not one of them can be used.
        """
        listing = check(
            self.items,
            origin=self.origin,
            listed_on=self.listed_on,
            observed_at=self.read_at,
            read_at=self.read_at,
            wanted=lambda _: True,
            now=now,
            mapped=() if self.listed_on is None else mapped,
        )
        # A feed has no columns: those of its records are ours.
        return replace(listing, columns=None) if self.listed_on is None else listing

    def try_check(self, *, now: datetime, mapped: Mapped = ()) -> Listing | Failed:
        """The same of an answer kept when the settings may have been others."""
        try:
            return self.check(now=now, mapped=mapped)
        except SourceUnavailable as error:
            return Failed(self.listed_on, error)


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of one source, one for each listing day."""

    folder: Path

    @classmethod
    def of(cls, source: str, home: Path) -> Answers:
        """Those of a source, which is not named: its address may hold a password."""
        name = hashlib.sha256(source.encode()).hexdigest()[:16]
        return cls(home / "var" / "answers" / name)

    def keep(self, answer: Answer) -> None:
        """Put it in the place of an older one; where that cannot be, the day goes on."""
        values = {
            "origin": answer.origin,
            "listed_on": answer.listed_on and answer.listed_on.isoformat(),
            "read_at": answer.read_at.isoformat(),
            "items": answer.items,
        }
        path = self.path(answer.listed_on)
        new = path.with_suffix(f".{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            new.write_bytes(gzip.compress(json.dumps(values).encode(), 1))
            new.replace(path)
            self._forget(answer.read_at - KEPT)
        except OSError as error:
            log.warning("The answer of %s cannot be kept: %s.", answer.origin, error)

    def find(self, listed_on: date | None, *, since: datetime) -> Answer | None:
        """The last answer for a day, if it was read no earlier than `since`."""
        path = self.path(listed_on)
        try:
            values = json.loads(gzip.decompress(path.read_bytes()))
            answer = Answer(
                origin=values["origin"],
                listed_on=listed_on,
                read_at=datetime.fromisoformat(values["read_at"]),
                items=values["items"],
            )
        except FileNotFoundError:
            return None
        except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error) as error:
            log.warning("%s cannot be read: %s.", path, error)
            return None
        return answer if answer.read_at >= since else None

    def path(self, listed_on: date | None) -> Path:
        """Where the answer for a day is kept, or would be; None stands for a feed."""
        return self.folder / f"{listed_on or 'feed'}.json.gz"

    def _forget(self, before: datetime) -> None:
        for path in _files(self.folder):
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
                path.unlink(missing_ok=True)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file())
