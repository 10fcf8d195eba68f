"""`run`: stays up, sends once a day, outlives trouble, stops cleanly."""

from __future__ import annotations

import json
import logging
import mailbox
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from random import Random
from typing import Any

import pytest

import commands
from newsletter import due
from newsletter.config import read_settings
from newsletter.delivery.sandbox import sandbox
from newsletter.errors import TryAgainLater
from newsletter.model import Status
from newsletter.outlet import choose_outlet
from newsletter.pipeline import Surroundings, dispatch, send, templates_folder
from newsletter.reloading import Kit
from newsletter.report import Report, describe, exit_code
from newsletter.running import Clockwork
from newsletter.settings import Settings
from newsletter.shipped import copy_shipped
from newsletter.store import open_store

MINUTES = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass
class Life:
    """A newsletter, its source and its relay in a time of their own."""

    settings: Settings
    now: datetime = datetime(2026, 10, 12, tzinfo=UTC)
    clockwork: Clockwork = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start `run` anew: all that it had in mind is gone."""
        outlet = choose_outlet(self.settings)
        kit = Kit(self.settings, outlet, templates_folder(self.settings))
        self.clockwork = Clockwork(kit, self.around())

    def around(self) -> Surroundings:
        return Surroundings(clock=lambda: self.now, random=Random(0), wait=False)

    def change(self, **sections: dict[str, Any]) -> None:
        """Change settings, section by section."""
        changed = {
            name: replace(getattr(self.settings, name), **keys) for name, keys in sections.items()
        }
        self.settings = replace(self.settings, **changed)
        self.start()

    def list_papers(self, day: date, count: int = 3) -> None:
        """Let the source have a list of the day."""
        lists = self.settings.home / "lists"
        lists.mkdir(exist_ok=True)
        papers = [
            {"paper": {"id": f"{day:%y%m}.{day:%d}{number:03}", "title": f"{day}, {number}",
                       "upvotes": number}}
            for number in range(count)
        ]  # fmt: skip
        (lists / f"{day}_seen_{day:%Y%m%d}T0100Z.json").write_text(json.dumps(papers))

    def run_until(self, end: datetime, step: timedelta = 10 * MINUTES) -> None:
        while self.now < end:
            self.clockwork.tick()
            self.clockwork.look_after()
            self.now += step

    def run_cron(self) -> None:
        """What `send --due` does."""
        outlet = choose_outlet(self.settings)
        decision = due.look(self.settings, outlet, around=self.around())
        if decision.due:
            due.send_due(self.settings, outlet, decision.due, around=self.around())

    def mail(self) -> Counter[str]:
        """How many messages of each day the relay has."""
        box = mailbox.Maildir(self.settings.home / "relay")
        return Counter(message["Feedback-ID"].partition(":")[0] for message in box)

    def reasons(self) -> dict[date, str]:
        with open_store(self.settings.store.url) as store:
            return {skip.day: skip.reason for skip in store.agenda.skips(date.min)}


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    """A newsletter in Berlin with a relay, a source and two readers, on Monday 12 October."""
    home = tmp_path / "papers"
    copy_shipped(home)
    settings = read_settings(home / "config.toml")
    with sandbox(home / "relay") as (host, port):
        smtp = replace(settings.smtp, host=host, port=port, security="none", connections=2)
        settings = replace(
            settings,
            smtp=smtp,
            papers=replace(settings.papers, source="lists"),
            newsletter=replace(settings.newsletter, timezone="Europe/Berlin"),
            delivery=replace(settings.delivery, relay_patience=timedelta(seconds=0.2)),
        )
        with open_store(settings.store.url) as store:
            readers = [("ada@example.org", ""), ("grace@example.org", "")]
            store.subscribers.add(readers, now=datetime.now(UTC))
        life = Life(settings)
        life.list_papers(MONDAY - 3 * DAY)  # a source without any list is broken, not late
        yield life


@pytest.fixture(autouse=True)
def _hear(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "newsletter.running")


MONDAY = date(2026, 10, 12)


def berlin(hour: float, day: date = MONDAY) -> datetime:
    """A time in Berlin's summer."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour - 2)


