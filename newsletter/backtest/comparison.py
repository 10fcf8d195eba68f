"""Formulas side by side, and the exponent that would have been best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from newsletter.backtest.formulas import Formula, ours
from newsletter.backtest.measures import Estimate, Measured, estimate, measure

_SEED = 20250811
#: What is tried: from plain upvotes to a strong preference for the young.
_EXPONENTS = tuple(round(step * 0.05, 2) for step in range(31))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one formula came to."""

    name: str
    spearman: Estimate
    share: Estimate
    #: Ahead of the formula compared with, morning by morning; None for that formula itself.
    spearman_ahead: Estimate | None
    share_ahead: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Formulas on the same mornings."""

    first: date
    last: date
    mornings: int
    #: Papers of an average pool.
    pool: float
    top: int
    figures: tuple[Figures, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """An exponent chosen on earlier mornings, and what it came to on later ones."""

    suggested: float
    #: The mean correlation of each exponent on the earlier mornings.
    tried: tuple[tuple[float, float], ...]
    earlier: Comparison
    later: Comparison


def compare(
    pools: pd.DataFrame, formulas: Mapping[str, Formula], *, against: str, top: int
) -> Comparison:
    """Measure formulas on pools that are not empty; `against` names one of them."""
    measured = {name: measure(pools, f(pools), top=top) for name, f in formulas.items()}
    days = pools["morning"]
    return Comparison(
        first=days.min().date(),
        last=days.max().date(),
        mornings=days.nunique(),
        pool=len(pools) / days.nunique(),
        top=top,
        figures=tuple(
            _figures(name, each, None if name == against else measured[against])
            for name, each in measured.items()
        ),
    )


def tune(pools: pd.DataFrame, formulas: Mapping[str, Formula], *, against: str, top: int) -> Tuning:
    """Choose the exponent of the best mean correlation on the first half of the mornings.

    The second half has no say in it, so that its figures may be believed.

    Args:
        pools: of at least two mornings.
    """
    earlier, later = halve(pools)
    tried = tuple(
        (exponent, float(measure(earlier, ours(exponent)(earlier), top=top).spearman.mean()))
        for exponent in _EXPONENTS
    )
    suggested = max(tried, key=lambda one: one[1])[0]
    side_by_side = {**formulas, f"exponent {suggested:g} (suggested)": ours(suggested)}
    return Tuning(
        suggested=suggested,
        tried=tried,
        earlier=compare(earlier, side_by_side, against=against, top=top),
        later=compare(later, side_by_side, against=against, top=top),
    )


def _figures(name: str, each: Measured, other: Measured | None) -> Figures:
    ahead = other and Measured(each.spearman - other.spearman, each.share - other.share)
    return Figures(
        name=name,
        spearman=estimate(each.spearman, seed=_SEED),
        share=estimate(each.share, seed=_SEED),
        spearman_ahead=ahead and estimate(ahead.spearman, seed=_SEED),
        share_ahead=ahead and estimate(ahead.share, seed=_SEED),
    )


def halve(pools: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The earlier mornings and the later ones."""
    mornings = np.sort(pools["morning"].unique())
    middle = mornings[len(mornings) // 2]
    return pools[pools["morning"] < middle], pools[pools["morning"] >= middle]
