"""`run`: stays up, sends once a day, stops cleanly."""

from __future__ import annotations

import mailbox
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import commands
from newsletter.config import read_settings
from newsletter.outlet import choose_outlet
from newsletter.pipeline import Surroundings
from newsletter.running import Clockwork
from newsletter.settings import Settings
from newsletter.shipped import copy_shipped


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    copy_shipped(tmp_path / "papers")
    settings = read_settings(tmp_path / "papers" / "config.toml")
    # Not "sample": that would be its newest day whatever day it is.
    return replace(settings, papers=replace(settings.papers, source="data/papers"))


def run_through(settings: Settings, start: datetime, end: datetime) -> list[str]:
    """Tick every ten minutes of a simulated time; returns what was told."""
    told: list[str] = []
    now = [start]
    around = Surroundings(clock=lambda: now[0])
    clockwork = Clockwork(settings, choose_outlet(settings), around, told.append)
    while now[0] < end:
        clockwork.tick()
        clockwork.look_after()
        now[0] += timedelta(minutes=10)
    return told


def mail(settings: Settings) -> list[str]:
    box = mailbox.Maildir(settings.home / "var" / "sandbox" / "mail")
    return sorted(message["Feedback-ID"].partition(":")[0] for message in box)


def test_a_week_goes_out_by_itself_once_a_day(settings: Settings) -> None:
    start, end = datetime(2026, 8, 12, tzinfo=UTC), datetime(2026, 8, 17, tzinfo=UTC)

    told = run_through(settings, start, end)

    assert mail(settings) == sorted(["20260812", "20260813", "20260814"] * 5)
    assert told[-1] == "Next edition: Monday 17 August, 08:00 UTC"


def test_started_late_it_makes_up_for_the_slot_and_a_restart_repeats_nothing(
    settings: Settings,
) -> None:
    late = datetime(2026, 8, 13, 11, tzinfo=UTC)

    run_through(settings, late, late + timedelta(hours=1))
    run_through(settings, late + timedelta(hours=1), late + timedelta(hours=2))

    assert mail(settings) == ["20260813"] * 5


def test_a_slot_missed_for_too_long_is_skipped(settings: Settings) -> None:
    evening = datetime(2026, 8, 13, 18, tzinfo=UTC)

    run_through(settings, evening, evening + timedelta(hours=2))

    assert mail(settings) == []


def test_a_failed_source_is_tried_again_until_it_is_there(settings: Settings) -> None:
    lists = settings.home / "data" / "papers"
    broken = next(lists.glob("2026-08-13*"))
    whole = broken.read_text()
    broken.write_text(whole[:1000])
    start = datetime(2026, 8, 13, 7, 55, tzinfo=UTC)

    told = run_through(settings, start, start + timedelta(hours=1))
    broken.write_text(whole)
    run_through(settings, start + timedelta(hours=1), start + timedelta(hours=2))

    assert any("Trying again at" in line for line in told)
    assert mail(settings) == ["20260813"] * 5


def test_a_quiet_day_is_said_once(settings: Settings) -> None:
    start = datetime(2026, 8, 18, 7, 55, tzinfo=UTC)

    told = run_through(settings, start, start + timedelta(hours=3))

    quiet = [line for line in told if line.startswith("Nothing to send for 2026-08-18")]
    assert len(quiet) == 1


def test_sigterm_stops_a_real_run_cleanly(settings: Settings) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "newsletter", "run"],
        cwd=settings.home,
        env=commands.clean_environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline().startswith("Next edition: ")

    time.sleep(0.3)  # past the first tick, into the loop
    process.send_signal(signal.SIGTERM)
    _, rest = process.communicate(timeout=20)

    assert process.returncode == 0
    assert rest.endswith("Stopped.\n")


def test_the_day_is_asked_for_in_the_newsletters_zone(settings: Settings) -> None:
    sydney = replace(settings, newsletter=replace(settings.newsletter, timezone="Australia/Sydney"))
    evening = datetime(2026, 8, 12, 21, 55, tzinfo=UTC)  # 07:55 on the 13th in Sydney

    run_through(sydney, evening, evening + timedelta(minutes=30))

    assert set(mail(settings)) == {f"{date(2026, 8, 13):%Y%m%d}"}
