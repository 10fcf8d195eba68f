"""Under cron: silent, one at a time; and what `status` says."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from commands import Newsletter
from newsletter.delivery.sandbox import sandbox
from newsletter.store import Store, open_store
from newsletter.timetable import Skip, Waiting

#: It is always Sunday somewhere in this week: nothing is due whenever the tests run.
NEVER = {"NEWSLETTER_SCHEDULE__SKIP": ",".join(
    f"{datetime.now(UTC).date() + timedelta(days=days)}" for days in range(-1, 2)
)}  # fmt: skip


@pytest.fixture
def relay(tmp_path: Path, environment: dict[str, str]) -> Iterator[Path]:
    """A real SMTP server, set as the relay for every command of the test."""
    with sandbox(tmp_path / "relay") as (host, port):
        environment["NEWSLETTER_SMTP__HOST"] = host
        environment["NEWSLETTER_SMTP__PORT"] = str(port)
        environment["NEWSLETTER_SMTP__SECURITY"] = "none"
        environment["NEWSLETTER_SCHEDULE__DAYS"] = "mon,tue,wed,thu,fri,sat,sun"
        environment["NEWSLETTER_SCHEDULE__CATCH_UP"] = "25h"  # due at whatever time this runs
        environment["NEWSLETTER_PAPERS__SOURCE"] = "lists"
        yield tmp_path / "relay" / "new"


@pytest.fixture
def readers(newsletter: Newsletter, home: Path, relay: Path) -> None:
    (home / "readers.csv").write_text("ada@example.org\ngrace@example.org\n")
    assert newsletter("subscribers", "import", "readers.csv").code == 0
    (home / "lists").mkdir()
    today = datetime.now(UTC).date()
    for day in (today - timedelta(days=1), today):  # whichever slot was the last
        papers = [{"paper": {"id": f"2608.{day:%d}001", "title": f"Of {day}", "upvotes": 9}}]
        (home / "lists" / f"{day}_seen_{day:%Y%m%d}T0000Z.json").write_text(json.dumps(papers))


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """The real store, as another program has it open."""
    with open_store(f"sqlite:///{home}/var/newsletter.db") as store:
        yield store


@pytest.mark.usefixtures("readers")
def test_cron_is_silent_while_all_is_well_and_sends_once(
    newsletter: Newsletter, relay: Path
) -> None:
    for _ in range(3):
        ran = newsletter("send", "--due", "--no-wait", "--quiet")
        assert (ran.code, ran.out, ran.err) == (0, "", "")
    ran = newsletter("dispatch", "--quiet")

    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert len(list(relay.iterdir())) == 2


@pytest.mark.usefixtures("readers")
def test_without_quiet_it_says_in_one_line_what_happened(newsletter: Newsletter) -> None:
    said = newsletter("send", "--due").out

    # Before eight it is the edition of yesterday, which knows one paper less.
    assert re.fullmatch(r"Sent [12] papers? of .* to 2 readers in [\d.]+ s\.\n", said)
    assert newsletter("send", "--due").out == "Nothing is open: there is nothing to send.\n"


@pytest.mark.usefixtures("readers")
def test_what_is_not_due_is_sent_only_by_who_asks_for_it(
    newsletter: Newsletter, relay: Path
) -> None:
    assert newsletter("send", "--due", env=NEVER).code == 0
    assert not list(relay.iterdir())

    assert newsletter("send", env=NEVER).code == 0
    assert len(list(relay.iterdir())) == 2


def test_due_goes_with_no_other_way_to_say_what_to_send(newsletter: Newsletter) -> None:
    assert newsletter("send", "--due", "--dry-run").code == 2
    assert newsletter("send", "--due", "--date", "2026-08-14").code == 2


@pytest.mark.usefixtures("readers")
def test_who_does_not_wait_is_told_who_is_sending(
    newsletter: Newsletter, store: Store, relay: Path
) -> None:
    store.locks.take("sending", "host, process 7", timedelta(minutes=5))

    ran = newsletter("send", "--no-wait")
    quiet = newsletter("send", "--no-wait", "--quiet")

    assert ran.code == quiet.code == 75
    assert re.search(r"host, process 7 has been sending for \d+ s; run the command again", ran.err)
    assert (quiet.out, quiet.err) == ("", "")
    assert "Now: host, process 7 has been sending" in newsletter("status").out
    assert not list(relay.iterdir())


@pytest.mark.usefixtures("readers")
def test_who_waits_says_for_whom_and_goes_on_after(
    home: Path, environment: dict[str, str], store: Store, relay: Path
) -> None:
    store.locks.take("sending", "host, process 7", timedelta(minutes=5))
    waiting = start(home, environment, "send", "--due")
    assert waiting.stderr is not None
    assert "host, process 7 has been sending" in waiting.stderr.readline()

    store.locks.release("sending", "host, process 7")

    assert waiting.wait(30) == 0
    waiting.communicate()
    assert len(list(relay.iterdir())) == 2
    assert store.locks.holder("sending") is None


@pytest.mark.usefixtures("readers")
def test_a_lock_is_kept_for_as_long_as_a_send_takes(
    home: Path, environment: dict[str, str], store: Store
) -> None:
    """The relay says nothing for longer than the lease, and cron comes by meanwhile."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as mute:
        mute.settimeout(60)
        environment["NEWSLETTER_SMTP__PORT"] = str(mute.getsockname()[1])
        environment["NEWSLETTER_DELIVERY__LEASE"] = "1s"
        sending = start(home, environment, "send", "--due")
        connection, _ = mute.accept()
        with connection:
            wait_for(lambda: held_for(store) > timedelta(seconds=2))
            sending.send_signal(signal.SIGTERM)
            sending.communicate(timeout=60)

    assert store.locks.holder("sending") is None


