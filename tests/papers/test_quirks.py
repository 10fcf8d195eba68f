"""The source's quirks, each on real answers of it."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import recorded
from newsletter import papers
from newsletter.papers import Loaded
from newsletter.papers.dating import date_listings
from newsletter.settings import Papers

LISTS = recorded.FOLDER / "daily_papers"
ARCHIVE = recorded.FOLDER / "daily_papers_archive.jsonl.gz"
SEED = recorded.FOLDER / "seed_listing.json"

pytestmark = recorded.needs_recorded


@cache
def load(source: Path, day: date | None, hour: int = 8) -> Loaded:
    now = datetime(day.year, day.month, day.day, hour, tzinfo=UTC) if day else datetime.now(UTC)
    return papers.load(
        str(source), day=day, now=now, settings=Papers(), home=Path(), fallback=Path()
    )


def titles(loaded: Loaded, listed_on: date) -> set[str]:
    return {paper.title for paper in loaded.papers if paper.listed_on == listed_on}


def raw(name: str) -> list[dict[str, Any]]:
    return list(json.loads((LISTS / name).read_bytes()))


@cache
def archive() -> dict[str, dict[str, Any]]:
    with gzip.open(ARCHIVE, "rt", encoding="utf-8") as lines:
        records = map(json.loads, lines)
        return {record["paper"]["id"]: record for record in records}


def test_1_votes_stand_inside_paper_and_comments_outside() -> None:
    day = date(2026, 8, 14)
    answer = raw("2026-08-14_seen_20260814T0847Z.json")
    loaded = {paper.id: paper for paper in load(LISTS, day).papers if paper.listed_on == day}
    assert len(loaded) == len(answer) == 23
    for item in answer:
        paper = loaded[item["paper"]["id"]]
        assert paper.upvotes == item["paper"]["upvotes"]
        assert paper.comments == item["numComments"]


def test_2_dates_are_those_inside_paper_as_those_outside_are_a_day_early() -> None:
    item = raw("2026-08-14_seen_20260814T0847Z.json")[0]
    assert item["publishedAt"][:10] == "2026-08-12"
    (paper,) = (p for p in load(LISTS, date(2026, 8, 14)).papers if p.id == item["paper"]["id"])
    assert paper.published_on == date(2026, 8, 13)
    assert paper.listed_on == date(2026, 8, 14)


def test_2_the_time_of_day_is_the_source_s_until_spring_2026_and_one_s_own_after() -> None:
    old = load(LISTS, date(2025, 6, 3)).papers[0]
    assert old.listed_at is not None
    assert old.listed_at.minute != 0
    day = date(2026, 8, 14)
    loaded = load(LISTS, day, hour=17)
    lists = {day: [seen.observed_at for seen in loaded.lists if seen.listed_on == day]}
    dated = date_listings(loaded.papers, loaded.first_seen, lists)
    moments = [paper.listed_at for paper in dated if paper.listed_on == day]
    assert moments.count(datetime(2026, 8, 14, tzinfo=UTC)) == 23
    assert moments.count(datetime(2026, 8, 14, 8, 47, tzinfo=UTC)) == len(moments) - 23 > 0


def test_3_a_list_of_fifty_is_read_whole() -> None:
    day = date(2026, 5, 12)
    loaded = load(LISTS, day, hour=12)
    assert [seen.count for seen in loaded.lists] == [50]
    assert len(loaded.papers) == 50


def test_4_late_arrivals_come_the_day_after() -> None:
    day = date(2026, 8, 13)
    morning, evening = (
        titles(load(LISTS, day, hour=10), day),
        titles(load(LISTS, day, hour=17), day),
    )
    next_morning = titles(load(LISTS, day + timedelta(days=1)), day)
    assert len(morning) == 20
    assert morning < evening == next_morning


def test_5_a_day_without_a_list_is_quiet_and_older_lists_are_still_there() -> None:
    saturday = date(2026, 8, 15)
    loaded = load(LISTS, saturday)
    assert titles(loaded, saturday) == set()
    assert {paper.listed_on for paper in loaded.papers} == {
        date(2026, 8, day) for day in (10, 11, 12, 13, 14)
    }


def test_6_an_answer_that_holds_a_paper_twice_gives_it_once() -> None:
    answer = raw("2025-06-03_seen_20250603T1513Z.json")
    assert [item["paper"]["id"] for item in answer].count("2506.01920") == 2
    ids = [paper.id for paper in load(LISTS, date(2025, 6, 3), hour=16).papers]
    # Two of the morning's papers were pushed out of the fifty of the afternoon.
    assert len(ids) == len(set(ids)) == 49 + 2


def test_6_a_paper_listed_on_two_days_is_of_the_first_with_the_votes_of_the_second() -> None:
    (paper,) = (p for p in load(ARCHIVE, date(2025, 11, 13)).papers if p.id == "2511.07332")
    assert paper.listed_on == date(2025, 11, 11)
    assert paper.listed_at == datetime(2025, 11, 11, 8, 44, 24, 847000, tzinfo=UTC)
    assert paper.upvotes == 31


def test_7_line_breaks_in_titles_and_abstracts_are_blanks() -> None:
    assert any("\n" in item["paper"]["title"] for item in archive().values())
    for paper in load(ARCHIVE, None).papers:
        assert "\n" not in paper.title + paper.abstract
        assert "  " not in paper.title + paper.abstract


def test_8_half_stripped_latex_is_cleaned() -> None:
    broken = [i for i, item in archive().items() if "\\url{" in item["paper"]["summary"]]
    assert broken
    by_id = {paper.id: paper for paper in load(ARCHIVE, None).papers}
    for paper_id in broken:
        assert "\\url{" not in by_id[paper_id].abstract


def test_9_what_looks_like_markup_is_kept_as_text() -> None:
    item = next(item for item in archive().values() if "<EOS>" in item["paper"]["summary"])
    by_id = {paper.id: paper for paper in load(ARCHIVE, None).papers}
    assert "<EOS>" in by_id[item["paper"]["id"]].abstract


def test_9_authors_may_be_thousands_and_some_hidden_and_summaries_missing() -> None:
    by_id = {paper.id: paper for paper in load(ARCHIVE, None).papers}
    assert max(paper.author_count for paper in by_id.values()) == 3303
    hidden = [paper for paper in by_id.values() if len(paper.authors) < paper.author_count]
    assert hidden
    for paper in hidden:
        names = archive()[paper.key]["paper"]["authors"]
        assert len(paper.authors) == sum(not author["hidden"] for author in names)
    assert any(not paper.summary for paper in by_id.values())


def test_10_votes_that_fell_are_taken_as_they_are_now(tmp_path: Path) -> None:
    answer = raw("2026-08-14_seen_20260814T0847Z.json")
    (tmp_path / "2026-08-14_seen_20260814T0847Z.json").write_text(json.dumps(answer))
    answer[0]["paper"]["upvotes"] -= 1
    (tmp_path / "2026-08-14_seen_20260814T1200Z.json").write_text(json.dumps(answer))
    paper = load(tmp_path, date(2026, 8, 14), hour=13).papers[0]
    assert paper.upvotes == answer[0]["paper"]["upvotes"]


def test_a_paper_withdrawn_in_the_afternoon_is_in_the_morning_s_list_only() -> None:
    loaded = load(LISTS, date(2026, 8, 14), hour=17)
    assert [bad.field for bad in loaded.bad] == ["withdrawnAt"]
    assert "2608.12313" not in {paper.id for paper in loaded.papers}


def test_the_archive_loads_without_a_bad_record() -> None:
    loaded = load(ARCHIVE, None)
    assert (loaded.bad, loaded.warnings) == ((), ())
    assert [seen.count for seen in loaded.lists] == [11852]
    assert len(loaded.papers) == 11848
    assert {paper.id for paper in loaded.papers} == set(archive())


def test_a_day_of_the_archive_is_that_day_and_the_week_before() -> None:
    day = date(2025, 11, 13)
    found = {paper.listed_on for paper in load(ARCHIVE, day).papers}
    assert max(filter(None, found)) == day
    assert min(filter(None, found)) >= day - timedelta(days=7)


def test_the_seed_listing_has_neither_ids_nor_votes_nor_listing_days() -> None:
    loaded = load(SEED, date(2026, 8, 14))
    assert loaded.bad == ()
    assert len({paper.key for paper in loaded.papers}) == 51
    for paper in loaded.papers:
        assert paper.id is None
        assert paper.key.startswith("title-")
        assert (paper.upvotes, paper.listed_on, paper.listed_at) == (None, None, None)
        assert (paper.authors, paper.url) == ((), "")
        assert paper.author_count or paper.organization
        assert paper.published_on
        assert paper.comments is not None
