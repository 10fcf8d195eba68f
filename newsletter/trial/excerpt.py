"""The lines of a template around the place of a finding."""

from __future__ import annotations

from pathlib import Path


def read_around(path: Path, line: int, *, lines: int = 2) -> list[tuple[int, str]]:
    """The lines of a file around one of them, with their numbers; none where it is gone."""
    try:
        written = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    first = max(1, line - lines)
    return list(enumerate(written[first - 1 : line + lines], start=first))
