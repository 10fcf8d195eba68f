"""The real votes of 2025: the table of the handbook, and the default against it."""

from __future__ import annotations

import pandas as pd
import pytest

import recorded
from newsletter.backtest.comparison import Comparison, Figures, compare, tune
from newsletter.backtest.formulas import FORMER, known_formulas, ours
from newsletter.backtest.mornings import find_mornings
from newsletter.backtest.series import read_files
from newsletter.settings import Ranking, Schedule

SERIES = recorded.FOLDER / "upvote_series.csv.gz"
OURS = "ours"

pytestmark = recorded.needs_recorded


@pytest.fixture(scope="module")
def pools() -> pd.DataFrame:
    series = read_files([SERIES])
    return find_mornings(series, schedule=Schedule(), zone="UTC", window_days=3)


@pytest.fixture(scope="module")
def compared(pools: pd.DataFrame) -> Comparison:
    formulas = {**known_formulas(0), OURS: ours(Ranking().exponent)}
    return compare(pools, formulas, against=FORMER, top=10)


def figures(compared: Comparison, name: str) -> Figures:
    return next(each for each in compared.figures if each.name == name)


def test_the_mornings_are_those_of_2025(compared: Comparison) -> None:
    assert (compared.mornings, compared.first.year, compared.last.year) == (250, 2025, 2025)


@pytest.mark.parametrize(
    ("name", "spearman"),
    [
        ("Reddit hot", 0.403),
        ("Hacker News, gravity 1.8", 0.704),
        ("half-life 24 h", 0.816),
        ("half-life 96 h", 0.886),
        ("plain votes", 0.873),
        ("votes / (age+2)^0.3", 0.890),
        (FORMER, 0.890),
    ],
)
def test_correlations_are_those_measured_before(
    compared: Comparison, name: str, spearman: float
) -> None:
    assert figures(compared, name).spearman.mean == pytest.approx(spearman, abs=0.01)


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("half-life 96 h", 0.777),
        ("plain votes", 0.762),
        ("votes / (age+2)^0.3", 0.779),
        (FORMER, 0.786),
    ],
)
def test_shares_of_the_good_formulas_are_those_measured_before(
    compared: Comparison, name: str, share: float
) -> None:
    """Those of the bad ones depend on how large the pools are, and 2025's are smaller."""
    assert figures(compared, name).share.mean == pytest.approx(share, abs=0.01)


def test_the_default_was_chosen_on_the_first_half_and_wins_on_the_second(
    pools: pd.DataFrame,
) -> None:
    formulas = {FORMER: known_formulas(0)[FORMER], OURS: ours(Ranking().exponent)}

    tuned = tune(pools, formulas, against=FORMER, top=10)

    assert tuned.suggested == Ranking().exponent
    assert tuned.earlier.last < tuned.later.first
    won = figures(tuned.later, OURS)
    assert won.spearman_ahead is not None
    assert won.share_ahead is not None
    assert won.spearman_ahead.low > 0
    assert won.share_ahead.low > 0
