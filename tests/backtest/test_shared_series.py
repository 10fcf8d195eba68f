"""The real votes of 2025: the table of the handbook, and the default against it."""

from __future__ import annotations

import pandas as pd
import pytest

import recorded
from newsletter.backtest.comparison import Comparison, Figures, Tuning, compare, halve, tune
from newsletter.backtest.formulas import (
    CANDIDATE,
    DEFAULT,
    known_formulas,
    ours,
    quotient,
    young,
)
from newsletter.backtest.measures import measure
from newsletter.backtest.mornings import find_mornings, leave_out_small
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


#: What was measured before, on 251 mornings of which only part is in this series.
TABLE = {
    "Reddit hot": (0.403, 0.313),
    "Hacker News, gravity 1.8": (0.704, 0.437),
    "half-life 24 h": (0.816, 0.638),
    "half-life 96 h": (0.886, 0.777),
    "plain votes": (0.873, 0.762),
    "votes / (age+2)^0.3": (0.890, 0.779),
    DEFAULT: (0.890, 0.786),
}


@pytest.fixture(scope="module")
def of_large_pools(pools: pd.DataFrame) -> Comparison:
    return compare(leave_out_small(pools, 40), known_formulas(0), against=DEFAULT, top=10)


@pytest.mark.parametrize("name", TABLE)
def test_with_40_papers_to_choose_from_every_figure_is_that_measured_before(
    of_large_pools: Comparison, name: str
) -> None:
    measured = figures(of_large_pools, name)

    assert (measured.spearman.mean, measured.share.mean) == pytest.approx(TABLE[name], abs=0.01)


def test_with_40_papers_to_choose_from_blind_draws_find_what_was_measured_before(
    pools: pd.DataFrame,
) -> None:
    """What ten papers drawn from each pool find on average; one draw strays from it by chance."""
    sizes = leave_out_small(pools, 40).groupby("morning").size()

    assert (10 / sizes).mean() == pytest.approx(0.158, abs=0.01)


@pytest.mark.parametrize("name", TABLE)
def test_of_all_mornings_the_correlations_are_those_measured_before(
    compared: Comparison, name: str
) -> None:
    assert figures(compared, name).spearman.mean == pytest.approx(TABLE[name][0], abs=0.01)


def test_the_programs_own_formula_is_the_one_that_was_measured(compared: Comparison) -> None:
    """But for the age of late arrivals, which the program knows better."""
    own, measured = figures(compared, OURS), figures(compared, DEFAULT)
    assert own.spearman.mean == pytest.approx(measured.spearman.mean, abs=0.003)
    assert own.share.mean == pytest.approx(measured.share.mean, abs=0.005)


#: How far ahead in Spearman, with its interval: as docs/ranking.md prints it.
AHEAD = {
    ("earlier", OURS): (-0.002, -0.004, -0.000),
    ("later", OURS): (0.001, -0.000, 0.001),
    ("earlier", CANDIDATE): (0.010, 0.007, 0.012),
    ("later", CANDIDATE): (0.003, 0.002, 0.005),
}


@pytest.fixture(scope="module")
def halves(pools: pd.DataFrame) -> Tuning:
    formulas = {**known_formulas(0), OURS: ours(Ranking().exponent)}
    return tune(pools, formulas, against=DEFAULT, top=10)


#: The table of docs/ranking.md.
PRINTED = {
    "random": (0.000, 0.166),
    "Reddit hot": (0.410, 0.336),
    "Hacker News, gravity 1.8": (0.728, 0.463),
    "half-life 24 h": (0.843, 0.663),
    "half-life 96 h": (0.906, 0.814),
    "plain votes": (0.891, 0.794),
    "votes / (age+2)^0.3": (0.909, 0.819),
    DEFAULT: (0.910, 0.824),
    OURS: (0.911, 0.826),
    CANDIDATE: (0.914, 0.827),
}


@pytest.mark.parametrize("name", PRINTED)
def test_the_printed_table_is_of_the_later_half(halves: Tuning, name: str) -> None:
    found = figures(halves.later, name)

    assert (found.spearman.mean, found.share.mean) == pytest.approx(PRINTED[name], abs=0.0005)


@pytest.mark.parametrize(("half", "name"), AHEAD)
def test_each_half_of_the_year_tells_what_is_printed(halves: Tuning, half: str, name: str) -> None:
    assert halves.earlier.last < halves.later.first

    ahead = figures(getattr(halves, half), name).spearman_ahead

    assert ahead is not None
    assert ahead == pytest.approx(AHEAD[half, name], abs=0.0005)


def test_what_is_best_on_the_first_half_is_not_ahead_on_the_second(pools: pd.DataFrame) -> None:
    """Of the candidate's family and that of the default, 115 settings: hindsight made the lead."""
    earlier, later = halve(pools)
    votes = (1, 2, 4, 6, 8)
    tried = {
        f"young {a} {b} {c}": young(a, b, c)
        for a in votes
        for b in (12, 24, 48, 96)
        for c in (0.25, 0.5, 0.75, 1)
    } | {
        f"quotient {a} {g}": quotient(a, g)
        for a in votes
        for g in (0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)
    }
    first = {
        name: measure(earlier, each(earlier), top=10).spearman.mean()
        for name, each in tried.items()
    }
    best = max(first, key=first.__getitem__)

    found = compare(later, {best: tried[best], DEFAULT: quotient(1, 0.3)}, against=DEFAULT, top=10)

    assert (len(tried), best) == (115, "young 8 12 0.75")
    ahead = figures(found, best).spearman_ahead
    assert ahead is not None
    assert ahead == pytest.approx((-0.000, -0.004, 0.003), abs=0.0005)
