"""The formulas that are compared, each from a table of pools to scores."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from newsletter.ranking import age_share, votes_share

Scores = npt.NDArray[np.float64]
#: Takes the table that `mornings.find_mornings` makes.
Formula = Callable[[pd.DataFrame], Scores]

#: What all are compared with: the formula of this program at its default exponent, but for late
#: arrivals, whose age it counts from the listing day on.
DEFAULT = "(votes+1) / (age read+2)^0.3"
#: Found with all of 2025 in view; see docs/ranking.md for why it is no default.
CANDIDATE = "(votes+4) · √(1+24/(age read+2))"


def ours(exponent: float) -> Formula:
    """The formula of `newsletter.ranking`, votes and age alone."""

    def score(pool: pd.DataFrame) -> Scores:
        return votes_share(_column(pool, "votes")) + age_share(_column(pool, "age_known"), exponent)

    return score


def young(plus: float, hours: float, exponent: float) -> Formula:
    """Votes times a factor: the greater, the younger they were when read, and never below 1."""

    def score(pool: pd.DataFrame) -> Scores:
        bonus = 1 + hours / (_column(pool, "age_read") + 2)
        scores: Scores = (_column(pool, "votes") + plus) * bonus**exponent
        return scores

    return score


def quotient(plus: float, exponent: float) -> Formula:
    """Votes divided by a power of their age when they were read."""
    return lambda pool: _quotient(pool, plus, "age_read", exponent)


def known_formulas(seed: int) -> dict[str, Formula]:
    """Formulas of others, by name, the one that knows nothing first.

    Reddit's and Hacker News' are those of their published source code.
    """
    return {
        "random": lambda pool: np.random.default_rng(seed).random(len(pool)),
        "Reddit hot": _hot,
        "Hacker News, gravity 1.8": lambda pool: _quotient(pool, 0, "age", 1.8),
        "half-life 24 h": lambda pool: _half_life(pool, 24),
        "half-life 96 h": lambda pool: _half_life(pool, 96),
        "plain votes": lambda pool: _column(pool, "votes"),
        "votes / (age+2)^0.3": lambda pool: _quotient(pool, 0, "age", 0.3),
        DEFAULT: quotient(1, 0.3),
        CANDIDATE: young(4, 24, 0.5),
    }


def _column(pool: pd.DataFrame, name: str) -> Scores:
    return pool[name].to_numpy(dtype=np.float64)


def _hot(pool: pd.DataFrame) -> Scores:
    return np.log10(np.maximum(_column(pool, "votes"), 1)) - _column(pool, "age") * 3600 / 45_000


def _quotient(pool: pd.DataFrame, plus: float, age: str, exponent: float) -> Scores:
    quotient: Scores = (_column(pool, "votes") + plus) / (_column(pool, age) + 2) ** exponent
    return quotient


def _half_life(pool: pd.DataFrame, hours: float) -> Scores:
    halved: Scores = _column(pool, "votes") * 0.5 ** (_column(pool, "age") / hours)
    return halved
