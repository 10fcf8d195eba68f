"""Several sources at once: merged by id, weighed, and one that fails does not stop the rest."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import make
from newsletter import papers
from newsletter.errors import SourceUnavailable
from newsletter.papers import Loaded
from newsletter.papers.merging import combine
from newsletter.ranking import rank
from newsletter.settings import Papers, Ranking
from newsletter.sources import Source

DAY = date(2026, 8, 14)
NOW = datetime(2026, 8, 14, 8, tzinfo=UTC)


def put(path: Path, *records: dict[str, Any]) -> None:
    path.write_text(json.dumps(records))


def load(home: Path, *sources: Source | str, zone: str = "UTC") -> Loaded:
    return papers.load(
        tuple(Source(at=each) if isinstance(each, str) else each for each in sources),
        day=DAY,
        now=NOW,
        settings=Papers(),
        home=home,
        fallback=home,
        zone=zone,
    )


def test_what_a_source_named_first_says_goes_before_the_others(tmp_path: Path) -> None:
    put(tmp_path / "a.json", {"id": "2608.00001", "title": "Ours"})
    put(tmp_path / "b.json", {"id": "2608.00001v2", "title": "Theirs", "abstract": "Text."})
    (paper,) = load(tmp_path, "a.json", "b.json").papers
    assert (paper.title, paper.abstract) == ("Ours", "Text.")
    (paper,) = load(tmp_path, "b.json", "a.json").papers
    assert paper.title == "Theirs"


def test_what_one_source_says_was_withdrawn_no_other_brings_back(tmp_path: Path) -> None:
    put(tmp_path / "a.json", {"id": "2608.00001", "title": "A"}, {"id": "2608.00002", "title": "B"})
    gone = {"id": "2608.00001v2", "title": "A", "withdrawn": "2026-08-13"}
    put(tmp_path / "b.json", gone, {"title": "C"})
    for order in (("a.json", "b.json"), ("b.json", "a.json")):
        loaded = load(tmp_path, *order)
        assert sorted(paper.title for paper in loaded.papers) == ["B", "C"]
        assert [each.reason for each in loaded.bad] == ["the paper was withdrawn on 2026-08-13"]


def test_votes_their_reading_and_their_listing_day_are_of_one_source() -> None:
    feed = make.paper(upvotes=None, listed_on=None, listed_at=NOW)
    votes = make.paper(upvotes=9, listed_on=DAY, observed_at=NOW.replace(hour=5))
    (paper,) = combine([[feed], [votes]])
    assert (paper.upvotes, paper.observed_at) == (9, votes.observed_at)
    assert (paper.listed_on, paper.listed_at) == (DAY, votes.listed_at)


def test_no_votes_in_any_source_stay_unknown() -> None:
    (paper,) = combine([[make.paper(upvotes=None)], [make.paper(upvotes=None)]])
    assert paper.upvotes is None


def test_a_vote_of_zero_is_a_vote() -> None:
    (paper,) = combine([[make.paper(upvotes=0)], [make.paper(upvotes=9)]])
    assert paper.upvotes == 0


@given(st.lists(st.lists(st.integers(0, 5), unique=True), max_size=4))
def test_each_paper_comes_once_and_none_is_lost(by_source: list[list[int]]) -> None:
    listed = [[make.paper(str(number)) for number in numbers] for numbers in by_source]
    combined = combine(listed)
    assert sorted(paper.key for paper in combined) == sorted(
        {str(number) for numbers in by_source for number in numbers}
    )


def test_a_paper_of_two_sources_has_the_weights_of_both_with_a_reason(tmp_path: Path) -> None:
    put(tmp_path / "a.json", {"id": "2608.00001", "title": "A"}, {"id": "2608.00002", "title": "B"})
    put(tmp_path / "b.json", {"id": "2608.00001", "title": "A"}, {"id": "2608.00003", "title": "C"})
    put(tmp_path / "c.json", {"id": "2608.00001", "title": "A"})
    weighed = (Source(at="a.json", weight=0.5), Source(at="b.json", weight=-1.0), "c.json")
    ranked = {
        each.paper.title: each for each in rank(load(tmp_path, *weighed).papers, NOW, Ranking())
    }
    part = {title: each.parts[-1] for title, each in ranked.items()}
    assert {title: one.value for title, one in part.items()} == {"A": -0.5, "B": 0.5, "C": -1.0}
    assert part["A"].signal == "source"
    assert part["A"].reason == "from a.json and b.json"
    assert list(ranked) == ["B", "A", "C"]
    assert all(
        each.score == pytest.approx(sum(p.value for p in each.parts)) for each in ranked.values()
    )


def test_without_weights_no_score_speaks_of_sources() -> None:
    (ranked,) = rank([make.paper(sources=(("huggingface", 0.0),))], NOW, Ranking())
    assert [part.signal for part in ranked.parts] == ["upvotes", "recency"]


def test_a_source_has_columns_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Headline\nA\n")
    (tmp_path / "b.csv").write_text("Überschrift\nB\n")
    loaded = load(
        tmp_path,
        Source(at="a.csv", columns={"title": "Headline"}),
        Source(at="b.csv", columns={"title": "Überschrift"}),
    )
    assert [paper.title for paper in loaded.papers] == ["A", "B"]


def test_the_loss_of_one_source_is_a_warning_where_another_has_news(tmp_path: Path) -> None:
    put(tmp_path / "a.json", {"title": "A", "listed_on": "2026-08-14"})
    loaded = load(tmp_path, "none.json", "a.json")
    assert [paper.title for paper in loaded.papers] == ["A"]
    assert "There are no papers at" in loaded.warnings[0]
    assert loaded.lost is None


@pytest.mark.parametrize("listed_on", [None, "2026-08-13"])
def test_the_loss_of_one_source_fails_the_day_where_the_others_have_no_news(
    tmp_path: Path, listed_on: str | None
) -> None:
    records = [{"title": "A", "listed_on": listed_on}] if listed_on else []
    put(tmp_path / "a.json", *records)
    with pytest.raises(SourceUnavailable, match=r"There are no papers at .*none\.json"):
        load(tmp_path, "a.json", "none.json")


def test_an_undated_file_of_long_ago_does_not_hide_the_loss_of_a_source(tmp_path: Path) -> None:
    put(tmp_path / "own.json", {"title": "A"})
    os.utime(tmp_path / "own.json", (NOW.timestamp(), NOW.timestamp()))
    assert len(load(tmp_path, "own.json", "none.json").papers) == 1
    os.utime(tmp_path / "own.json", (0, 0))
    assert len(load(tmp_path, "own.json").papers) == 1
    with pytest.raises(SourceUnavailable):
        load(tmp_path, "own.json", "none.json")


def test_what_knows_no_day_is_of_the_newsletter_s_own(tmp_path: Path) -> None:
    """Eight in the morning in Tokyo is still the day before by UTC."""
    morning = datetime(2026, 8, 14, 8, tzinfo=ZoneInfo("Asia/Tokyo")).timestamp()
    put(tmp_path / "own.json", {"title": "A"})
    os.utime(tmp_path / "own.json", (morning, morning))
    assert len(load(tmp_path, "own.json", "none.json", zone="Asia/Tokyo").papers) == 1
    with pytest.raises(SourceUnavailable):
        load(tmp_path, "own.json", "none.json")


def test_first_sightings_are_the_earliest_of_all_sources(tmp_path: Path) -> None:
    record = {"id": "2608.00001", "title": "A"}
    put(tmp_path / "a.json", record | {"observed_at": "2026-08-14T07:00:00Z"})
    put(tmp_path / "b.json", record | {"observed_at": "2026-08-14T05:00:00Z"})
    assert load(tmp_path, "a.json", "b.json").first_seen == {"2608.00001": NOW.replace(hour=5)}


def test_joining_a_paper_with_itself_changes_nothing_but_its_sources() -> None:
    paper = make.paper(abstract="Text.", sources=(("a", 0.0),))
    (joined,) = combine([[paper], [paper]])
    assert replace(joined, sources=paper.sources) == paper
