"""Which papers an edition may hold, and which day is quiet."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

import make
from newsletter.edition import choose, choose_candidates, choose_days, has_news
from newsletter.settings import Papers

MONDAY = date(2026, 8, 17)
days = st.dates(min_value=date(2026, 7, 1), max_value=date(2026, 9, 30))


def test_the_window_counts_listing_days_and_so_steps_over_a_weekend() -> None:
    listed = [MONDAY, date(2026, 8, 14), date(2026, 8, 13), date(2026, 8, 12)]

    assert choose_days(listed, MONDAY, 3) == {MONDAY, date(2026, 8, 14), date(2026, 8, 13)}


@given(st.lists(st.one_of(st.none(), days)), days, st.integers(1, 7))
def test_the_window_never_looks_ahead_nor_back_beyond_a_week(
    listed: list[date | None], day: date, window: int
) -> None:
    chosen = choose_days(listed, day, window)

    assert len(chosen) <= window
    assert all(day - timedelta(days=7) <= on <= day for on in chosen)


def test_a_paper_featured_before_is_never_a_candidate() -> None:
    pool = [make.paper("new"), make.paper("old")]

    candidates = choose_candidates(pool, make.DAY, {"old"}, Papers())

    assert [paper.key for paper in candidates] == ["new"]


def test_a_late_arrival_of_the_day_before_gets_its_chance() -> None:
    late = make.paper("late", listed_on=make.DAY - timedelta(days=1))

    candidates = choose_candidates([make.paper("new"), late], make.DAY, (), Papers())

    assert late in candidates


def test_too_few_upvotes_leave_a_paper_out_and_unknown_votes_do_not() -> None:
    pool = [make.paper("few", upvotes=2), make.paper("unknown", upvotes=None)]

    candidates = choose_candidates(pool, make.DAY, (), Papers(minimum_upvotes=3))

    assert [paper.key for paper in candidates] == ["unknown"]


def test_a_day_on_which_nothing_was_listed_is_quiet_whatever_came_late() -> None:
    friday = make.paper(listed_on=make.DAY)
    saturday = make.DAY + timedelta(days=1)

    assert not has_news([friday], saturday)
    assert choose_candidates([friday], saturday, (), Papers()) == []


def test_a_list_that_names_no_days_counts_as_the_days_own() -> None:
    assert choose_candidates([make.paper(listed_on=None)], MONDAY, (), Papers())


def test_an_edition_holds_the_best_up_to_the_maximum() -> None:
    best = [make.ranked(str(number)) for number in range(5)]

    edition = choose(best, make.DAY, Papers(maximum=3))

    assert edition is not None
    assert edition.papers == tuple(best[:3])


def test_with_fewer_than_the_minimum_there_is_no_edition() -> None:
    assert choose([make.ranked()], make.DAY, Papers(minimum=2)) is None
    assert choose([], make.DAY, Papers()) is None
