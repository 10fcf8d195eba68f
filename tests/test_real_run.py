"""A real `run` in a process of its own, with a real relay; its clock is moved by libfaketime."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import commands
from newsletter.delivery.sandbox import sandbox
from newsletter.shipped import copy_shipped

LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
READERS = [f"reader{number}@example.org" for number in range(40)]
DAYS = [date(2026, 10, 23), date(2026, 10, 25), date(2026, 10, 26), date(2027, 3, 28)]

#: libfaketime 0.9.10, told to leave the monotonic clock alone, breaks the call that
#: time.sleep makes since Python 3.11 (clock_nanosleep, EINVAL); select is as good.
SLEEP = """
import select, time
time.sleep = lambda seconds: select.select((), (), (), seconds) and None
"""

pytestmark = pytest.mark.skipif(
    not LIBRARIES, reason="libfaketime is not installed (Debian: apt-get install faketime)"
)


@dataclass
class Machine:
    """A machine whose clock can be set, with a newsletter on it that is to run."""

    home: Path
    environment: dict[str, str]
    process: subprocess.Popen[str] | None = None
    logs: list[Path] = field(default_factory=list)

    def set_clock(self, to: datetime) -> None:
        offset = to - datetime.now(UTC)
        (self.home / "clock").write_text(f"{offset.total_seconds():+.3f}")

    def start(self) -> None:
        self.logs.append(self.home / f"run-{len(self.logs)}.log")
        with self.logs[-1].open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "newsletter", "run"],
                cwd=self.home,
                env=self.environment,
                stderr=log,
                text=True,
            )

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def end(self, number: signal.Signals) -> int:
        self.signal(number)
        assert self.process is not None
        return self.process.wait(120)

    def said(self) -> str:
        return self.logs[-1].read_text()

    def mail(self, day: date) -> Counter[str]:
        """How often each reader got the day's edition."""
        heads = (file.read_bytes().partition(b"\r\n\r\n")[0] for file in self.letters())
        name = b"Feedback-ID: %s:" % f"{day:%Y%m%d}".encode()
        found = (re.search(rb"^To: (.*)\r$", head, re.MULTILINE) for head in heads if name in head)
        return Counter(match[1].decode() for match in found if match)

    def letters(self) -> list[Path]:
        return list((self.home / "relay" / "new").iterdir())

    def wait_for(self, what: Callable[[], bool], seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, self.said()
            assert self.process is not None
            assert self.process.poll() is None, self.said()
            time.sleep(0.05)

    def wait_for_words(self, words: str) -> None:
        self.wait_for(lambda: words in self.said())

    def edit(self, old: str, new: str) -> None:
        config = self.home / "config.toml"
        text = config.read_text()
        assert old in text
        config.write_text(text.replace(old, new))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    home = tmp_path / "papers"
    copy_shipped(home)
    (home / "lists").mkdir()
    for day in DAYS:
        list_papers(home, day)
    (home / "readers.csv").write_text("\n".join(READERS))
    (home / "python").mkdir()
    (home / "python" / "sitecustomize.py").write_text(SLEEP)
    with sandbox(home / "relay") as (host, port):
        settings = {
            "NEWSLETTER_SMTP__HOST": host,
            "NEWSLETTER_SMTP__PORT": str(port),
            "NEWSLETTER_SMTP__SECURITY": "none",
            "NEWSLETTER_SMTP__CONNECTIONS": "1",
            "NEWSLETTER_DELIVERY__LEASE": "15s",
            "NEWSLETTER_PAPERS__SOURCE": "lists",
            "NEWSLETTER_NEWSLETTER__TIMEZONE": "Europe/Berlin",
            "NEWSLETTER_SCHEDULE__DAYS": "mon,tue,wed,thu,fri,sat,sun",
            "NEWSLETTER_SCHEDULE__AT": "02:30",
        }
        environment = {**commands.clean_environment(), **settings}
        added = commands.run("subscribers", "import", "readers.csv", home=home, env=environment)
        assert added.code == 0
        fake = {
            "LD_PRELOAD": str(LIBRARIES[0]),
            "FAKETIME_TIMESTAMP_FILE": str(home / "clock"),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
            "PYTHONPATH": os.pathsep.join(
                [str(home / "python"), os.environ.get("PYTHONPATH", "")]
            ).rstrip(os.pathsep),
            "TZ": "Europe/Berlin",  # `schedule` goes by local time, which jumps back here
        }
        machine = Machine(home, {**environment, **fake})
        yield machine
        if machine.process is not None and machine.process.poll() is None:
            os.kill(machine.process.pid, signal.SIGKILL)
            machine.process.wait()


def list_papers(home: Path, day: date) -> None:
    papers = [{"paper": {"id": f"{day:%y%m}.{day:%d}001", "title": f"Of {day}", "upvotes": 9}}]
    (home / "lists" / f"{day}_seen_{day:%Y%m%d}T0000Z.json").write_text(json.dumps(papers))


def test_a_run_over_two_clock_changes_killed_restarted_broken_and_mended(machine: Machine) -> None:
    once = dict.fromkeys(READERS, 1)
    _, sunday, monday, spring = DAYS
    first_half_past_two = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    machine.set_clock(first_half_past_two - timedelta(minutes=20))
    machine.start()
    machine.wait_for_words("Next edition: Sunday 25 October, 02:30 (CEST)")
    assert not machine.mail(sunday)
    machine.set_clock(first_half_past_two - timedelta(seconds=2))
    machine.wait_for_words("Next edition: Monday 26 October, 02:30 (CET)")
    assert machine.mail(sunday) == once

    # Three o'clock is two o'clock: whatever goes by local time stands still for an hour.
    machine.set_clock(datetime(2026, 10, 25, 0, 59, 58, tzinfo=UTC))
    machine.edit('title = "Daily Papers"', 'titel = "Daily Papers"')
    machine.wait_for_words("did you mean title?")
    machine.set_clock(first_half_past_two + timedelta(hours=1, seconds=1))
    machine.edit('titel = "Daily Papers"', 'title = "Mended Papers"')
    machine.signal(signal.SIGHUP)
    machine.wait_for_words("Reloaded settings and templates.")
    assert machine.mail(sunday) == once, "the second half past two is no slot"

    machine.set_clock(datetime(2026, 10, 26, 1, 30, 1, tzinfo=UTC))
    machine.wait_for(lambda: bool(machine.mail(monday)))
    machine.end(signal.SIGKILL)
    assert 0 < len(machine.mail(monday)) < len(READERS), "too early or too late to show anything"
    machine.start()
    machine.wait_for(lambda: len(machine.mail(monday)) == len(READERS))
    machine.wait_for_words("Sent 1 paper of Monday, 26 October 2026")
    assert sum(machine.mail(monday).values()) <= len(READERS) + 1, "one connection, one in doubt"

    # Half past two does not exist: half past three by the new time. The winter is told of.
    machine.set_clock(datetime(2027, 3, 28, 1, 29, 58, tzinfo=UTC))
    machine.wait_for(lambda: machine.mail(spring) == once)
    machine.wait_for_words("Next edition: Monday 29 March, 02:30 (CEST)")
    assert "2026-10-27 to 2027-03-27" in machine.said()
    assert machine.end(signal.SIGTERM) == 0
    assert machine.said().endswith("Stopped.\n")
    assert machine.mail(sunday) == once
    assert any(b"Mended Papers" in letter.read_bytes() for letter in machine.letters())