def test_three_weeks_with_run_and_cron_over_a_clock_change(life: Life) -> None:
    """Through the real store, pipeline and relay; the small brother of the two years."""
    life.change(schedule={"skip": (date(2026, 10, 21),), "holidays": "DE"})
    random = Random(20261025)
    days = [MONDAY + number * DAY for number in range(21)]
    for day in days:
        late, never = date(2026, 10, 16), date(2026, 10, 22)
        if day not in (late, never):
            life.list_papers(day)
    down = (berlin(6, date(2026, 10, 19)), berlin(20, date(2026, 10, 20)))

    while life.now < berlin(0, date(2026, 11, 2)):
        if life.now >= berlin(9.5, date(2026, 10, 16)):
            life.list_papers(date(2026, 10, 16))
        if not down[0] <= life.now < down[1]:
            if random.random() < 0.1:
                life.start()
            life.clockwork.tick()
            life.run_cron()
        # Nothing is to happen at night, and it takes long.
        life.now += 20 * MINUTES if 5 <= life.now.hour < 13 else 120 * MINUTES

    gaps = {
        date(2026, 10, 19): "was missed",
        date(2026, 10, 20): "was missed",
        date(2026, 10, 22): "no papers were listed",
    }
    reasons = life.reasons()
    assert reasons.keys() == gaps.keys()
    assert all(words in reasons[day] for day, words in gaps.items())
    working = {day for day in days if day.weekday() < 5 and day != date(2026, 10, 21)}
    assert life.mail() == {f"{day:%Y%m%d}": 2 for day in working - gaps.keys()}
    with open_store(life.settings.store.url) as store:
        friday, monday = store.editions.newest(), store.agenda.last_settled(date(2026, 10, 26))
    assert friday == (date(2026, 10, 30), datetime(2026, 10, 30, 7, tzinfo=UTC))
    assert monday == date(2026, 10, 26)


def test_started_late_it_makes_up_for_the_slot_and_a_restart_repeats_nothing(life: Life) -> None:
    life.list_papers(MONDAY)
    life.now = berlin(11)

    life.run_until(berlin(12))
    life.start()
    life.run_until(berlin(13))

    assert life.mail() == {"20261012": 2}


def test_a_source_that_is_late_is_waited_for(life: Life, caplog: pytest.LogCaptureFixture) -> None:
    life.now = berlin(7.9)

    life.run_until(berlin(9.5))
    life.list_papers(MONDAY)
    life.run_until(berlin(10))

    assert life.mail() == {"20261012": 2}
    waiting = [line for line in caplog.messages if line.startswith("Waiting for the papers")]
    assert len(waiting) == 1, "said once"


def test_a_thin_list_goes_out_at_latest_or_is_skipped_by_setting(life: Life) -> None:
    life.change(papers={"thin": 5})
    life.list_papers(MONDAY)
    life.now = berlin(7.9)
    life.run_until(berlin(9.9))
    assert not life.mail()

    life.run_until(berlin(11))
    assert life.mail() == {"20261012": 2}

    life.change(schedule={"when_thin": "skip"})
    life.list_papers(MONDAY + DAY)
    life.run_until(berlin(36), 30 * MINUTES)
    assert life.mail() == {"20261012": 2}
    assert "papers.thin is 5" in life.reasons()[MONDAY + DAY]


def test_a_broken_source_is_tried_again_and_told_of_if_it_stays_broken(
    life: Life, caplog: pytest.LogCaptureFixture
) -> None:
    file = life.settings.home / "lists" / f"{MONDAY}_seen_20261012T0100Z.json"
    file.write_text("{")
    life.now = berlin(7.9)
    life.run_until(berlin(12))
    life.list_papers(MONDAY)
    life.run_until(berlin(13))
    assert life.mail() == {"20261012": 2}
    assert sum("Tried again every 10 min" in line for line in caplog.messages) == 1

    broken = life.settings.home / "lists" / f"{MONDAY + DAY}_seen_20261013T0100Z.json"
    broken.write_text("{")
    life.run_until(berlin(40))
    assert broken.name in life.reasons()[MONDAY + DAY]


def test_a_restored_backup_does_not_send_last_week_again(
    life: Life, caplog: pytest.LogCaptureFixture
) -> None:
    file = Path(life.settings.store.url.removeprefix("sqlite:///"))
    life.list_papers(MONDAY)
    life.now = berlin(7.9)
    life.change(delivery={"quiet_hours": (clock(7), clock(6))})
    life.run_until(berlin(8.5))  # published, and all of it open
    backup = file.read_bytes()
    life.change(delivery={"quiet_hours": None})
    life.run_until(berlin(9))
    assert life.mail() == {"20261012": 2}

    for file_of_store in file.parent.glob(file.name + "-*"):
        file_of_store.unlink()
    file.write_bytes(backup)
    for day in range(1, 8):
        life.list_papers(MONDAY + day * DAY)
    life.now = berlin(15, MONDAY + 7 * DAY)
    life.start()
    life.run_until(berlin(20, MONDAY + 7 * DAY))

    assert life.mail() == {"20261012": 2}
    with open_store(life.settings.store.url) as store:
        tally = store.ledger.tally(MONDAY)
    assert tally is not None
    assert tally.counts[Status.WITHDRAWN] == 2
    assert len(life.reasons()) == 5
    assert any(line.startswith("Skipped 5 editions") for line in caplog.messages)


def test_nothing_leaves_in_quiet_hours_and_goes_on_after(life: Life) -> None:
    life.list_papers(MONDAY)
    life.change(delivery={"quiet_hours": (clock(7, 30), clock(9))})
    life.now = berlin(7.9)

    life.run_until(berlin(8.9))
    assert not life.mail()
    life.run_until(berlin(10))

    assert life.mail() == {"20261012": 2}


