"""Notices when a file changes that the email is made from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from watchfiles import Change, awatch

#: Milliseconds of silence after which a change is told, as editors write in steps; and for how
#: long one that goes on is waited for.
_STEP = 10
_DEBOUNCE = 100
#: What editors write beside a file, and a store that lies among the papers: looking writes there.
_OTHERS = ("~", ".db", ".db-wal", ".db-shm", ".db-journal")


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at."""

    #: All that lies in them, but not in folders of theirs that are not among these.
    folders: frozenset[Path]
    #: Watched by their folder, as editors put a new file in an old one's place.
    files: frozenset[Path]

    def holds(self, change: Change, name: str) -> bool:
        """Whether a change is one of ours, and not of an editor's own files."""
        path = Path(name)
        is_own = path in self.files or path.parent in self.folders or path in self.folders
        return is_own and not path.name.startswith((".", "#")) and not path.name.endswith(_OTHERS)

    @property
    def places(self) -> set[Path]:
        """The folders to watch."""
        return {*self.folders, *(path.parent for path in self.files if path.parent.is_dir())}


def plan(paths: Iterable[Path]) -> Watched:
    """How to watch files and folders, some of which may not be there yet."""
    known = {path.resolve() for path in paths}
    return Watched(frozenset(path for path in known if path.is_dir()), frozenset(known))


async def watch(
    find: Callable[[], Awaitable[Iterable[Path]]], tell: Callable[[Sequence[str]], None]
) -> None:
    """Tell the names of files as they change, for ever.

    Args:
        find: the paths to look at; asked again after each change, which may bring others.
    """
    while True:
        watched = plan(await find())
        stream = awatch(
            *watched.places,
            watch_filter=watched.holds,
            recursive=False,
            step=_STEP,
            debounce=_DEBOUNCE,
        )
        async with aclosing(stream) as changes:
            async for found in changes:
                tell(sorted({Path(name).name for _, name in found}))
                if plan(await find()) != watched:
                    break
