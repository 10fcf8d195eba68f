"""What somebody may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def suggest(word: str, known: Iterable[str]) -> str:
    """ "; did you mean card.rank?", or "" where nothing known is near.

    A dotted name is also found by its last part.
    """
    names = sorted(known)
    by_tail = [name for name in names if name.rpartition(".")[2] == word]
    near = by_tail or get_close_matches(word, names, n=1, cutoff=0.7)
    return f"; did you mean {near[0]}?" if near else ""
