"""Pauses, the guard and `cancel`, as a sender meets them in the middle of its work."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from delivery.sending import NOW, counts, deliver, make_settings, names, publish, statuses
from delivery.sink import Sink

import make
from newsletter.delivery.dispatch import Dispatched, Stop
from newsletter.model import Pause, Status, SubscriberStatus
from newsletter.store import Store

HOUR = timedelta(hours=1)
MANY = 400


def at(count: int, act: Callable[[], object]) -> Callable[[Dispatched, int], None]:
    """A progress that acts once, when so many are sent."""
    todo = [act]

    def tell(done: Dispatched, due: int) -> None:
        if done.sent >= count and todo:
            todo.pop()()

    return tell


def test_a_newsletter_that_is_paused_sends_nothing_and_says_so(store: Store) -> None:
    publish(store, names(5))
    store.ledger.pause("", now=NOW)

    with Sink() as sink:
        done = deliver(store, make_settings(sink.port))

    assert done == Dispatched(pause=Pause(reason="", since=NOW))
    assert sink.connections == 0


def test_a_pause_with_nothing_due_is_not_in_the_way(store: Store) -> None:
    store.ledger.pause("", now=NOW)

    with Sink() as sink:
        assert deliver(store, make_settings(sink.port)) == Dispatched()


def test_a_running_send_stops_for_a_pause_and_leaves_nothing_half_done(store: Store) -> None:
    publish(store, names(MANY))
    pause = at(20, lambda: store.ledger.pause("", now=NOW))

    with Sink(delay=0.005) as sink:
        done = deliver(store, make_settings(sink.port, patience=0.5), progress=pause)

    assert done.pause is not None
    assert done.in_doubt == 0
    assert 20 <= done.sent < MANY
    assert counts(store) == {Status.SENT: done.sent, Status.QUEUED: MANY - done.sent}
    assert len(sink.accepted) == done.sent
    assert store.ledger.waiting("another") == (0, 0.0)


def test_a_running_send_that_was_paused_goes_on_after_resume(store: Store) -> None:
    publish(store, names(MANY))
    resumed: list[Pause | None] = []

    def pause() -> None:
        store.ledger.pause("", now=NOW)
        threading.Timer(2, lambda: resumed.append(store.ledger.resume())).start()

    with Sink(delay=0.005) as sink:
        done = deliver(store, make_settings(sink.port, patience=60), progress=at(20, pause))

    assert resumed == [Pause(reason="", since=NOW)]
    assert (done.sent, done.pause) == (MANY, None)
    assert sorted(sink.accepted) == sorted(names(MANY))


def test_a_send_that_waits_for_resume_stops_when_it_is_asked_to(store: Store) -> None:
    publish(store, names(MANY))
    stop = Stop()

    def pause() -> None:
        store.ledger.pause("", now=NOW)
        threading.Timer(2, stop.ask).start()

    with Sink(delay=0.005) as sink:
        settings = make_settings(sink.port, patience=60)
        done = deliver(store, settings, progress=at(20, pause), stop=stop)

    assert done.stopped


def test_a_running_send_that_is_cancelled_begins_nothing_more(store: Store) -> None:
    publish(store, names(MANY))
    cancel = at(20, lambda: store.ledger.cancel(make.DAY, now=NOW))

    with Sink(delay=0.005) as sink:
        done = deliver(store, make_settings(sink.port), progress=cancel)

    assert done.sent <= 20 + 3  # one on each connection
    assert counts(store) == {Status.SENT: done.sent, Status.WITHDRAWN: MANY - done.sent}
    assert len(sink.accepted) == done.sent


def test_a_domain_that_refuses_three_in_a_row_is_left_alone_for_an_hour(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = [f"dot=554=5.7.1=3+r{number}@blocked.org" for number in range(20)]
    publish(store, [*blocked, *names(5)])

    with Sink() as sink:
        settings = make_settings(sink.port, connections=1)
        done = deliver(store, settings)
        assert (done.failed, done.sent) == (3, 5)
        assert counts(store)[Status.DEFERRED] == 17
        assert "blocked.org refused 3 in a row: dot: 554 5.7.1 as scripted" in caplog.text
        assert "its 17 other readers wait for an hour" in caplog.text

        again = deliver(store, settings, clock=lambda: NOW + HOUR)

    assert (again.failed, counts(store)[Status.DEFERRED]) == (3, 14)
    assert store.subscribers.count_by_status()[SubscriberStatus.SUPPRESSED] == 0


def test_ten_refusals_in_a_row_over_three_domains_pause_the_newsletter(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    publish(store, [f"dot=554=5.7.1+r{n}@d{n % 4}.org" for n in range(50)])

    with Sink() as sink, caplog.at_level(logging.ERROR):
        done = deliver(store, make_settings(sink.port, connections=1))
        assert done.pause is not None
        assert "10 messages in a row were refused" in done.pause.reason
        assert "the newsletter is paused: 10 messages" in caplog.text
        assert deliver(store, make_settings(sink.port)).pause == done.pause

    assert counts(store)[Status.FAILED] == 10
    assert counts(store)[Status.SENT] == 0


def test_more_than_30_of_100_refused_pause_the_newsletter_and_suppress_nobody(
    store: Store,
) -> None:
    addresses = [
        f"rcpt=550=5.1.1+r{n}@example.org" if n % 3 == 0 else f"r{n}@example.org"
        for n in range(300)
    ]
    publish(store, addresses)

    with Sink() as sink:
        done = deliver(store, make_settings(sink.port))

    assert done.pause is not None
    assert "refused for good, which is more than dead addresses explain" in done.pause.reason
    assert store.subscribers.count_by_status()[SubscriberStatus.SUPPRESSED] == 0
    found = counts(store)
    assert found.total() == 300
    assert found[Status.QUEUED] > 150
    assert store.ledger.retry(None, (Status.FAILED,), now=NOW) >= 31


def test_a_fair_share_of_dead_addresses_is_suppressed_at_the_end_of_the_run(
    store: Store,
) -> None:
    publish(store, [*names(40), *(f"rcpt=550=5.1.1+r{n}@example.org" for n in range(20))])

    with Sink() as sink:
        done = deliver(store, make_settings(sink.port))

    assert done.pause is None
    assert store.subscribers.count_by_status()[SubscriberStatus.SUPPRESSED] == 20


def test_an_address_refused_in_three_editions_is_suppressed(store: Store) -> None:
    odd = "rcpt=550+odd@example.org"
    found = []

    with Sink() as sink:
        for number in range(3):
            publish(store, [odd, "ada@example.org"], day=make.DAY + number * timedelta(days=1))
            deliver(store, make_settings(sink.port))
            reader = store.subscribers.get(odd)
            assert reader is not None
            found.append(reader.status)

    assert found == [SubscriberStatus.CONFIRMED] * 2 + [SubscriberStatus.SUPPRESSED]


def test_a_relay_that_does_not_understand_us_pauses_the_newsletter(store: Store) -> None:
    publish(store, [f"rcpt=501+r{n}@d{n}.org" for n in range(20)])

    with Sink() as sink:
        done = deliver(store, make_settings(sink.port, connections=1))

    assert done.pause is not None
    assert "does not understand us" in done.pause.reason
    assert counts(store) == {Status.FAILED: 3, Status.QUEUED: 17}


def test_a_tenth_greylisted_are_all_reached_by_a_dispatch_every_quarter_of_an_hour(
    store: Store,
) -> None:
    addresses = [
        f"rcpt=451=4.7.1=2+r{n}@example.org" if n % 10 == 0 else f"r{n}@example.org"
        for n in range(200)
    ]
    publish(store, addresses)
    runs = 0

    with Sink() as sink:
        settings = make_settings(sink.port)
        while store.ledger.open_days():
            moment = NOW + runs * timedelta(minutes=15)
            done = deliver(store, settings, clock=lambda moment=moment: moment)
            assert (done.failed, done.rejected, done.in_doubt) == (0, 0, 0)
            runs += 1
            assert runs < 30

    assert sorted(sink.accepted) == sorted(addresses)
    assert set(statuses(store).values()) == {Status.SENT}
    assert runs > 2
