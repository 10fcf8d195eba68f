"""The figures of a formula."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.backtest.measures import estimate, measure

DAY, NEXT = pd.Timestamp("2025-06-02"), pd.Timestamp("2025-06-03")
counts = st.lists(st.integers(0, 50), min_size=2, max_size=40)


def pools(*later: list[int]) -> pd.DataFrame:
    rows = [(day, each) for day, votes in zip((DAY, NEXT), later, strict=False) for each in votes]
    return pd.DataFrame(rows, columns=["morning", "later"])


def test_the_right_order_finds_all_and_the_reverse_nothing() -> None:
    table = pools([40, 30, 20, 10], [1, 2, 3, 4])
    scores = np.array([4.0, 3, 2, 1, 4, 3, 2, 1])

    found = measure(table, scores, top=2)

    assert found.spearman.tolist() == pytest.approx([1, -1])
    assert found.share.tolist() == [1, 0]


def test_ties_share_their_ranks() -> None:
    """The figure is that of scipy.stats.spearmanr([1, 1, 2, 3], [10, 20, 20, 40])."""
    found = measure(pools([10, 20, 20, 40]), np.array([1.0, 1, 2, 3]), top=1)

    assert found.spearman[0] == pytest.approx(0.8333333)


def test_scores_that_are_all_equal_tell_nothing() -> None:
    assert measure(pools([3, 2, 1]), np.zeros(3), top=1).spearman.tolist() == [0]


def test_a_pool_smaller_than_the_top_is_found_whole() -> None:
    assert measure(pools([3, 2]), np.array([1.0, 2]), top=10).share.tolist() == [1]


@given(counts)
def test_figures_depend_on_the_order_of_scores_alone(votes: list[int]) -> None:
    scores = np.array(votes[::-1], dtype=float)

    plain = measure(pools(votes), scores, top=3)
    stretched = measure(pools(votes), np.exp(scores / 10), top=3)

    assert plain.spearman == pytest.approx(stretched.spearman)
    assert plain.share == pytest.approx(stretched.share)
    assert -1 - 1e-9 <= plain.spearman[0] <= 1 + 1e-9


def test_an_interval_holds_the_mean_and_is_the_same_every_time() -> None:
    values = np.random.default_rng(1).normal(0.8, 0.1, 400)

    found = estimate(values, seed=3)

    assert found == estimate(values, seed=3)
    assert found.low < values.mean() < found.high
    # 1.96 standard errors to either side.
    assert found.high - found.low == pytest.approx(2 * 1.96 * 0.1 / 20, rel=0.2)
