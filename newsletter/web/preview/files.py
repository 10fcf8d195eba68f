"""The files an email is made from: which they are, and whether they changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from newsletter.drafting import SAMPLE
from newsletter.editing import steering_path
from newsletter.outlet import Outlet
from newsletter.papers.source import is_live
from newsletter.pipeline import templates_folder
from newsletter.settings import Settings
from newsletter.shipped import shipped
from newsletter.store.engine import parse_url

#: Path, time of change and size of each file.
Stamp = tuple[tuple[str, int, int], ...]


def stamp(paths: Iterable[Path]) -> Stamp:
    """What files look like from outside; of folders, all that is in them."""
    return tuple(sorted(_look(paths)))


def _look(paths: Iterable[Path]) -> Iterator[tuple[str, int, int]]:
    for path in paths:
        try:
            state = path.stat()
            inside = list(path.iterdir()) if path.is_dir() else ()
        except OSError:  # not there, or not any more, which is a state too
            continue
        yield str(path), state.st_mtime_ns, state.st_size
        yield from _look(inside)


def is_any_live(settings: Settings) -> bool:
    """Whether papers come over the network, and may be others without any file changing."""
    return any(is_live(source.at) for source in settings.papers.sources)


def find_data(settings: Settings) -> list[Path]:
    """The files and folders that papers are read from; of a pattern, the folder it begins in."""
    at = [source.at for source in settings.papers.sources if not is_live(source.at)]
    return [_sample(settings) if each == SAMPLE else _base(settings.home / each) for each in at]


def find_logo(settings: Settings) -> list[Path]:
    """The logo, where it is a file."""
    logo = settings.brand.logo
    return [settings.home / logo] if logo and "://" not in logo else []


def of_draft(settings: Settings, outlet: Outlet, day: date) -> list[Path]:
    """What a day's draft depends on besides the settings."""
    return [*find_data(settings), steering_path(settings.home, day), *_store(outlet)]


def of_look(settings: Settings) -> list[Path]:
    """What the look of an email depends on besides the settings."""
    return [templates_folder(settings), *find_logo(settings)]


def of_newsletter(settings: Settings) -> list[Path]:
    """What any of its emails may depend on, but for its store."""
    own = [settings.home / name for name in ("templates", "editions", "data/papers")]
    return [*own, *of_look(settings), *find_data(settings)]


def _sample(settings: Settings) -> Path:
    own = settings.home / "data" / "papers"
    return own if own.exists() else shipped() / "data" / "papers"


def _base(path: Path) -> Path:
    while "*" in str(path) or "?" in str(path) or "[" in path.name:
        path = path.parent
    return path


def _store(outlet: Outlet) -> list[Path]:
    """The files of a store in SQLite, also of its log (sqlite.org/wal.html)."""
    url = parse_url(outlet.store_url)
    if url.get_backend_name() != "sqlite":
        return []
    file = Path(str(url.database))
    return [file, file.with_name(f"{file.name}-wal")]
