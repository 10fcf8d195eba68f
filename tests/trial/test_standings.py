"""The ranking explained: parts that add up, and how near the next papers came."""

from __future__ import annotations

from dataclasses import replace
from math import isclose, log1p
from pathlib import Path

import pytest

import make
from newsletter.drafting import Draft, draw
from newsletter.model import Paper, Steering
from newsletter.papers import Loaded
from newsletter.settings import Papers, Ranking, Settings
from newsletter.trial.standings import draw_chart, just_missed, stand


def load(papers: list[Paper]) -> Loaded:
    return Loaded(papers=tuple(papers), bad=(), lists=(), first_seen={}, warnings=())


def drawn(
    papers: list[Paper], maximum: int = 3, pin: tuple[str, ...] = (), **ranking: float
) -> Draft:
    settings = Settings(
        papers=Papers(maximum=maximum, minimum_upvotes=2),
        ranking=Ranking(**ranking),  # type: ignore[arg-type]
    )
    settings = replace(settings, home=Path("nowhere"))
    steering = Steering(pin=pin)
    return draw(settings, None, load(papers), day=make.DAY, now=make.MORNING, steering=steering)


def pool(*votes: int | None) -> list[Paper]:
    return [make.paper(f"2608.{at:05}", upvotes=each) for at, each in enumerate(votes)]


def test_chosen_first_then_by_score_then_what_was_never_scored() -> None:
    found = stand(drawn(pool(40, 1, 30, 20, 10, 5)))

    assert [each.place for each in found] == [1, 2, 3, 4, 5, 0]
    assert [each.is_chosen for each in found] == [True] * 3 + [False] * 3
    assert found[3].reason == "the edition was full with 3 papers"
    assert found[5].reason.startswith("fewer upvotes")
    for each in found[:5]:
        assert each.score is not None
        assert isclose(sum(part.value for part in each.parts), each.score)


@pytest.mark.parametrize("votes", [19, 18, 12])
def test_so_many_more_votes_would_have_brought_it_in(votes: int) -> None:
    papers = pool(40, 30, 20, votes)
    (missed,) = just_missed(stand(drawn(papers)))
    again = [*papers[:3], replace(papers[3], upvotes=votes + missed.lacks)]
    short = [*papers[:3], replace(papers[3], upvotes=votes + missed.lacks - 1)]

    last = stand(drawn(papers))[2].score
    scores = {each.paper.key: each.score for each in stand(drawn(again))}
    lower = {each.paper.key: each.score for each in stand(drawn(short))}

    assert last is not None
    assert (scores[missed.paper.key] or 0) > last
    assert (lower[missed.paper.key] or 0) <= last + 1e-9


def test_an_editors_pick_is_not_the_mark_to_pass() -> None:
    papers = pool(40, 30, 20, 18, 3)

    missed, *_ = just_missed(stand(drawn(papers, pin=(papers[4].key,))))

    assert (missed.paper.key, missed.lacks) == (papers[2].key, 11)


def test_what_is_far_off_or_has_no_votes_did_not_just_miss() -> None:
    found = stand(drawn(pool(400, 300, 200, 5, None)))

    assert just_missed(found) == []


def test_a_quiet_days_candidates_say_why() -> None:
    settings = replace(Settings(papers=Papers(minimum=5)), home=Path("nowhere"))
    quiet = draw(settings, None, load(pool(9)), day=make.DAY, now=make.MORNING, steering=Steering())

    assert [(each.is_chosen, each.reason) for each in stand(quiet)] == [
        (False, "only 1 paper is left to tell of, and papers.minimum is 5")
    ]


def test_bars_stand_on_one_scale_and_end_at_the_score() -> None:
    found = stand(drawn(pool(40, 30, 20, 10, 1), exponent=0.5))

    chart = draw_chart(found)

    for each, bars, end in zip(found, chart.rows, chart.ends, strict=True):
        if each.score is None:
            assert (bars, end) == ((), None)
            continue
        assert all(bar.start >= 0 and bar.start + bar.width <= 100 + 1e-9 for bar in bars)
        added = sum(bar.width for bar in bars if bar.part.value > 0)
        taken = sum(bar.width for bar in bars if bar.part.value < 0)
        assert end is not None
        assert isclose(chart.zero + added - taken, end)
    first = chart.rows[0][0]
    assert isclose(first.width / (100 - chart.zero), 1)
    assert isclose(first.part.value, log1p(40))


def test_a_day_without_papers_has_an_empty_chart() -> None:
    assert draw_chart(stand(drawn([]))).rows == ()
