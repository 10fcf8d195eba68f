"""Senders in processes of their own, killed, stopped and held up while they send."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from random import Random
from typing import Any

import pytest
from delivery.sending import command, counts, environment, names, publish, statuses
from delivery.sink import Sink

from newsletter.model import Status
from newsletter.store import Store

READERS = 150
CONNECTIONS = 4
LEASE = 2.0


@contextmanager
def sender(url: str, port: int, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A dispatching process; killed at the end if it still lives."""
    options = {"lease": LEASE, "connections": CONNECTIONS, **options}
    process = subprocess.Popen(
        command(url, port, **options),
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.002)


def finish(url: str, port: int, **options: Any) -> str:
    """Run senders until one is done: 75 says that it is to be run again, as on a busy machine."""
    said, code = "", 75
    for _ in range(5):
        with sender(url, port, **options) as process:
            said += process.communicate(timeout=60)[0]
            code = process.returncode
        if code != 75:
            break
    assert code == 0
    return said


@pytest.mark.parametrize("in_doubt", ["hold", "resend"])
def test_kill_9_in_the_middle_loses_nobody_and_doubts_no_more_than_one_a_connection(
    store: Store, database_url: str, in_doubt: str
) -> None:
    publish(store, names(READERS))
    moments = Random(9)
    kills = 2

    with Sink(delay=0.003) as sink:
        for kill in range(1, kills + 1):
            enough = int(READERS * (kill - moments.random()) / (kills + 1)) + 1
            with sender(database_url, sink.port, in_doubt=in_doubt) as process:
                wait_until(partial(has_taken, sink, enough))
                process.kill()
        finish(database_url, sink.port, in_doubt=in_doubt)

    taken = Counter(sink.accepted)
    found = statuses(store)
    doubtful = {name for name, status in found.items() if status is Status.IN_DOUBT}
    twice = {name for name, times in taken.items() if times > 1}
    assert set(found) == set(names(READERS))
    assert {name for name in found if name not in doubtful} <= set(taken)
    assert {found[name] for name in found if name not in doubtful} == {Status.SENT}
    assert len(doubtful | twice) <= kills * CONNECTIONS
    assert not (twice if in_doubt == "hold" else doubtful)


def has_taken(sink: Sink, enough: int) -> bool:
    return len(sink.accepted) >= enough


def test_the_run_after_a_kill_names_those_in_doubt(store: Store, database_url: str) -> None:
    addresses = [f"dot=never+r{number}@example.org" for number in range(CONNECTIONS)]
    publish(store, addresses)

    with Sink() as sink:
        with sender(database_url, sink.port, slow="yes", in_doubt="hold") as process:
            wait_until(lambda: sink.commands.count("DATA") == CONNECTIONS)
            process.kill()
        said = finish(database_url, sink.port, in_doubt="hold")

    assert set(said.split()[2:]) == set(addresses)
    assert counts(store) == {Status.IN_DOUBT: CONNECTIONS}


def test_sigterm_drains_and_nobody_is_lost_twice_or_in_doubt(
    store: Store, database_url: str
) -> None:
    publish(store, names(READERS))

    with Sink(delay=0.003) as sink:
        with sender(database_url, sink.port) as process:
            wait_until(lambda: len(sink.accepted) >= READERS // 3)
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=20)
            assert process.returncode == 0
        number, stopped, *doubtful = said.split()
        assert (stopped, doubtful) == ("True", [])
        assert counts(store) == {
            Status.SENT: int(number),
            Status.QUEUED: READERS - int(number),
        }
        finish(database_url, sink.port)

    assert sorted(sink.accepted) == sorted(names(READERS))
    assert counts(store) == {Status.SENT: READERS}


def test_two_processes_at_once_send_nothing_twice(store: Store, database_url: str) -> None:
    publish(store, names(READERS))

    with (
        Sink(delay=0.001) as sink,
        sender(database_url, sink.port) as one,
        sender(database_url, sink.port) as other,
    ):
        for process in (one, other):
            process.communicate(timeout=60)
            assert process.returncode == 0

    assert sorted(sink.accepted) == sorted(names(READERS))
    assert counts(store) == {Status.SENT: READERS}


def hold_up(pid: int, store: Store) -> None:
    """Stop a sender, but not in the middle of a commit: SQLite has one lock for all."""

    def is_stopped_between_commits() -> bool:
        os.kill(pid, signal.SIGSTOP)
        time.sleep(0.05)
        if store.engine.dialect.name != "sqlite":
            return True
        other = sqlite3.connect(str(store.engine.url.database), timeout=0, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
        except sqlite3.OperationalError:
            os.kill(pid, signal.SIGCONT)
            return False
        finally:
            other.close()
        return True

    wait_until(is_stopped_between_commits)


def test_a_sender_held_up_past_its_lease_and_replaced_writes_nothing_more(
    store: Store, database_url: str
) -> None:
    publish(store, names(READERS))

    with Sink(delay=0.003) as sink, sender(database_url, sink.port, in_doubt="hold") as held:
        wait_until(lambda: len(sink.accepted) >= READERS // 3)
        hold_up(held.pid, store)
        finish(database_url, sink.port, in_doubt="hold")
        after = counts(store)
        taken = len(sink.accepted)

        os.kill(held.pid, signal.SIGCONT)
        said, _ = held.communicate(timeout=20)

    assert held.returncode == 75
    assert "run the command again" in said
    assert counts(store) == after
    assert len(sink.accepted) - taken <= CONNECTIONS
    assert max(Counter(sink.accepted).values()) == 1
    assert after[Status.SENT] + after[Status.IN_DOUBT] == READERS
