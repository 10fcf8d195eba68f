"""Which papers an edition may hold, and which day is quiet."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

import make
from newsletter.edition import bar, choose, choose_days, has_news
from newsletter.model import Edition, Steering
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

    yesterday = make.DAY - timedelta(days=1)

    assert bar(pool, make.DAY, {"old": yesterday}, Papers()) == {"old": f"featured on {yesterday}"}


def test_a_late_arrival_of_the_day_before_gets_its_chance() -> None:
    late = make.paper("late", listed_on=make.DAY - timedelta(days=1))

    assert bar([make.paper("new"), late], make.DAY, {}, Papers()) == {}


def test_a_paper_outside_the_window_says_so() -> None:
    days = [make.DAY - timedelta(days=back) for back in range(4)]
    pool = [make.paper(f"{day}", listed_on=day) for day in days]

    assert bar(pool, make.DAY, {}, Papers(window_days=3)) == {
        "2026-08-11": "listed on 2026-08-11, outside the newest 3 listing days"
    }


def test_too_few_upvotes_leave_a_paper_out_and_unknown_votes_do_not() -> None:
    pool = [make.paper("few", upvotes=2), make.paper("unknown", upvotes=None)]

    barred = bar(pool, make.DAY, {}, Papers(minimum_upvotes=3))

    assert barred == {"few": "fewer upvotes than papers.minimum_upvotes: 2"}


def test_a_day_on_which_nothing_was_listed_is_quiet_whatever_came_late() -> None:
    friday = make.paper(listed_on=make.DAY)
    saturday = make.DAY + timedelta(days=1)

    assert not has_news([friday], saturday)


def test_a_list_that_names_no_days_counts_as_the_days_own() -> None:
    undated = make.paper(listed_on=None)

    assert has_news([undated], MONDAY)
    assert bar([undated], MONDAY, {}, Papers()) == {}


def test_an_edition_holds_the_best_up_to_the_maximum() -> None:
    best = [make.ranked(str(number)) for number in range(5)]

    edition = choose(best, make.DAY, Papers(maximum=3))

    assert edition.papers == tuple(best[:3])
    assert [(each.ranked, each.reason) for each in edition.passed_over] == [
        (one, "the edition was full with 3 papers") for one in best[3:]
    ]


def test_an_organisation_has_at_most_so_many_papers_whatever_its_case() -> None:
    lab = [make.ranked(f"lab {number}", organization=name) for number, name in enumerate("Aaa")]
    others = [make.ranked("other", organization="B"), make.ranked("none"), make.ranked("none too")]

    edition = choose([*lab, *others], make.DAY, Papers(), per_organization=2)

    assert keys(edition) == ["lab 0", "lab 1", "other", "none", "none too"]
    assert [each.reason for each in edition.passed_over] == ["2 of a stand above it"]


def test_an_editors_picks_come_first_in_their_order_and_say_so() -> None:
    ranked = [make.ranked(key) for key in "abcde"]

    edition = choose(
        ranked,
        make.DAY,
        Papers(maximum=3),
        steering=Steering(lead="d", pin=("c", "d"), skip=("a",)),
    )

    assert keys(edition) == ["d", "c", "b"]
    assert edition.papers[0].why == "10 upvotes, picked by the editor"
    assert {each.paper.key: each.reason for each in edition.passed_over} == {
        "a": "left out by the editor",
        "e": "the edition was full with 3 papers",
    }


def test_picks_count_for_their_organisation_and_are_never_left_out() -> None:
    ranked = [make.ranked(key, organization="Lab") for key in "abc"]

    edition = choose(
        ranked, make.DAY, Papers(), per_organization=1, steering=Steering(pin=("c", "b"))
    )

    assert keys(edition) == ["c", "b"]


def test_a_pick_need_not_be_in_the_window_nor_voted_for_but_never_comes_twice() -> None:
    old = make.paper("old", listed_on=make.DAY - timedelta(days=7), upvotes=0)
    pool = [old, *(make.paper(f"{day}", listed_on=make.DAY - timedelta(day)) for day in range(3))]
    settings = Papers(minimum_upvotes=5)

    assert "old" in bar(pool, make.DAY, {}, settings)
    assert bar(pool, make.DAY, {}, settings, picked=["old"]) == {}
    assert "old" in bar(pool, make.DAY, {"old": MONDAY}, settings, picked=["old"])


@given(
    st.lists(st.sampled_from(["", "A", "B"]), max_size=20),
    st.integers(1, 10),
    st.integers(0, 3),
    st.sets(st.integers(0, 19), max_size=5),
)
def test_every_candidate_is_either_chosen_or_passed_over_with_a_reason(
    organizations: list[str], maximum: int, at_most: int, skipped: set[int]
) -> None:
    ranked = [make.ranked(f"{n}", organization=name) for n, name in enumerate(organizations)]

    edition = choose(
        ranked,
        make.DAY,
        Papers(maximum=maximum),
        per_organization=at_most,
        steering=Steering(skip=tuple(map(str, skipped))),
    )

    assert sorted([*keys(edition), *(each.paper.key for each in edition.passed_over)]) == sorted(
        one.paper.key for one in ranked
    )
    assert len(edition.papers) <= maximum
    assert all(each.reason for each in edition.passed_over)


def keys(edition: Edition) -> list[str]:
    return [one.paper.key for one in edition.papers]
