"""Rates, slow domains and a relay that asks for less, in real sends to a real SMTP server."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from delivery.sending import NOW, SECOND, counts, deliver, make_settings, names, publish
from delivery.sink import Sink

from newsletter.delivery.dispatch import Dispatched, Stop
from newsletter.limits import Limit
from newsletter.model import Status
from newsletter.store import Store

LONG = {"command_timeout": SECOND * 30, "data_timeout": SECOND * 30, "dot_timeout": SECOND * 30}


def test_a_rate_is_never_exceeded_and_everybody_is_sent_to(store: Store) -> None:
    publish(store, names(60))
    started = time.monotonic()

    with Sink() as sink:
        deliver(store, make_settings(sink.port, rate=50.0))

    # The last message's moment lies no earlier, whatever this machine has to do besides.
    assert time.monotonic() - started >= 59 / 50 - 0.5
    assert sorted(sink.accepted) == sorted(names(60))
    assert counts(store) == {Status.SENT: 60}


def test_two_senders_at_once_share_one_rate(store: Store) -> None:
    publish(store, names(120))
    started = time.monotonic()

    with Sink() as sink, ThreadPoolExecutor(2) as pool:
        settings = make_settings(sink.port, rate=80.0)
        runs = [pool.submit(deliver, store, settings) for _ in range(2)]
        sent = [run.result().sent for run in runs]

    assert time.monotonic() - started >= 119 / 80 - 2 * 0.5
    assert sum(sent) == 120
    assert sorted(sink.accepted) == sorted(names(120))


@pytest.mark.parametrize(("connections", "readers"), [(1, 3), (10, 1)])
def test_a_rate_outlives_a_relay_that_says_later(
    store: Store, connections: int, readers: int
) -> None:
    """Moments pass meanwhile, and others are taken."""
    publish(store, names(readers))

    with Sink(faults=("mail=421==4",)) as sink:
        deliver(store, make_settings(sink.port, rate=20.0, connections=connections, patience=30))

    assert sorted(sink.accepted) == sorted(names(readers))


def test_a_rate_costs_few_questions_to_the_store(store: Store) -> None:
    publish(store, names(90))
    asked: list[str] = []

    @sa.event.listens_for(store.engine, "before_cursor_execute")
    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if "paces" in statement:
            asked.append(statement)

    with Sink() as sink:
        deliver(store, make_settings(sink.port, rate=60.0, connections=10))

    assert len(sink.accepted) == 90
    assert len(asked) < 90


def test_a_later_run_keeps_to_the_moments_that_an_earlier_one_took(store: Store) -> None:
    publish(store, names(1))
    with Sink() as sink:
        deliver(store, make_settings(sink.port, rate=1.0))
        publish(store, names(3), day=NOW.date() + timedelta(days=3))
        started = time.monotonic()
        deliver(store, make_settings(sink.port, rate=1.0))

    assert time.monotonic() - started >= 2 - 1  # three moments, one of them a second late


def test_a_stop_does_not_wait_for_a_slow_rate(store: Store) -> None:
    publish(store, names(5))
    stop = Stop()

    with Sink() as sink:
        threading.Timer(0.5, stop.ask).start()
        done = deliver(store, make_settings(sink.port, rate=1 / 3600), stop=stop)

    assert done.stopped
    assert counts(store) == {Status.SENT: 1, Status.QUEUED: 4}
    assert store.ledger.due(NOW, True) == 4


def test_an_outcome_does_not_wait_for_the_next_moment(store: Store) -> None:
    """Who is killed while a slow rate makes them wait leaves nobody in doubt."""
    publish(store, names(2))
    stop = Stop()
    seen: list[object] = []

    def look() -> None:
        until = time.monotonic() + 20
        while Status.SENT not in counts(store) and time.monotonic() < until:
            time.sleep(0.05)
        seen.append(counts(store))
        stop.ask()

    with Sink() as sink:
        threading.Thread(target=look).start()
        deliver(store, make_settings(sink.port, rate=1 / 3600), stop=stop)

    assert seen == [{Status.SENT: 1, Status.QUEUED: 1}]


def test_a_limited_domain_at_the_head_of_the_list_keeps_nobody_waiting(store: Store) -> None:
    limited = [f"reader{number}@example.com" for number in range(300)]
    publish(store, [*limited, *names(100)])
    stop = Stop()

    def tell(done: Dispatched, due: int) -> None:
        if sum(address.endswith("@example.org") for address in sink.accepted) == 100:
            stop.ask()

    with Sink() as sink:
        settings = make_settings(sink.port, domains={"example.com": Limit(rate=10.0)})
        deliver(store, settings, stop=stop, progress=tell)

    assert len(sink.accepted) < 300
    assert set(names(100)) <= set(sink.accepted)
    assert counts(store)[Status.SENT] == len(sink.accepted)


def test_a_domain_has_no_more_messages_under_way_than_its_connections(store: Store) -> None:
    publish(store, [f"reader{number}@example.com" for number in range(40)])
    most = 0

    with Sink(delay=0.002) as sink:

        def tell(done: Dispatched, due: int) -> None:
            nonlocal most
            busy = [session for session in list(sink.sessions) if session.recipient is not None]
            most = max(most, len(busy))

        limit = Limit(connections=2)
        settings = make_settings(sink.port, connections=8, domains={"example.com": limit})
        done = deliver(store, settings, progress=tell)

    assert done.sent == 40
    assert most <= 2


def test_a_domain_that_is_slow_from_the_first_holds_up_nobody_else(store: Store) -> None:
    slow = [f"dot=late+r{number}@slow.example" for number in range(12)]
    rest = [f"reader{number}@d{number % 9}.org" for number in range(120)]
    publish(store, [*slow, *rest])
    behind: list[tuple[int, float]] = []

    def tell(done: Dispatched, due: int) -> None:
        if done.sent == 120:
            seconds = time.monotonic() - started
            behind.append((sum(address in slow for address in sink.accepted), seconds))

    with Sink(late=1.5) as sink:
        started = time.monotonic()
        done = deliver(store, make_settings(sink.port, connections=5, **LONG), progress=tell)

    assert done.sent == 132
    count, seconds = behind[0]
    # One after another, and one on each connection that had nothing else left to begin.
    assert count <= 5 + seconds / 1.5
    assert sorted(sink.accepted) == sorted([*slow, *rest])


def test_a_domain_that_is_slow_and_alone_has_all_connections(store: Store) -> None:
    publish(store, [f"dot=late+r{number}@slow.example" for number in range(9)])

    with Sink(late=1) as sink:
        done = deliver(store, make_settings(sink.port, connections=9, **LONG))

    assert done.sent == 9
    assert sink.connections >= 8


def test_a_relay_that_asks_everybody_for_less_is_soon_sent_very_little(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    publish(store, [f"rcpt=454=4.7.0+r{number}@d{number}.org" for number in range(400)])
    stop = Stop()

    with Sink() as sink:
        threading.Timer(2, stop.ask).start()
        done = deliver(store, make_settings(sink.port, connections=8), stop=stop)

    assert done.deferred < 100
    assert store.ledger.pace({}).rows[""].share < 0.1
    assert caplog.text.count("wants less at a time, going slower: rcpt: 454 4.7.0") == 1


def test_what_one_sender_was_told_the_next_one_knows(store: Store) -> None:
    publish(store, [f"rcpt=421=4.7.0=1+r{number}@d{number}.org" for number in range(2)])
    with Sink() as sink:
        deliver(store, make_settings(sink.port))

    pace = store.ledger.pace({})

    assert pace.rows[""].share_at(pace.now) < 1


def test_greylisting_of_one_domain_slows_that_domain_alone(store: Store) -> None:
    greylisted = [f"rcpt=451=4.7.1+r{number}@grey.example" for number in range(40)]
    publish(store, [*greylisted, *names(40)])

    with Sink() as sink:
        done = deliver(store, make_settings(sink.port, connections=8))

    rows = store.ledger.pace({}).rows
    assert (done.sent, done.deferred) == (40, 40)
    assert rows["grey.example"].share < 1
    assert "" not in rows
    assert "example.org" not in rows


def test_one_reader_of_ten_greylisted_slows_nothing(store: Store) -> None:
    publish(
        store,
        [
            ("rcpt=451=4.7.1+" if number % 10 == 0 else "") + f"r{number}@example.org"
            for number in range(200)
        ],
    )

    with Sink() as sink:
        done = deliver(store, make_settings(sink.port))

    assert (done.sent, done.deferred) == (180, 20)
    assert not store.ledger.pace({}).rows


def test_a_relay_that_takes_few_messages_a_connection_slows_nothing(store: Store) -> None:
    publish(store, names(60))

    with Sink(per_connection=5, goodbye="421 4.4.2 enough") as sink:
        deliver(store, make_settings(sink.port))

    assert not store.ledger.pace({}).rows


def test_trouble_with_the_relay_is_told_once_and_not_by_each_connection(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    publish(store, names(200))
    sink = Sink(delay=0.002)
    back = threading.Timer(1.0, sink.come_up)

    def tell(done: Dispatched, due: int) -> None:
        if done.sent == 20 and not back.is_alive():
            sink.go_down()
            back.start()

    with sink, caplog.at_level(logging.INFO):
        done = deliver(store, make_settings(sink.port, connections=8, patience=30), progress=tell)

    assert done.sent == 200
    assert caplog.text.count("trouble with the relay") == 1
