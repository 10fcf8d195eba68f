"""Replaying past mornings on the command line."""

from __future__ import annotations

import csv
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

import make
from commands import Newsletter, run_anew
from newsletter.drafting import record_sightings
from newsletter.papers import Loaded, load
from newsletter.settings import Papers
from newsletter.store import open_store
from serving import Handler, Query, Server, running

SATURDAY = 5


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Six days of twelve papers whose votes keep growing."""
    path, random = tmp_path / "votes.csv", Random(0)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["paper_id", "listing_date", "observed_at", "upvotes"])
        for day in (date(2025, 6, 2) + timedelta(days=back) for back in range(6)):
            for number in range(12):
                pace = random.randint(1, 40)
                for hours in (8, 32, 8 * 24):
                    at = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=hours)
                    votes = round(pace * hours**0.5) + random.randint(0, 3)
                    writer.writerow([f"{day:%y%m}.{day.day:02}{number:03}", day, at, votes])
    return path


def test_formulas_stand_side_by_side(newsletter: Newsletter, series: Path) -> None:
    compared = newsletter("backtest", series, "--top", "5", "--json").json

    assert (compared["mornings"], compared["top"], compared["tune"]) == (6, 5, None)
    figures = {one["name"]: one for one in compared["figures"]}
    assert {"random", "Reddit hot", "plain votes", "exponent 0.3 (yours)"} <= figures.keys()
    for one in figures.values():
        for estimate in (one["spearman"], one["share"]):
            assert estimate["low"] <= estimate["mean"] <= estimate["high"]
    assert figures["plain votes"]["spearman"]["mean"] > figures["random"]["spearman"]["mean"]
    shown = newsletter("backtest", series).out
    assert "6 mornings, 2025-06-02 to 2025-06-07" in shown
    assert "exponent 0.3 (yours)" in shown


def test_tune_chooses_on_the_first_half_and_reports_on_the_second(
    newsletter: Newsletter, series: Path
) -> None:
    tuned = newsletter("backtest", series, "--tune", "--json").json["tune"]

    assert tuned["earlier"]["last"] < tuned["later"]["first"]
    assert max(tuned["tried"], key=tuned["tried"].get) == str(tuned["suggested"])
    names = [one["name"] for one in tuned["later"]["figures"]]
    assert names[-1] == f"exponent {tuned['suggested']:g} (suggested)"
    shown = newsletter("backtest", series, "--tune").out
    assert "Tuned on 3 mornings" in shown
    assert "Tested on 3 mornings" in shown
    assert f"exponent = {tuned['suggested']:g} in [ranking]" in shown


@pytest.mark.parametrize(("name", "start"), [("a.svg", b"<?xml"), ("a.png", b"\x89PNG")])
def test_a_picture_is_drawn(newsletter: Newsletter, series: Path, name: str, start: bytes) -> None:
    pytest.importorskip("matplotlib", reason="pictures need the extra [backtest]")
    picture = series.parent / name

    assert newsletter("backtest", series, "--picture", picture).code == 0

    assert picture.read_bytes().startswith(start)


def test_a_picture_that_cannot_be_written_is_exit_2(newsletter: Newsletter, series: Path) -> None:
    pytest.importorskip("matplotlib", reason="pictures need the extra [backtest]")

    ran = newsletter("backtest", series, "--picture", series.parent / "a.docx")

    assert (ran.code, "a.docx cannot be written" in ran.err) == (2, True)


def test_a_picture_without_matplotlib_tells_what_to_install(
    home: Path, environment: dict[str, str], series: Path
) -> None:
    (series.parent / "matplotlib.py").write_text("raise ImportError")
    path = os.pathsep.join(filter(None, (str(series.parent), os.environ.get("PYTHONPATH"))))
    environment["PYTHONPATH"] = path

    ran = run_anew("backtest", series, "--picture", "a.svg", home=home, env=environment)

    assert (ran.code, "pip install 'papers-newsletter[backtest]'" in ran.err) == (2, True)


class GrowingVotes:
    """An API by days: six papers of each working day, whose votes grow for a week and more."""

    def __init__(self) -> None:
        self.now = make.MORNING

    def answer(self, handler: Handler, query: Query) -> None:
        day = date.fromisoformat(query["date"])
        numbers = range(6 if day.weekday() < SATURDAY else 0)
        handler.say(
            [
                {"paper": {"id": f"{day:%y%m.%d}{n:03}", "title": f"Of {day}", "upvotes": votes}}
                for n in numbers
                for votes in [(n + 1) * (self.now.date() - day).days]
            ]
        )


def test_what_daily_sends_recorded_is_replayed(newsletter: Newsletter, home: Path) -> None:
    """Sent on every working day for two weeks and a half; the last week has not settled."""
    votes = GrowingVotes()
    with (
        running(Server(votes.answer)) as server,
        open_store(f"sqlite:///{home / 'var' / 'sandbox' / 'newsletter.db'}") as store,
    ):
        for votes.now in (make.MORNING + timedelta(days=days) for days in range(18)):
            if votes.now.weekday() < SATURDAY:
                record_sightings(store, load_at(server.url(), votes.now, home), votes.now)

    compared = newsletter("backtest", "--json").json

    days = compared["mornings"], compared["first"], compared["last"]
    assert days == (7, "2026-08-14", "2026-08-24")
    plain = next(one for one in compared["figures"] if one["name"] == "plain votes")
    assert plain["share"]["mean"] > 0.5


def load_at(url: str, now: datetime, home: Path) -> Loaded:
    return load(
        url,
        day=now.date(),
        now=now,
        settings=Papers(),
        home=home,
        fallback=home,
        clock=lambda: now,
    )


def test_after_the_first_send_there_is_nothing_to_replay_yet(newsletter: Newsletter) -> None:
    newsletter("send", "--quiet")

    ran = newsletter("backtest")

    assert ran.code == 2
    assert "Too few mornings to replay (0)" in ran.err


def test_a_wrong_file_is_exit_2(newsletter: Newsletter, series: Path) -> None:
    series.write_text("a,b\n1,2\n")

    ran = newsletter("backtest", series)

    assert (ran.code, "has no column paper_id" in ran.err) == (2, True)


def test_mornings_with_few_papers_to_choose_from_are_left_out_on_demand(
    newsletter: Newsletter, series: Path
) -> None:
    compared = newsletter("backtest", series, "--min-pool", "36", "--json").json
    assert (compared["mornings"], compared["first"], compared["pool"]) == (4, "2025-06-04", 36)

    refused = newsletter("backtest", series, "--min-pool", "37")
    assert refused.code == 2
    assert "(0 with 37 papers to choose from)" in refused.err
