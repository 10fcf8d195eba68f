"""The real votes of 2025: the table of the handbook, and the default against it."""

from __future__ import annotations

import pandas as pd
import pytest

import recorded
from newsletter.backtest.comparison import Comparison, Figures, compare, tune
from newsletter.backtest.formulas import CANDIDATE, DEFAULT, known_formulas, ours
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
    return compare(pools, formulas, against=DEFAULT, top=10)


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
        (DEFAULT, 0.890),
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
        (DEFAULT, 0.786),
    ],
)
def test_shares_of_the_good_formulas_are_those_measured_before(
    compared: Comparison, name: str, share: float
) -> None:
    """Those of the bad ones depend on how large the pools are, and 2025's are smaller."""
    assert figures(compared, name).share.mean == pytest.approx(share, abs=0.01)


def test_the_programs_own_formula_is_the_one_that_was_measured(compared: Comparison) -> None:
    """But for the age of late arrivals, which the program knows better."""
    own, measured = figures(compared, OURS), figures(compared, DEFAULT)
    assert own.spearman.mean == pytest.approx(measured.spearman.mean, abs=0.003)
    assert own.share.mean == pytest.approx(measured.share.mean, abs=0.005)


def test_the_candidate_is_ahead_on_the_later_half_by_less_than_a_hundredth(
    pools: pd.DataFrame,
) -> None:
    """It was found with that half in view, so this is no proof, and it is not the default."""
    formulas = {name: known_formulas(0)[name] for name in (DEFAULT, CANDIDATE)}

    tuned = tune(pools, formulas, against=DEFAULT, top=10)

    assert tuned.earlier.last < tuned.later.first
    ahead = figures(tuned.later, CANDIDATE).spearman_ahead
    assert ahead is not None
    assert 0 < ahead.low < ahead.high < 0.01
