"""The settings and templates a run works with, and others once the files change.

Templates are copied, and tried on a made-up edition, before a run works with them: what is
broken is refused in words, and the old stay whatever happens to the files.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from shutil import copytree, rmtree

from newsletter.errors import NewsletterError, TemplateError
from newsletter.model import Edition, Paper, Part, Ranked
from newsletter.outlet import Outlet
from newsletter.pipeline import templates_folder
from newsletter.settings import Settings

_log = logging.getLogger(__name__)

#: What a file looks like from outside: path, time of change, size.
Look = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Kit:
    """What a run works with."""

    settings: Settings
    outlet: Outlet
    #: A copy of the run's own.
    templates: Path


class Reloading:
    """Looks at the files, and loads them when they changed and are left alone."""

    def __init__(
        self,
        config: Path,
        read: Callable[[], tuple[Settings, Outlet]],
        copies: Path,
        clock: Callable[[], datetime],
    ) -> None:
        """Load for the first time.

        Args:
            config: the file of settings.
            read: reads it.
            copies: an empty folder for copies of the templates.

        Raises:
            UsageError: settings or templates are wrong.
        """
        self._config = config
        self._read = read
        self._copies = (copies / str(number) for number in count())
        self._clock = clock
        self._asked = False
        self.kit = self._load()
        self._loaded = self._seen = self._look_at_files()

    def ask(self) -> None:
        """Load at the next look, changed or not."""
        self._asked = True

    def look(self) -> Kit | None:
        """The new kit, if there is one; what is broken is told, once."""
        seen = self._look_at_files()
        settled, self._seen = seen == self._seen, seen
        # Somebody may be in the middle of saving: wait until two looks are the same.
        if not self._asked and (seen == self._loaded or not settled):
            return None
        self._asked, self._loaded = False, seen
        try:
            new = self._load()
        except NewsletterError as error:
            _log.error("Not reloaded, settings and templates stay as they were: %s", error)
            return None
        rmtree(self.kit.templates, ignore_errors=True)
        self.kit = new
        _log.info("Reloaded settings and templates.")
        return new

    def _load(self) -> Kit:
        settings, outlet = self._read()
        copy = next(self._copies)
        try:
            copytree(templates_folder(settings), copy)
        except OSError as error:
            raise TemplateError(f"The templates cannot be read: {error}") from error
        try_out(settings, copy, self._clock())
        return Kit(settings, outlet, copy)

    def _look_at_files(self) -> Look:
        folder = templates_folder(self.kit.settings)
        return tuple(sorted(_look([self._config, *folder.rglob("*")])))


def _look(paths: list[Path]) -> Iterator[tuple[str, int, int]]:
    for path in paths:
        try:
            state = path.stat()
        except OSError:  # it went away meanwhile, which is a change too
            continue
        yield str(path), state.st_mtime_ns, state.st_size


def try_out(settings: Settings, templates: Path | None, now: datetime) -> None:
    """Render a made-up edition, with the newsletter's own templates or a copy of them.

    Raises:
        TemplateError: a template is wrong.
    """
    from newsletter.rendering import render

    templates = templates or templates_folder(settings)
    papers = (_ranked(_FULL, now), _ranked({"key": "bare", "id": None, "title": "Bare"}, now))
    edition = Edition(day=now.date(), papers=papers)
    render(edition, settings, templates=templates, dated=now, salt="tried out")


def _ranked(fields: dict[str, object], now: datetime) -> Ranked:
    paper = Paper(observed_at=now, **fields)  # type: ignore[arg-type]
    return Ranked(paper, 1.0, (Part("upvotes", 1.0, "1 upvote"),))


_FULL: dict[str, object] = {
    "key": "full",
    "id": "2601.00001",
    "title": "A paper with everything",
    "abstract": "An abstract.",
    "summary": "A summary.",
    "authors": ("Ada", "Grace"),
    "author_count": 2,
    "organization": "A lab",
    "keywords": ("keyword",),
    "upvotes": 1,
    "comments": 1,
    "stars": 1,
    "url": "https://example.org/paper",
    "arxiv_url": "https://example.org/arxiv",
    "pdf_url": "https://example.org/pdf",
    "code_url": "https://example.org/code",
    "project_url": "https://example.org/project",
    "image_url": "https://example.org/image.png",
}
