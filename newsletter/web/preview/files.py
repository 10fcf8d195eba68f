"""The files an email is made from: which they are, and whether they changed."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from newsletter.drafting import SAMPLE
from newsletter.editing import steering_path
from newsletter.outlet import Outlet
from newsletter.pipeline import templates_folder
from newsletter.settings import Settings
from newsletter.shipped import shipped
from newsletter.sources import is_live
from newsletter.store.engine import parse_url

#: Path, time of change and size of each file.
Stamp = tuple[tuple[str, int, int], ...]


def stamp(paths: Iterable[Path]) -> Stamp:
    """What files look like from outside; a folder looks different when a file comes or goes."""
    return tuple(sorted(_look(paths)))


def _look(paths: Iterable[Path]) -> Iterator[tuple[str, int, int]]:
    for path in paths:
        try:
            state = path.stat()
        except OSError:  # not there, or not any more, which is a state too
            continue
        yield str(path), state.st_mtime_ns, state.st_size


def is_any_live(settings: Settings) -> bool:
    """Whether papers come over the network, and may be others without any file changing."""
    return any(is_live(source.at) for source in settings.papers.sources)


def of_draft(settings: Settings, outlet: Outlet, day: date) -> list[Path]:
    """What a day's draft depends on besides the settings."""
    return [*find_data(settings), steering_path(settings.home, day), *find_store(outlet)]


def of_look(settings: Settings) -> list[Path]:
    """What the look of an email depends on besides the settings."""
    templates = templates_folder(settings)
    return [templates, *templates.rglob("*"), *_find_logos(settings)]


def of_newsletter(settings: Settings) -> list[Path]:
    """What any of its emails may depend on, also where it is not there yet, but for its store."""
    own = (settings.home / name for name in ("templates", "editions", "data", "data/papers"))
    return [*own, *of_look(settings), *find_data(settings)]


def find_data(settings: Settings) -> list[Path]:
    """The files that papers are read from, and the folders where others may come."""
    sources = (source.at for source in settings.papers.sources if not is_live(source.at))
    return [path for at in sources for path in _find(settings, at)]


def _find(settings: Settings, at: str) -> Iterator[Path]:
    path = _sample(settings) if at == SAMPLE else settings.home / at
    yield path
    if path.is_dir():
        yield from path.iterdir()
    elif not path.exists():
        found = [Path(each) for each in glob.glob(str(path), recursive=True)]
        yield from {_base(path), *found, *(each.parent for each in found)}


def _base(pattern: Path) -> Path:
    """The folder in which a pattern begins."""
    while glob.has_magic(str(pattern)):
        pattern = pattern.parent
    return pattern


def _sample(settings: Settings) -> Path:
    own = settings.home / "data" / "papers"
    return own if own.exists() else shipped() / "data" / "papers"


def _find_logos(settings: Settings) -> list[Path]:
    logos = (settings.brand.logo, settings.brand.logo_dark)
    return [settings.home / logo for logo in logos if logo and "://" not in logo]


def find_store(outlet: Outlet) -> list[Path]:
    """The files of a store in SQLite, also of its log (sqlite.org/wal.html); none of a server's."""
    url = parse_url(outlet.store_url)
    if url.get_backend_name() != "sqlite":
        return []
    file = Path(str(url.database))
    return [file, file.with_name(f"{file.name}-wal")]
