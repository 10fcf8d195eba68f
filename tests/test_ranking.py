"""Scores: the formula, its parts, its order."""

from __future__ import annotations

import gc
import math
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import make
from newsletter.collector import at_rest
from newsletter.model import Paper, Ranked
from newsletter.ranking import count_votes, describe_age, rank
from newsletter.settings import Ranking

votes = st.one_of(st.none(), st.integers(0, 5_000))
hours = st.integers(-48, 24 * 400)


@st.composite
def pools(draw: st.DrawFn) -> list[Paper]:
    facts = draw(st.lists(st.tuples(votes, hours, st.booleans()), max_size=30))
    return [
        make.paper(
            f"2608.{number:05}",
            upvotes=upvotes,
            listed_at=make.MORNING - timedelta(hours=age) if dated else None,
        )
        for number, (upvotes, age, dated) in enumerate(facts)
    ]


def score_of(upvotes: int | None, age: float, exponent: float = 0.3) -> Ranked:
    paper = make.paper(upvotes=upvotes, listed_at=make.MORNING - timedelta(hours=age))
    return rank([paper], make.MORNING, Ranking(exponent=exponent))[0]


def test_the_score_is_the_logarithm_of_the_formula_in_the_docs() -> None:
    expected = math.log((87 + 1) / (9 + 2) ** 0.3)

    assert score_of(87, 9).score == pytest.approx(expected)


def test_a_score_reads_as_a_reason() -> None:
    assert score_of(87, 9).why == "87 upvotes in 9 h"


@given(pools())
def test_parts_sum_to_the_score_and_scores_fall(pool: list[Paper]) -> None:
    ranked = rank(pool, make.MORNING, Ranking())

    scores = [one.score for one in ranked]
    assert scores == sorted(scores, reverse=True)
    assert all(math.fsum(p.value for p in one.parts) == pytest.approx(one.score) for one in ranked)
    assert {one.paper.key for one in ranked} == {paper.key for paper in pool}


@given(pools(), st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_the_order_of_arrival(pool: list[Paper], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = random.sample(pool, len(pool))

    assert rank(pool, make.MORNING, Ranking()) == rank(shuffled, make.MORNING, Ranking())


def test_ties_go_to_the_younger_listing_and_then_by_key() -> None:
    older = make.paper("a", upvotes=5, listed_at=make.MORNING - timedelta(hours=20))
    younger = make.paper("c", upvotes=5, listed_at=make.MORNING - timedelta(hours=2))
    twin = make.paper("b", upvotes=5, listed_at=make.MORNING - timedelta(hours=2))

    ranked = rank([older, younger, twin], make.MORNING, Ranking(exponent=0))

    assert [one.paper.key for one in ranked] == ["b", "c", "a"]


def test_missing_votes_neither_crash_nor_win() -> None:
    pool = [
        make.paper("unknown", upvotes=None),
        make.paper("none", upvotes=0),
        make.paper("one", upvotes=1),
    ]

    ranked = rank(pool, make.MORNING, Ranking())

    assert ranked[0].paper.key == "one"
    assert {one.score for one in ranked[1:]} == {ranked[1].score}
    assert [one.why for one in ranked if one.paper.key == "unknown"] == ["8 h old"]


def test_a_paper_of_unknown_age_is_taken_for_as_old_as_the_oldest() -> None:
    undated = make.paper("undated", listed_at=None)
    old = make.paper("old", listed_at=make.MORNING - timedelta(hours=70))

    ranked = {one.paper.key: one.score for one in rank([undated, old], make.MORNING, Ranking())}

    assert ranked["undated"] == pytest.approx(ranked["old"])


def test_age_ends_when_the_votes_were_read() -> None:
    read = make.paper("a", observed_at=make.MORNING - timedelta(hours=6))

    assert rank([read], make.MORNING, Ranking())[0].why == "10 upvotes in 2 h"


def test_a_listing_in_the_future_has_no_age() -> None:
    assert score_of(3, -30).score == pytest.approx(math.log(4) - 0.3 * math.log(2))


def test_without_a_listing_the_publication_tells_the_age() -> None:
    paper = make.paper(listed_at=None, listed_on=None, published_on=date(2026, 8, 12))

    assert rank([paper], make.MORNING, Ranking())[0].why == "10 upvotes in 2 days"


def test_no_papers_rank_to_nothing() -> None:
    assert rank([], datetime(2026, 1, 1, tzinfo=UTC), Ranking()) == []


@pytest.mark.parametrize(
    ("hours", "words"),
    [(0.2, "in under 1 h"), (9.4, "in 9 h"), (47, "in 47 h"), (72, "in 3 days"), (math.nan, "")],
)
def test_ages_in_words(hours: float, words: str) -> None:
    assert describe_age(hours) == words


@pytest.mark.parametrize(
    ("upvotes", "words"),
    [(None, ""), (0, "0 upvotes"), (1, "1 upvote"), (1234, "1,234 upvotes")],
)
def test_votes_in_words(upvotes: int | None, words: str) -> None:
    assert count_votes(upvotes) == words


def test_the_collector_rests_only_while_papers_are_ranked() -> None:
    assert gc.isenabled()
    rank([make.paper()], make.MORNING, Ranking())
    assert gc.isenabled()
    with at_rest():
        rank([make.paper()], make.MORNING, Ranking())
        assert not gc.isenabled()
    assert gc.isenabled()
