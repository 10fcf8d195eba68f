"""Several sender processes at one edition: summed, stopped, killed, and outlived."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from delivery.sending import (
    be_quiet,
    counts,
    environment,
    find_senders,
    make_settings,
    names,
    publish,
    statuses,
)
from delivery.sink import Sink

from newsletter.crew import WORTH_A_CREW, send_out, share_out
from newsletter.delivery.progress import Dispatched, Tell
from newsletter.delivery.stop import Stop
from newsletter.errors import RelayUnavailable
from newsletter.limits import Limit
from newsletter.model import Status, SubscriberStatus
from newsletter.settings import Settings, Smtp, StoreSection
from newsletter.store import Store

READERS = WORTH_A_CREW + 200
CONNECTIONS = 6
SECOND = timedelta(seconds=1)
PASSWORD = "correct horse"

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def settings_of(url: str, port: int, **changes: Any) -> Settings:
    """Settings of a crew of two; time-outs that a busy machine keeps to."""
    given = {
        "connections": CONNECTIONS,
        "processes": 2,
        "command_timeout": SECOND * 20,
        "data_timeout": SECOND * 20,
        "dot_timeout": SECOND * 20,
        "lease": 3,
        "patience": 20,
        **changes,
    }
    made = make_settings(port, **given)
    return Settings(smtp=made.smtp, delivery=made.delivery, store=StoreSection(url=url))


def send(
    store: Store, settings: Settings, *, stop: Stop | None = None, progress: Tell = be_quiet
) -> Dispatched:
    return send_out(
        store,
        settings,
        clock=lambda: datetime.now(UTC),
        random=Random(8),
        stop=stop or Stop(),
        progress=progress,
    )


def once(holds: Callable[[], bool], act: Callable[[], None]) -> threading.Thread:
    """Do something in the middle of a send."""

    def watch() -> None:
        while not holds():
            time.sleep(0.002)
        act()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


SERVER = "postgresql://newsletter@localhost/newsletter"


def test_connections_are_shared_out_and_none_is_added() -> None:
    def shares(connections: int, processes: int, url: str = SERVER) -> list[int]:
        smtp = Smtp(connections=connections, processes=processes)
        settings = Settings(smtp=smtp, store=StoreSection(url=url))
        return [it.smtp.connections for it in share_out(settings, cores=16)]

    assert shares(10, 3) == [4, 3, 3]
    assert shares(20, 0) == [10, 10]
    assert shares(19, 0) == [19]
    assert shares(100, 0) == [25] * 4
    assert shares(2, 8) == [1, 1]
    assert shares(10, 1) == [10]
    # SQLite has one writer at a time.
    assert shares(99, 0, "sqlite:///papers.db") == [99]
    assert shares(200, 0, "sqlite:///papers.db") == [100, 100]
    assert shares(10, 2, "sqlite:///papers.db") == [5, 5]


def test_the_connections_for_a_domain_are_shared_out_as_well() -> None:
    domains = {"a.org": Limit(rate=5.0, connections=3), "b.org": Limit(rate=1.0)}
    smtp = Smtp(connections=10, processes=2, domains=domains)

    one, other = (it.smtp.domains for it in share_out(Settings(smtp=smtp), cores=2))

    assert (one["a.org"].connections, other["a.org"].connections) == (2, 1)
    assert one["b.org"] == other["b.org"] == domains["b.org"]
    assert one["a.org"].rate == 5.0  # is agreed on in the store

    narrow = replace(smtp, domains={"a.org": Limit(connections=1)})
    assert len(share_out(Settings(smtp=narrow), cores=2)) == 1


def test_two_processes_send_to_everybody_once_and_their_progress_is_one(
    store: Store, database_url: str
) -> None:
    publish(store, names(READERS))
    told: list[tuple[int, int]] = []

    with Sink() as sink:
        settings = settings_of(database_url, sink.port)
        done = send(store, settings, progress=lambda it, due: told.append((it.sent, due)))

    assert sorted(sink.accepted) == sorted(names(READERS))
    assert counts(store) == {Status.SENT: READERS}
    assert done.sent == sum(done.sent_of.values()) == READERS
    assert not done.doubtful
    assert [sent for sent, _ in told] == sorted(sent for sent, _ in told)
    assert {due for _, due in told} == {READERS}
    assert any(0 < sent < READERS for sent, _ in told)


@ON_SQLITE
def test_few_deliveries_are_sent_without_other_processes(store: Store, database_url: str) -> None:
    publish(store, names(WORTH_A_CREW // 10))
    seen: list[int] = []

    with Sink() as sink:
        settings = settings_of(database_url, sink.port)
        done = send(
            store, settings, progress=lambda it, due: seen.extend(find_senders(os.getpid()))
        )

    assert done.sent == WORTH_A_CREW // 10
    assert not seen


@ON_SQLITE
def test_a_process_that_sends_alone_is_a_lean_one_too(store: Store, database_url: str) -> None:
    publish(store, names(READERS))
    seen = set[int]()

    with Sink() as sink:
        settings = settings_of(database_url, sink.port, processes=1)
        done = send(
            store, settings, progress=lambda it, due: seen.update(find_senders(os.getpid()))
        )

    assert done.sent == READERS
    assert len(seen) == 1


@ON_SQLITE
@pytest.mark.parametrize("processes", [1, 2])
def test_what_was_done_before_a_failure_is_told_in_full(
    store: Store, database_url: str, processes: int
) -> None:
    publish(store, names(READERS))
    told: list[int] = []

    with Sink(delay=0.002) as sink:
        settings = settings_of(database_url, sink.port, processes=processes, patience=1)
        ending = once(lambda: len(sink.accepted) >= READERS // 3, sink.go_down)
        with pytest.raises(RelayUnavailable):
            send(store, settings, progress=lambda it, due: told.append(it.sent))
        ending.join()

    assert told[-1] == counts(store)[Status.SENT] > 0


def test_a_sender_without_orders_ends() -> None:
    command = [sys.executable, "-m", "newsletter.sender"]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 1
    assert "given no orders" in done.stderr


def test_what_a_killed_sender_had_on_the_wire_is_in_doubt_and_all_else_goes(
    store: Store, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    publish(store, names(READERS))

    def kill_one() -> None:
        os.kill(find_senders(os.getpid())[0], signal.SIGKILL)

    with Sink(delay=0.002) as sink:
        killing = once(lambda: len(sink.accepted) >= READERS // 3, kill_one)
        done = send(store, settings_of(database_url, sink.port, in_doubt="hold"))
        killing.join()

    found = statuses(store)
    doubtful = {name for name, status in found.items() if status is Status.IN_DOUBT}
    assert 1 <= len(doubtful) <= CONNECTIONS // 2
    assert set(done.doubtful) == doubtful
    assert max(Counter(sink.accepted).values()) == 1
    assert {name for name in found if name not in doubtful} <= set(sink.accepted)
    assert {found[name] for name in found if name not in doubtful} == {Status.SENT}
    assert sum("before its time (exit code -9)" in it.message for it in caplog.records) == 1
    assert sum(": in doubt" in it.message for it in caplog.records) == len(doubtful)


@ON_SQLITE
def test_a_crew_that_is_killed_to_the_last_is_replaced(store: Store, database_url: str) -> None:
    publish(store, names(READERS))

    def kill_all() -> None:
        for pid in find_senders(os.getpid()):
            os.kill(pid, signal.SIGKILL)

    with Sink(delay=0.002) as sink:
        killing = once(lambda: len(sink.accepted) >= READERS // 3, kill_all)
        done = send(store, settings_of(database_url, sink.port))
        killing.join()

    assert counts(store) == {Status.SENT: READERS}
    twice = {name for name, times in Counter(sink.accepted).items() if times > 1}
    assert twice <= set(done.doubtful)
    assert len(done.doubtful) <= CONNECTIONS


@ON_SQLITE
def test_a_wish_to_stop_drains_every_process(store: Store, database_url: str) -> None:
    publish(store, names(READERS))
    stop = Stop()

    with Sink(delay=0.002) as sink:
        stopping = once(lambda: len(sink.accepted) >= READERS // 4, stop.ask)
        done = send(store, settings_of(database_url, sink.port), stop=stop)
        stopping.join()

    assert done.stopped
    assert counts(store) == {Status.SENT: done.sent, Status.QUEUED: READERS - done.sent}
    assert sorted(sink.accepted) == sorted(
        name for name, status in statuses(store).items() if status is Status.SENT
    )
    assert store.ledger.due(datetime.now(UTC), True) == READERS - done.sent


@ON_SQLITE
def test_a_sender_that_gets_a_signal_of_its_own_and_a_wish_does_not_cut_anything_off(
    store: Store, database_url: str
) -> None:
    """As systemd does it: the signal goes to every process of the service."""
    publish(store, names(READERS))
    stop = Stop()

    def signal_all() -> None:
        for pid in find_senders(os.getpid()):
            os.kill(pid, signal.SIGTERM)
        stop.ask()

    with Sink(delay=0.01) as sink:
        stopping = once(lambda: len(sink.accepted) >= READERS // 8, signal_all)
        done = send(store, settings_of(database_url, sink.port), stop=stop)
        stopping.join()

    assert not done.doubtful
    assert counts(store) == {Status.SENT: done.sent, Status.QUEUED: READERS - done.sent}


@ON_SQLITE
def test_senders_whose_parent_is_killed_end_by_themselves_and_cut_nothing_off(
    store: Store, database_url: str
) -> None:
    publish(store, names(READERS))

    with Sink(delay=0.005) as sink:
        command = [sys.executable, __file__, database_url, str(sink.port)]
        with subprocess.Popen(command, env=environment()) as parent:
            while len(sink.accepted) < READERS // 8:
                time.sleep(0.01)
            senders = find_senders(parent.pid)
            parent.kill()
        deadline = time.monotonic() + 30
        while any(Path(f"/proc/{pid}/cmdline").exists() for pid in senders):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        taken = len(sink.accepted)

    assert len(senders) == 2
    assert taken < READERS
    assert counts(store) == {Status.SENT: taken, Status.QUEUED: READERS - taken}
    assert store.ledger.due(datetime.now(UTC), True) == READERS - taken


@ON_SQLITE
def test_a_relay_that_refuses_us_ends_all_with_its_words(store: Store, database_url: str) -> None:
    publish(store, names(READERS))

    with (
        Sink(faults=("mail=550=5.7.1",)) as sink,
        pytest.raises(RelayUnavailable, match=r"refuses our mail .*no reader is to blame"),
    ):
        send(store, settings_of(database_url, sink.port))

    assert counts(store) == {Status.QUEUED: READERS}
    assert store.ledger.due(datetime.now(UTC), True) == READERS


@ON_SQLITE
def test_an_alarm_in_one_process_pauses_all_and_suppresses_nobody(
    store: Store, database_url: str
) -> None:
    publish(store, [f"rcpt=550=5.1.1+r{n}@d{n}.example.org" for n in range(READERS)])

    with Sink() as sink:
        done = send(store, settings_of(database_url, sink.port))

    assert done.pause is not None
    assert "refused for good" in done.pause.reason
    assert counts(store)[Status.QUEUED] > READERS // 2
    suppressed = store.subscribers.count_by_status()[SubscriberStatus.SUPPRESSED]
    assert suppressed < CONNECTIONS * 2


@ON_SQLITE
def test_dead_addresses_are_suppressed_after_all_have_ended(
    store: Store, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    dead = ["rcpt=550=5.1.1+a@example.org", "rcpt=550=5.1.1+b@example.org"]
    publish(store, [dead[0], *names(READERS), dead[1]])

    with Sink() as sink, caplog.at_level(logging.INFO):
        done = send(store, settings_of(database_url, sink.port))

    assert (done.sent, done.rejected) == (READERS, 2)
    suppressed = {it.address for it in store.subscribers.iterate(SubscriberStatus.SUPPRESSED)}
    assert suppressed == set(dead)
    told = [it for it in caplog.records if it.message.startswith(f"{dead[0]}: rejected")]
    assert [it.name for it in told] == ["newsletter.delivery.worker"]


@ON_SQLITE
def test_the_password_is_neither_in_a_command_line_nor_in_an_environment(
    store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(store, names(READERS))
    monkeypatch.setenv("NEWSLETTER_SMTP__PASSWORD", PASSWORD)
    seen: list[bytes] = []

    def look() -> None:
        for pid in find_senders(os.getpid()):
            seen.extend(Path(f"/proc/{pid}/{it}").read_bytes() for it in ("cmdline", "environ"))

    with Sink(users={"me": PASSWORD}) as sink:
        looking = once(lambda: len(sink.accepted) > 0, look)
        settings = settings_of(database_url, sink.port, username="me", password=PASSWORD)
        assert send(store, settings).sent == READERS
        looking.join()

    assert len(seen) == 4
    assert not any(PASSWORD.encode() in it for it in seen)


def main(url: str, port: str) -> None:
    from newsletter.store import open_store

    with open_store(url) as store:
        send(store, settings_of(url, int(port)))


if __name__ == "__main__":
    main(*sys.argv[1:])
