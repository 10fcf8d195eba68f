"""What an operator weighs besides votes and age: each match is a part of the score."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import log1p

from newsletter.model import Paper, Part
from newsletter.settings import Ranking
from newsletter.wording import counted


def weigh(paper: Paper, settings: Ranking) -> tuple[Part, ...]:
    """The parts of a score that the weights in `[ranking]` make; none by default.

    Names and keywords are compared whatever their case. A keyword is found as a whole word
    or phrase in the title, or in one of the source's keywords.
    """
    return tuple(_parts(paper, settings))


def _parts(paper: Paper, settings: Ranking) -> Iterator[Part]:
    if settings.comments and paper.comments:
        words = counted(paper.comments, "comment")
        yield Part("comments", settings.comments * log1p(paper.comments), words)
    if settings.stars and paper.stars:
        yield Part("stars", settings.stars * log1p(paper.stars), f"★ {paper.stars:,}")
    if settings.keywords:
        yield from _match(settings.keywords, (paper.title, *paper.keywords))
    yield from _name("author", settings.authors, paper.authors)
    yield from _name("organisation", settings.organizations, (paper.organization,))


def _match(weights: Mapping[str, float], texts: tuple[str, ...]) -> Iterator[Part]:
    for phrase, weight in weights.items():
        if weight and any(map(_pattern(phrase).search, texts)):
            yield Part(f"keyword {phrase}", weight, f"keyword {phrase}")


def _name(signal: str, weights: Mapping[str, float], names: tuple[str, ...]) -> Iterator[Part]:
    if not weights:
        return
    folded = {name.casefold() for name in names}
    for name, weight in weights.items():
        if weight and name.casefold() in folded:
            yield Part(f"{signal} {name}", weight, name)


@lru_cache(maxsize=1024)
def _pattern(phrase: str) -> re.Pattern[str]:
    # Not \b: a keyword may begin or end with another character, such as C++.
    words = r"\s+".join(map(re.escape, phrase.split()))
    return re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)
