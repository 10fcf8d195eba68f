"""Turns of phrase that many messages share."""

from __future__ import annotations

from collections.abc import Iterable


def counted(number: int, noun: str) -> str:
    """A number of things, such as "1 reader" or "1,204 readers"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def suggest(word: str, known: Iterable[str]) -> str:
    """What may have been meant by a word that is not known, to be put behind the complaint."""
    from difflib import get_close_matches  # slow to import, and seldom needed

    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
