"""The month to choose a day from: what the store published, what the sources list."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import make
from newsletter.model import Edition
from newsletter.outlet import choose_outlet, open_outlet
from newsletter.papers.answers import Answer, Answers
from newsletter.settings import Papers, Settings
from newsletter.trial.month import Day, Kind, read_month

NOW = datetime(2026, 8, 20, 9, tzinfo=UTC)


def settle(home: Path, source: str = "papers") -> Settings:
    return replace(Settings(papers=Papers(source=source)), home=home)


def put(home: Path, name: str, ids: Sequence[str], **fields: str) -> None:
    path = home / "papers" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps([{"id": one, "title": f"Paper {one}", **fields} for one in ids]))


def days(settings: Settings, of: date = make.DAY) -> dict[int, Day]:
    month = read_month(settings, choose_outlet(settings), of, now=NOW)
    return {each.day.day: each for week in month.weeks for each in week if each}


def test_days_are_published_listed_quiet_or_ahead(tmp_path: Path) -> None:
    settings = settle(tmp_path)
    put(tmp_path, "2026-08-12.json", ["2608.00001", "2608.00002"])
    put(tmp_path, "2026-08-13.json", [])
    with open_outlet(settings, choose_outlet(settings), NOW) as store:
        store.editions.publish(
            Edition(day=make.DAY, papers=(make.ranked(),)), make.issue(), now=NOW
        )

    found = days(settings)

    assert len(found) == 31
    assert (found[12].kind, found[12].papers) == (Kind.LISTED, 2)
    assert found[13].kind is Kind.QUIET
    assert (found[14].kind, found[14].papers) == (Kind.PUBLISHED, 1)
    assert (found[20].kind, found[21].kind) == (Kind.QUIET, Kind.AHEAD)


def test_a_paper_in_two_lists_of_a_day_counts_once(tmp_path: Path) -> None:
    put(tmp_path, "2026-08-12_seen_20260812T0800Z.json", ["2608.00001"])
    put(tmp_path, "2026-08-12_seen_20260812T1500Z.json", ["2608.00001", "2608.00002"])

    assert days(settle(tmp_path))[12].papers == 2


def test_files_that_name_no_day_are_read_and_a_change_is_seen(tmp_path: Path) -> None:
    put(tmp_path, "all.json", ["2608.00001"], listed_on="2026-08-05")
    settings = settle(tmp_path)
    assert days(settings)[5].papers == 1

    put(tmp_path, "all.json", ["2608.00001", "2608.00002"], listed_on="2026-08-06")

    assert (days(settings)[5].kind, days(settings)[6].papers) == (Kind.QUIET, 2)


def test_of_a_live_source_only_what_it_said_is_known_and_nobody_is_asked(tmp_path: Path) -> None:
    settings = settle(tmp_path, source="huggingface")
    items = [{"paper": {"id": "2608.00001", "title": "A paper"}}]
    for day, found in ((date(2026, 8, 12), items), (date(2026, 8, 13), [])):
        answer = Answer(origin="there", listed_on=day, read_at=NOW, items=found)
        Answers.of("huggingface", tmp_path).keep(answer)

    found = days(settings)

    assert (found[12].kind, found[12].papers) == (Kind.LISTED, 1)
    assert found[13].kind is Kind.QUIET
    assert found[11].kind is Kind.UNKNOWN


def test_what_the_store_saw_of_a_live_source_is_known_for_good(tmp_path: Path) -> None:
    settings = settle(tmp_path, source="huggingface")
    seen = make.paper(listed_on=date(2026, 8, 3))
    with open_outlet(settings, choose_outlet(settings), NOW) as store:
        lists = {date(2026, 8, 3): [NOW], date(2026, 8, 4): [NOW]}
        store.sightings.record([seen], first_seen={}, lists=lists, now=NOW)

    found = days(settings)

    assert (found[3].kind, found[3].papers) == (Kind.LISTED, 1)
    assert (found[4].kind, found[5].kind) == (Kind.QUIET, Kind.UNKNOWN)


def test_a_source_that_is_not_there_leaves_the_days_quiet(tmp_path: Path) -> None:
    assert days(settle(tmp_path, source="nowhere"))[12].kind is Kind.QUIET


def test_an_editors_file_shows(tmp_path: Path) -> None:
    (tmp_path / "editions").mkdir()
    (tmp_path / "editions" / "2026-08-14.toml").write_text("")

    found = days(settle(tmp_path))

    assert (found[14].is_edited, found[13].is_edited) == (True, False)


@pytest.mark.parametrize(
    ("of", "before", "after"),
    [
        (date(2026, 8, 14), date(2026, 7, 1), date(2026, 9, 1)),
        (date(2026, 1, 31), date(2025, 12, 1), date(2026, 2, 1)),
        (date(2026, 12, 1), date(2026, 11, 1), date(2027, 1, 1)),
        (date(1, 1, 1), date(1969, 12, 1), date(1970, 2, 1)),
        (date(9999, 12, 31), date(9998, 11, 1), date(9999, 1, 1)),
    ],
)
def test_months_lead_to_their_neighbours(
    tmp_path: Path, of: date, before: date, after: date
) -> None:
    settings = settle(tmp_path)

    month = read_month(settings, choose_outlet(settings), of, now=NOW)

    assert (month.before, month.after) == (before, after)
    assert {len(week) for week in month.weeks} == {7}