def send_slowly(life: Life, **delivery: Any) -> Report:
    """Send to many, while ten minutes pass with each message."""
    with open_store(life.settings.store.url) as store:
        store.subscribers.add([(f"r{n}@example.org", "") for n in range(38)], now=life.now)
    life.list_papers(MONDAY)
    # Not so fast that all is sent before anybody looks at the clock.
    life.change(delivery=delivery, smtp={"connections": 1, "rate": 20.0})
    taken = life.settings.home / "relay" / "new"

    def clock() -> datetime:
        return berlin(8) + len(list(taken.iterdir())) * 10 * MINUTES

    around = replace(life.around(), clock=clock)
    return send(life.settings, choose_outlet(life.settings), asked=None, around=around)


def test_a_send_pauses_itself_when_the_quiet_hours_begin(life: Life) -> None:
    report = send_slowly(life, quiet_hours=(clock(10), clock(16)))

    assert report.tally is not None
    sent, queued = report.tally.counts[Status.SENT], report.tally.counts[Status.QUEUED]
    assert sent + queued == 40
    assert 12 <= sent < 40
    assert report.paused_until is not None
    assert report.paused_until.hour == 16
    assert exit_code(report) == 0
    life.now = berlin(16)
    life.run_until(berlin(16.5))
    assert life.mail() == {"20261012": 40}


def test_a_send_that_is_overtaken_by_latest_withdraws_the_rest(life: Life) -> None:
    report = send_slowly(life, latest=clock(10))

    assert report.tally is not None
    sent, withdrawn = report.tally.counts[Status.SENT], report.tally.counts[Status.WITHDRAWN]
    assert sent + withdrawn == 40
    assert report.withdrawn == withdrawn > 0
    assert any(line.startswith(f"Withdrawn: {withdrawn} readers") for line in describe(report))


def test_what_cannot_go_before_latest_is_withdrawn(life: Life) -> None:
    life.list_papers(MONDAY)
    life.change(delivery={"latest": clock(12)}, smtp={"port": 1})
    life.now = berlin(7.9)
    life.run_until(berlin(11.9), 30 * MINUTES)
    with open_store(life.settings.store.url) as store:
        assert store.ledger.open_days() == [MONDAY]

    life.run_until(berlin(13), 30 * MINUTES)

    with open_store(life.settings.store.url) as store:
        tally = store.ledger.tally(MONDAY)
    assert tally is not None
    assert tally.counts[Status.WITHDRAWN] == 2


def test_a_relay_that_sulks_does_not_end_the_run_and_is_tried_again(life: Life) -> None:
    good, life.now = life.settings.smtp.port, berlin(7.9)
    life.list_papers(MONDAY)
    life.change(smtp={"port": 1})
    life.run_until(berlin(8.3))

    life.change(smtp={"port": good})
    life.run_until(berlin(9))

    assert life.mail() == {"20261012": 2}


def test_a_run_that_finds_another_program_sending_leaves_it_to_it(life: Life) -> None:
    life.list_papers(MONDAY)
    life.now = berlin(8)
    with open_store(life.settings.store.url) as store:
        store.locks.take("sending", "somebody else", timedelta(minutes=1))
        life.clockwork.tick()
        assert not life.mail()
        store.locks.release("sending", "somebody else")

    life.clockwork.tick()

    assert life.mail() == {"20261012": 2}


def test_send_sends_today_on_any_day_but_cron_keeps_to_the_schedule(life: Life) -> None:
    saturday = MONDAY + 5 * DAY
    life.list_papers(saturday)
    life.now = berlin(9, saturday)

    life.run_cron()
    assert not life.mail()
    send(life.settings, choose_outlet(life.settings), asked=None, around=life.around())

    assert life.mail() == {"20261017": 2}


def test_with_nothing_open_no_relay_is_asked(life: Life) -> None:
    life.list_papers(MONDAY)
    life.change(smtp={"port": 1})
    outlet = choose_outlet(life.settings)

    assert dispatch(life.settings, outlet, around=life.around()) == []

    life.now = berlin(8)
    with pytest.raises(TryAgainLater):  # and with something open the relay is missed
        send(life.settings, outlet, asked=None, around=life.around())


def test_the_day_is_asked_for_in_the_newsletters_zone(life: Life) -> None:
    life.change(newsletter={"timezone": "Australia/Sydney"})
    life.list_papers(MONDAY + DAY)
    life.now = datetime(2026, 10, 12, 20, 50, tzinfo=UTC)  # 07:50 on the 13th in Sydney

    life.run_until(life.now + 30 * MINUTES)

    assert life.mail() == {"20261013": 2}


def test_sigterm_stops_a_real_run_cleanly(life: Life) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "newsletter", "run", "--sandbox"],
        cwd=life.settings.home,
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
