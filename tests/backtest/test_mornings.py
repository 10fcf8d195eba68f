"""Pools as they were known then."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pandas as pd
import pytest

from newsletter.backtest.mornings import find_mornings
from newsletter.backtest.series import from_rows
from newsletter.settings import Schedule

MONDAY = date(2025, 6, 2)
LATER = timedelta(days=8)


def at(hour: int, day: date = MONDAY) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(hours=hour)


def find(*rows: tuple[str, date, datetime, int], window: int = 3) -> pd.DataFrame:
    return find_mornings(from_rows(rows), schedule=Schedule(), zone="UTC", window_days=window)


def settled(key: str, votes: int, day: date = MONDAY) -> tuple[str, date, datetime, int]:
    return key, day, at(0, day) + LATER, votes


def test_a_pool_knows_what_was_read_by_then_and_no_more() -> None:
    pools = find(
        ("a", MONDAY, at(8), 5),
        ("a", MONDAY, at(15), 50),
        ("late", MONDAY, at(15), 1),
        settled("a", 80),
        settled("late", 9),
    )

    assert pools[["key", "votes", "later"]].to_numpy().tolist() == [["a", 5, 80]]


def test_a_pool_looks_back_over_the_newest_listing_days() -> None:
    days = [MONDAY + timedelta(days=back) for back in (0, -3, -4, -5)]
    rows = [(f"of {day}", day, at(8, day), 5) for day in days]

    pools = find(*rows, *(settled(f"of {day}", 7, day) for day in days))

    newest = pools[pools["morning"] == pd.Timestamp(MONDAY)]
    assert newest["key"].tolist() == sorted(f"of {day}" for day in days[:3])
    assert newest["age"].tolist() == [8 + 4 * 24, 8 + 3 * 24, 8]
    assert newest["age_read"].tolist() == [8, 8, 8]


def test_a_paper_that_the_first_list_lacked_is_younger_than_its_day() -> None:
    tuesday = MONDAY + timedelta(days=1)
    pools = find(
        ("a", MONDAY, at(8), 1),
        ("late", MONDAY, at(15), 1),
        ("b", tuesday, at(8, tuesday), 1),
        *(settled(key, 5) for key in ("a", "late")),
        settled("b", 5, tuesday),
    )

    late = pools[(pools["morning"] == pd.Timestamp(tuesday)) & (pools["key"] == "late")]
    assert late[["age_read", "age_known"]].to_numpy().tolist() == [[15, 7]]


@pytest.mark.parametrize(("hour", "mornings"), [(7, 1), (14, 1), (15, 0)])
def test_a_list_read_too_late_for_an_edition_makes_no_morning(hour: int, mornings: int) -> None:
    """Due at 08:00, made up for until 14:00."""
    assert len(find(("a", MONDAY, at(hour), 5), settled("a", 80))) == mornings


def test_votes_that_were_not_read_again_once_settled_are_left_out() -> None:
    pools = find(
        ("a", MONDAY, at(8), 5),
        settled("a", 80),
        ("b", MONDAY, at(8), 5),
        ("b", MONDAY, at(6 * 24), 70),
    )

    assert pools["key"].tolist() == ["a"]


def test_a_morning_whose_own_papers_have_not_settled_is_left_out() -> None:
    """Its pool would be the older papers alone."""
    tuesday = MONDAY + timedelta(days=1)
    pools = find(("a", MONDAY, at(8), 5), settled("a", 80), ("b", tuesday, at(8, tuesday), 1))

    assert set(pools["morning"]) == {pd.Timestamp(MONDAY)}


def test_no_sightings_make_no_morning() -> None:
    assert find().empty
    assert find(("a", MONDAY, at(8), 5)).empty
