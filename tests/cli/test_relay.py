"""Sends through a relay, and the ways in which that goes wrong."""

from __future__ import annotations

import mailbox
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import Newsletter
from newsletter.delivery.sandbox import sandbox

READERS = [f"reader{number}@example.org" for number in range(40)]


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    return tmp_path / "relay"


@pytest.fixture
def relay(maildir: Path, environment: dict[str, str]) -> Iterator[None]:
    """A real SMTP server, set as the relay for every command of the test."""
    with sandbox(maildir) as (host, port):
        environment["NEWSLETTER_SMTP__HOST"] = host
        environment["NEWSLETTER_SMTP__PORT"] = str(port)
        environment["NEWSLETTER_SMTP__SECURITY"] = "none"
        environment["NEWSLETTER_DELIVERY__LEASE"] = "2s"
        yield


@pytest.fixture
def readers(newsletter: Newsletter, home: Path) -> None:
    (home / "readers.csv").write_text("\n".join(READERS))
    assert newsletter("subscribers", "import", "readers.csv").code == 0


def addressees(maildir: Path) -> Counter[str]:
    return Counter(message["To"] for message in mailbox.Maildir(maildir))


@pytest.mark.usefixtures("relay", "readers")
def test_every_confirmed_reader_gets_one_message(newsletter: Newsletter, maildir: Path) -> None:
    report = newsletter("send", "--json")

    assert report.code == 0
    assert report.json["sent"] == 40
    assert addressees(maildir) == dict.fromkeys(READERS, 1)


@pytest.mark.usefixtures("relay", "readers")
def test_sample_papers_for_real_readers_are_warned_of(newsletter: Newsletter) -> None:
    assert "papers.source is still the sample" in newsletter("send").err


@pytest.mark.usefixtures("relay", "readers")
def test_two_sends_at_once_send_nothing_twice(
    newsletter: Newsletter, home: Path, maildir: Path, environment: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "newsletter", "send", "--quiet"]
    pair = [
        subprocess.Popen(command, cwd=home, env=environment, stderr=subprocess.DEVNULL)
        for _ in range(2)
    ]

    assert [one.wait(60) for one in pair] == [0, 0]
    assert addressees(maildir) == dict.fromkeys(READERS, 1)


@pytest.mark.usefixtures("relay", "readers")
def test_once_real_mail_was_sent_an_empty_host_is_an_error(
    newsletter: Newsletter, maildir: Path
) -> None:
    newsletter("send")

    without = {"NEWSLETTER_SMTP__HOST": ""}
    ran = newsletter("send", env=without)

    assert ran.code == 2
    assert "smtp.host is empty" in ran.err
    assert newsletter("send", "--sandbox", env=without).code == 0
    assert addressees(maildir) == dict.fromkeys(READERS, 1)


@pytest.mark.usefixtures("relay", "readers")
def test_a_test_send_reaches_one_address_and_is_recorded_nowhere(
    newsletter: Newsletter, maildir: Path
) -> None:
    ran = newsletter("send", "--to", "me@example.org")

    assert ran.code == 0
    assert addressees(maildir) == {"me@example.org": 1}
    assert newsletter("status", "--json").json == []
    assert newsletter("send", "--json").json["sent"] == 40


@pytest.mark.usefixtures("readers")
def test_a_relay_that_is_not_there_ends_in_75_and_loses_nobody(newsletter: Newsletter) -> None:
    away = {
        "NEWSLETTER_SMTP__HOST": "127.0.0.1",
        "NEWSLETTER_SMTP__PORT": "1",
        "NEWSLETTER_SMTP__SECURITY": "none",
        "NEWSLETTER_DELIVERY__RELAY_PATIENCE": "1s",
    }

    ran = newsletter("send", "--json", env=away)

    assert ran.code == 75
    assert "127.0.0.1:1" in ran.err
    assert (ran.json["published"], ran.json["sent"], ran.json["queued"]) == (True, 0, 40)
    assert "127.0.0.1:1" in ran.json["error"]
    (edition,) = newsletter("status", "--json", env=away).json
    assert edition["queued"] == 40


@pytest.mark.usefixtures("relay", "readers")
def test_a_send_killed_in_the_middle_is_finished_by_the_next(
    newsletter: Newsletter, home: Path, maildir: Path, environment: dict[str, str]
) -> None:
    environment["NEWSLETTER_SMTP__CONNECTIONS"] = "1"
    sender = subprocess.Popen(
        [sys.executable, "-m", "newsletter", "send"],
        cwd=home,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not addressees(maildir) and sender.poll() is None:
        time.sleep(0.005)
    os.kill(sender.pid, signal.SIGKILL)
    sender.wait(10)
    reached = addressees(maildir)

    ran = newsletter("send", "--json")

    assert ran.code == 0
    assert 0 < len(reached) < 40, "the kill came too early or too late to show anything"
    received = addressees(maildir)
    assert set(received) == set(READERS)
    assert sum(received.values()) <= 41  # one connection: at most one in doubt, resent
    assert ran.json["totals"]["sent"] == 40


@pytest.mark.usefixtures("relay", "readers")
def test_a_readers_history_is_shown(newsletter: Newsletter) -> None:
    newsletter("send")

    shown = newsletter("subscribers", "show", READERS[0], "--json").json

    assert shown["status"] == "confirmed"
    assert [one["status"] for one in shown["deliveries"]] == ["sent"]


@pytest.mark.usefixtures("relay", "readers")
def test_each_edition_is_told_what_was_sent_of_it(newsletter: Newsletter) -> None:
    away = {"NEWSLETTER_SMTP__PORT": "1", "NEWSLETTER_DELIVERY__RELAY_PATIENCE": "0.5s"}
    for day in ("2026-08-12", "2026-08-13"):
        assert newsletter("send", "--date", day, env=away).code == 75

    report = newsletter("send", "--date", "2026-08-14", "--json").json

    assert (report["sent"], report["sent_of_other_days"]) == (40, 80)


@pytest.mark.usefixtures("relay", "readers")
def test_dispatch_counts_each_message_once(newsletter: Newsletter) -> None:
    away = {"NEWSLETTER_SMTP__PORT": "1", "NEWSLETTER_DELIVERY__RELAY_PATIENCE": "0.5s"}
    for day in ("2026-08-12", "2026-08-13"):
        newsletter("send", "--date", day, env=away)

    reports = newsletter("dispatch", "--json").json

    assert [(one["day"], one["sent"]) for one in reports] == [
        ("2026-08-12", 40),
        ("2026-08-13", 40),
    ]
