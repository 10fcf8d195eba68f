"""Notices when a file changes that the email is made from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from watchfiles import Change, awatch
from watchfiles.main import FileChange

#: Milliseconds of silence after which a change is told, as editors write in steps; and for how
#: long one that goes on is waited for.
_STEP = 10
_DEBOUNCE = 100
#: Milliseconds after which a silent watch says so, and after which one is tried again.
_QUIET = 200
#: What editors write beside a file, and a store that lies among the papers: looking writes there.
_OTHERS = ("~", ".db", ".db-wal", ".db-shm", ".db-journal")


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at."""

    #: All that lies in them, but not in folders of theirs that are not among these.
    folders: frozenset[Path]
    #: Watched by their folder, as editors put a new file in an old one's place.
    files: frozenset[Path]
    #: The folders to watch.
    places: frozenset[Path]

    def holds(self, change: Change, name: str) -> bool:
        """Whether a change is one of ours, and not of an editor's own files."""
        path = Path(name)
        is_own = path in self.files or path.parent in self.folders or path in self.places
        return is_own and not path.name.startswith((".", "#")) and not path.name.endswith(_OTHERS)

    def has_lost(self, changes: Iterable[FileChange]) -> bool:
        """Whether one of the folders itself changed: another may stand in its place."""
        return any(Path(name) in self.places for _, name in changes)


def plan(paths: Iterable[Path]) -> Watched:
    """How to watch files and folders, some of which may not be there yet."""
    known = {path.resolve() for path in paths}
    folders = {path for path in known if path.is_dir()}
    beside = {path.parent for path in known if path.parent.is_dir()}
    return Watched(frozenset(folders), frozenset(known), frozenset(folders | beside))


async def watch(
    find: Callable[[], Awaitable[Iterable[Path]]], tell: Callable[[Sequence[str]], None]
) -> None:
    """Tell the names of files as they change, for ever.

    Args:
        find: the paths to look at; asked again after each change, which may bring others.
    """
    names: list[str] = []
    is_first = True
    while True:
        watched = plan(await find())
        is_sure, is_first = is_first, False
        try:
            async with aclosing(_follow(watched)) as changes:
                async for found in changes:
                    if is_sure and not found:
                        continue
                    names = sorted({Path(name).name for _, name in found}) or names
                    tell(names)
                    # A folder put in another's place is no longer the one that is watched, and
                    # what came before a watch was in place is told by none.
                    if watched.has_lost(found) or plan(await find()) != watched:
                        break
                    is_sure = True
        except FileNotFoundError:  # a folder went before it could be watched
            await asyncio.sleep(_QUIET / 1000)


def _follow(watched: Watched) -> AsyncGenerator[set[FileChange], None]:
    """The changes as they come; an empty set after a while of silence.

    Raises:
        FileNotFoundError: there is nothing to watch (now, or once it is asked for changes).
    """
    if not watched.places:
        raise FileNotFoundError
    return awatch(
        *watched.places,
        watch_filter=watched.holds,
        recursive=False,
        step=_STEP,
        debounce=_DEBOUNCE,
        rust_timeout=_QUIET,
        yield_on_timeout=True,
    )
