"""An editor's words about papers, brought to the papers they mean."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date

from newsletter.errors import UsageError
from newsletter.model import Paper, Steering
from newsletter.papers.cells import find_arxiv_id

_ARXIV = re.compile(
    r"(?:arxiv:\s*|https?://\S*/)?(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d+)?", re.I
)


def resolve(
    steering: Steering,
    papers: Iterable[Paper],
    featured: Mapping[str, date],
    *,
    maximum: int,
    origin: str,
) -> Steering:
    """The same with every paper named by its key.

    A paper may be named by its key (its id, where it has one), or by an address that holds
    its arXiv id; a version suffix changes nothing.

    Args:
        papers: what the day's lists hold.
        featured: the day that featured a paper, by key.
        origin: the editor's file, for people.

    Raises:
        UsageError: a paper is not there, was featured before, or is both picked and left
            out; or more are picked than an edition holds.
    """
    keys = {paper.key for paper in papers}
    found = replace(
        steering,
        lead=_find(steering.lead, keys, f"{origin}: lead") if steering.lead else "",
        pin=tuple(_find(name, keys, f"{origin}: pin") for name in steering.pin),
        skip=tuple(_find(name, keys, f"{origin}: skip") for name in steering.skip),
    )
    for key in found.picked:
        if key in featured:
            raise UsageError(
                f"{origin}: {key} was featured on {featured[key]}, and no paper is featured twice."
            )
        if key in found.skip:
            raise UsageError(f"{origin}: {key} is both picked and left out; settle for one.")
    if len(found.picked) > maximum:
        raise UsageError(
            f"{origin}: {len(found.picked)} papers are picked, and papers.maximum is {maximum}."
        )
    return found


def is_same(one: Steering, other: Steering) -> bool:
    """Whether two say the same, however they name their papers."""
    return _fold_names(one) == _fold_names(other)


def _fold_names(steering: Steering) -> Steering:
    return replace(
        steering,
        lead=fold_name(steering.lead),
        pin=tuple(map(fold_name, steering.pin)),
        skip=tuple(map(fold_name, steering.skip)),
    )


def _find(name: str, keys: Collection[str], where: str) -> str:
    for key in (name.strip(), fold_name(name)):
        if key in keys:
            return key
    raise UsageError(
        f"{where}: there is no paper {name} in the day's lists;"
        " `newsletter rank --json` tells the keys of those that are."
    )


def fold_name(name: str) -> str:
    """The key that a person means by an arXiv id with a version, or by an address of one.

    What only holds such digits, as some DOIs do, is an id of its own.
    """
    name = name.strip()
    arxiv = _ARXIV.fullmatch(name)
    return arxiv[1] if arxiv else find_arxiv_id(name) or name
