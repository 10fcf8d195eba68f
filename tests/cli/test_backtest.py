"""Replaying past mornings on the command line."""

from __future__ import annotations

import csv
import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

import make
from commands import Newsletter, run_anew
from newsletter.store import open_store


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


def test_the_stores_own_sightings_are_replayed(newsletter: Newsletter, home: Path) -> None:
    """As `send` records them: once a morning, the week before read again with it."""
    with open_store(f"sqlite:///{home / 'var' / 'sandbox' / 'newsletter.db'}") as store:
        for morning in (make.MORNING + timedelta(days=days) for days in range(9)):
            seen = [
                make.paper(
                    f"{back}.{number}",
                    upvotes=number * (9 - back),
                    listed_on=morning.date() - timedelta(days=back),
                    observed_at=morning,
                )
                for back in range(8)
                for number in range(5)
            ]
            by_day = [replace(one, key=f"{one.listed_on}.{one.key[2:]}") for one in seen]
            store.sightings.record(by_day, first_seen={}, lists={}, now=morning)

    compared = newsletter("backtest", "--json").json

    assert (compared["mornings"], compared["first"]) == (2, "2026-08-14")


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
