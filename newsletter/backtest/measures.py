"""How well scores tell the later votes: rank correlation, the best ones found, and how sure."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

Values = npt.NDArray[np.float64]

_RESAMPLES = 2000


class Estimate(NamedTuple):
    """A mean over mornings with its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float


class Measured(NamedTuple):
    """A formula's figures, one for each morning, the mornings in order."""

    spearman: Values
    #: Of the papers with most later votes, the share that stands as high by the formula.
    share: Values


def measure(pools: pd.DataFrame, scores: Values, *, top: int) -> Measured:
    """Compare scores with later votes, morning by morning.

    Equal scores have the mean of their ranks in the correlation (Spearman's, as Pearson's of
    ranks); among the best, they are in the order of their keys. Scores that are all equal
    correlate with nothing: 0.
    """
    table = pd.DataFrame(
        {"morning": pools["morning"].to_numpy(), "score": scores, "later": pools["later"]}
    )
    return Measured(_correlate(table), _share(table, top))


def estimate(values: Values, *, seed: int) -> Estimate:
    """The mean with the interval of means of mornings drawn anew, with replacement."""
    drawn = np.random.default_rng(seed).integers(0, len(values), (_RESAMPLES, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), (0.025, 0.975))
    return Estimate(float(values.mean()), float(low), float(high))


def _correlate(table: pd.DataFrame) -> Values:
    ranks = table.groupby("morning")[["score", "later"]].rank()
    centred = ranks - ranks.groupby(table["morning"]).transform("mean")
    both = _sum(centred["score"] * centred["later"], table)
    size = np.sqrt(_sum(centred["score"] ** 2, table) * _sum(centred["later"] ** 2, table))
    return np.divide(both, size, out=np.zeros_like(both), where=size > 0)


def _share(table: pd.DataFrame, top: int) -> Values:
    groups = table.groupby("morning")[["score", "later"]]
    best = groups.rank(method="first", ascending=False) <= top
    share: Values = _sum(best["score"] & best["later"], table) / _sum(best["later"], table)
    return share


def _sum(column: pd.Series[Any], table: pd.DataFrame) -> Values:
    return column.groupby(table["morning"], sort=True).sum().to_numpy(dtype=np.float64)