def held_for(store: Store) -> timedelta:
    holder = store.locks.holder("sending")
    return holder.age if holder else timedelta(0)


def test_status_says_what_went_what_is_next_and_what_would_stop_it(
    newsletter: Newsletter, store: Store, relay: Path, readers: None
) -> None:
    fresh = newsletter("status").out
    newsletter("send", "--due")
    after = newsletter("status").out

    assert "What would stop it: nobody has looked at the schedule; start newsletter run" in fresh
    assert re.search(r"Last edition: .*, published .*at \d\d:\d\d \(UTC\), sent to 2 of 2", after)
    assert re.search(r"Next edition: \w+ \d+ \w+, .*at 08:00 \(UTC\), in ", after)
    assert "What would stop it" not in after


@pytest.mark.usefixtures("readers")
def test_status_for_machines_tells_what_it_tells_people_of_the_schedule(
    newsletter: Newsletter, store: Store
) -> None:
    newsletter("send", "--due")
    now = datetime.now(UTC)
    plain = newsletter("status", "--json").json[0]
    store.ledger.pause("", now=now)
    store.agenda.skip([Skip(now.date() + timedelta(days=2), "no papers")], now=now)
    store.agenda.wait(Waiting(now.date() + timedelta(days=3), "too few", now), now=now)
    told = newsletter("status", "--json").json[0]

    assert (plain["sent"], plain["paused"], plain["waiting"], plain["skipped"]) == (2, "", None, [])
    assert datetime.fromisoformat(plain["next"]["at"]) > now
    assert told["paused"].endswith("by hand")
    assert told["skipped"] == [{"day": f"{now.date() + timedelta(days=2)}", "reason": "no papers"}]
    assert told["waiting"] == {
        "day": f"{now.date() + timedelta(days=3)}",
        "reason": "too few",
        "look_at": now.isoformat(),
    }


@pytest.mark.usefixtures("readers")
def test_status_says_what_is_open_and_why(
    newsletter: Newsletter, environment: dict[str, str]
) -> None:
    environment["NEWSLETTER_SMTP__PORT"] = "1"
    environment["NEWSLETTER_DELIVERY__RELAY_PATIENCE"] = "1s"
    assert newsletter("send", "--due").code == 75

    said = newsletter("status").out

    assert re.search(r"Open: 2 readers of [\d-]+ queued \(the relay 127.0.0.1:1 cannot", said)
    assert "What would stop it: the relay" in said


@pytest.mark.usefixtures("readers")
def test_status_names_a_broken_template(newsletter: Newsletter, home: Path) -> None:
    (home / "templates" / "digest.mjml").write_text("{% if %}")

    assert "What would stop it: the templates: " in newsletter("status").out


@pytest.mark.usefixtures("readers")
def test_a_health_check_fails_while_nobody_looks_at_the_schedule(newsletter: Newsletter) -> None:
    assert newsletter("status", "--alive").code == 1

    newsletter("send", "--due", env=NEVER)

    assert newsletter("status", "--alive").code == 0


def test_run_logs_json_by_setting(home: Path, environment: dict[str, str]) -> None:
    environment["NEWSLETTER_LOG__FORMAT"] = "json"
    running = start(home, environment, "run")
    assert running.stderr is not None
    first = json.loads(running.stderr.readline())
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=20)

    assert first["message"].startswith("Next edition: ")
    assert first["level"] == "INFO"


def start(home: Path, environment: dict[str, str], *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "newsletter", *words],
        cwd=home,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)
