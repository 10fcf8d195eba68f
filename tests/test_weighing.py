"""What an operator weighs besides votes and age."""

from __future__ import annotations

from math import fsum, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

import make
from newsletter.model import Part
from newsletter.ranking import rank
from newsletter.settings import Ranking
from newsletter.weighing import weigh


def test_nothing_is_weighed_by_default() -> None:
    paper = make.paper(comments=5, stars=9, organization="Lab", authors=("Ada",), keywords=("x",))

    assert weigh(paper, Ranking()) == ()


def test_every_match_is_a_part_with_its_reason() -> None:
    paper = make.paper(
        title="A Diffusion Model for C++",
        comments=3,
        stars=1204,
        authors=("Ada Lovelace", "Alan Turing"),
        organization="Analytical Society",
        keywords=("code generation",),
    )
    settings = Ranking(
        comments=0.5,
        stars=0.25,
        keywords={"diffusion model": 0.7, "c++": 1, "Code  Generation": -2, "model fo": 9},
        authors={"ada lovelace": 0.3},
        organizations={"ANALYTICAL SOCIETY": -0.4},
    )

    assert weigh(paper, settings) == (
        Part("comments", pytest.approx(0.5 * log(4)), "3 comments"),  # type: ignore[arg-type]
        Part("stars", pytest.approx(0.25 * log(1205)), "★ 1,204"),  # type: ignore[arg-type]
        Part("keyword diffusion model", 0.7, "keyword diffusion model"),
        Part("keyword c++", 1, "keyword c++"),
        Part("keyword Code  Generation", -2, "keyword Code  Generation"),
        Part("author ada lovelace", 0.3, "ada lovelace"),
        Part("organisation ANALYTICAL SOCIETY", -0.4, "ANALYTICAL SOCIETY"),
    )


@pytest.mark.parametrize("title", ["Retransformers", "transformerless", "trans former"])
def test_a_keyword_is_a_whole_word(title: str) -> None:
    assert weigh(make.paper(title=title), Ranking(keywords={"transformer": 1})) == ()


def test_a_phrase_is_found_within_one_text_only() -> None:
    paper = make.paper(title="On Deep Learning", keywords=("graph theory", "deep nets"))

    assert weigh(paper, Ranking(keywords={"learning graph": 1, "theory deep": 1})) == ()


def test_a_weight_moves_a_paper_and_says_so() -> None:
    pool = [make.paper("plain", upvotes=20), make.paper("survey", title="A Survey", upvotes=30)]

    muted = rank(pool, make.MORNING, Ranking(keywords={"survey": -20}))

    assert [one.paper.key for one in muted] == ["plain", "survey"]
    assert muted[1].why == "30 upvotes in 8 h, keyword survey"


@given(st.dictionaries(st.sampled_from(["deep", "paper", "nets"]), st.floats(-20, 20)))
def test_parts_still_sum_to_the_score(keywords: dict[str, float]) -> None:
    paper = make.paper(title="Deep Nets", comments=2)

    (ranked,) = rank([paper], make.MORNING, Ranking(comments=0.4, keywords=keywords))

    assert fsum(part.value for part in ranked.parts) == pytest.approx(ranked.score)
