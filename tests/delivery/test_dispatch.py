"""Dispatching to a real SMTP server, which says what it took: the ledger must agree."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from delivery.conftest import Certify
from delivery.sending import (
    NOW,
    compose,
    counts,
    deliver,
    make_settings,
    names,
    publish,
    statuses,
)
from delivery.sink import Sink

import make
from newsletter.delivery.dispatch import Dispatched, Stop
from newsletter.errors import AddressError, LeaseLost, RelayUnavailable
from newsletter.model import Change, Claimed, Message, Status, SubscriberStatus
from newsletter.store import Store
from newsletter.store.engine import db_now, lock, writing
from newsletter.store.schema import deliveries

MINUTE = timedelta(minutes=1)


def test_every_reader_gets_it_once(store: Store) -> None:
    publish(store, names(120))

    with Sink() as sink:
        done = deliver(store, make_settings(sink.port))

    assert (done.sent, done.done, done.stopped) == (120, 120, False)
    assert sorted(sink.accepted) == sorted(names(120))
    assert counts(store) == {Status.SENT: 120}
    assert sink.connections == 3


def test_a_second_run_sends_nothing(store: Store) -> None:
    publish(store, names(5))

    with Sink() as sink:
        deliver(store, make_settings(sink.port))
        again = deliver(store, make_settings(sink.port))

    assert again == Dispatched()
    assert len(sink.accepted) == 5
    assert sink.connections == 3


def test_there_are_never_more_connections_than_messages(store: Store) -> None:
    publish(store, names(2))

    with Sink() as sink:
        deliver(store, make_settings(sink.port, connections=50))

    assert 1 <= sink.connections <= 2


def test_a_dead_address_is_suppressed_with_the_relays_words(store: Store) -> None:
    publish(store, ["rcpt=550=5.1.1+gone@example.org", "ada@example.org"])

    with Sink() as sink:
        done = deliver(store, make_settings(sink.port))

    assert (done.sent, done.rejected) == (1, 1)
    reader = store.subscribers.get("rcpt=550=5.1.1+gone@example.org")
    assert reader is not None
    assert reader.status is SubscriberStatus.SUPPRESSED
    assert reader.reason == "rcpt: 550 5.1.1 as scripted"


@pytest.mark.parametrize("fault", ["mail=550=5.1.8", "mail=553=5.7.1", "greeting=521"])
def test_a_refusal_of_us_stops_at_once_and_touches_nobody(store: Store, fault: str) -> None:
    publish(store, names(20))

    with (
        Sink(faults=(fault,)) as sink,
        pytest.raises(RelayUnavailable, match=r"no reader is to blame.*run the command again"),
    ):
        deliver(store, make_settings(sink.port, patience=60))

    assert counts(store) == {Status.QUEUED: 20}
    assert {it.attempts for it in store.ledger.deliveries()} == {0}
    assert store.ledger.due(NOW, True) == 20


def test_our_sender_refused_late_at_rcpt_suppresses_nobody(store: Store) -> None:
    publish(store, [f"rcpt=550=5.1.8+r{n}@example.org" for n in range(20)])

    with Sink() as sink, pytest.raises(RelayUnavailable, match=r"550 5\.1\.8 as scripted"):
        deliver(store, make_settings(sink.port))

    assert counts(store) == {Status.QUEUED: 20}
    assert store.subscribers.count_by_status()[SubscriberStatus.SUPPRESSED] == 0


def test_a_message_too_large_for_the_relay_stops_the_run_and_fails_nobody(store: Store) -> None:
    publish(store, names(5))

    with Sink(offers=("SIZE 10",)) as sink, pytest.raises(RelayUnavailable, match="bytes"):
        deliver(store, make_settings(sink.port))

    assert counts(store) == {Status.QUEUED: 5}


def test_a_wrong_password_stops_at_once_in_words_without_it(store: Store) -> None:
    publish(store, names(5))

    with Sink(users={"me": "right"}) as sink, pytest.raises(RelayUnavailable) as caught:
        deliver(store, make_settings(sink.port, username="me", password="wr0ng"))

    assert "refuses the login of 'me'" in str(caught.value)
    assert "smtp.password" in str(caught.value)
    assert "wr0ng" not in str(caught.value)
    assert counts(store) == {Status.QUEUED: 5}


def test_an_expired_certificate_stops_at_once_in_words(
    store: Store, certify: Certify, ca_file: Path
) -> None:
    publish(store, names(5))

    with (
        Sink(tls=certify(expired=True)) as sink,
        pytest.raises(RelayUnavailable, match="has expired"),
    ):
        deliver(store, make_settings(sink.port, security="starttls", ca_file=ca_file))

    assert counts(store) == {Status.QUEUED: 5}


def test_a_relay_without_starttls_stops_at_once_in_words(store: Store) -> None:
    publish(store, names(5))

    with Sink() as sink, pytest.raises(RelayUnavailable, match="does not offer STARTTLS"):
        deliver(store, make_settings(sink.port, security="starttls"))

    assert counts(store) == {Status.QUEUED: 5}


def test_a_relay_that_stays_away_ends_the_run_and_leaves_everyone_queued(store: Store) -> None:
    publish(store, names(5))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))

        with pytest.raises(RelayUnavailable, match=r"cannot take our mail now.*Connect"):
            deliver(store, make_settings(free.getsockname()[1], patience=0.3))

    assert counts(store) == {Status.QUEUED: 5}
    assert store.ledger.waiting("somebody else") == (0, 0.0)


def test_a_relay_that_goes_and_comes_back_gets_the_rest(store: Store) -> None:
    publish(store, names(60))
    sink = Sink(delay=0.005)
    coming_back = threading.Timer(0.5, sink.come_up)

    def tell(done: Dispatched, due: int) -> None:
        if done.sent == 20 and not coming_back.is_alive():
            sink.go_down()
            coming_back.start()

    with sink:
        done = deliver(store, make_settings(sink.port, patience=30), progress=tell)

    taken = Counter(sink.accepted)
    assert counts(store) == {Status.SENT: 60}
    assert set(taken) == set(names(60))
    assert {name for name, times in taken.items() if times > 1} <= set(done.doubtful)
    assert len(done.doubtful) <= 3


@pytest.mark.parametrize("goodbye", ["421 4.4.2 enough", ""])
def test_nobody_notices_a_relay_that_takes_20_messages_a_connection(
    store: Store, goodbye: str
) -> None:
    publish(store, names(130))

    with Sink(per_connection=20, goodbye=goodbye) as sink:
        done = deliver(store, make_settings(sink.port))

    assert (done.sent, done.in_doubt) == (130, 0)
    assert sorted(sink.accepted) == sorted(names(130))
    assert {it.attempts for it in store.ledger.deliveries()} == {1}


def test_two_senders_at_once_send_nothing_twice(store: Store) -> None:
    publish(store, names(300))

    with Sink() as sink, ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(deliver, store, make_settings(sink.port)) for _ in range(2)]
        sent = [run.result().sent for run in runs]

    assert sum(sent) == 300
    assert sorted(sink.accepted) == sorted(names(300))


def test_a_reader_who_leaves_while_queued_gets_nothing(store: Store) -> None:
    publish(store, names(40))
    leavers: list[str] = []

    def leave(done: Dispatched, due: int) -> None:
        if done.sent == 5:
            for name in [it.address for it in store.ledger.deliveries()][-10:]:
                reader = store.subscribers.get(name)
                assert reader is not None
                store.subscribers.unsubscribe(reader.id, now=NOW)
                leavers.append(name)

    with Sink() as sink:
        deliver(store, make_settings(sink.port, connections=1), progress=leave)

    assert counts(store) == {Status.SENT: 30, Status.WITHDRAWN: 10}
    assert not set(sink.accepted) & set(leavers)


def test_what_is_in_doubt_is_sent_once_more_with_resend(store: Store) -> None:
    publish(store, ["lost=drop==1+eve@example.org"])

    with Sink() as sink:
        done = deliver(store, make_settings(sink.port, patience=5))

    assert sink.accepted == ["lost=drop==1+eve@example.org"] * 2
    assert counts(store) == {Status.SENT: 1}
    assert done.doubtful == ("lost=drop==1+eve@example.org",)


def test_what_is_in_doubt_twice_is_held(store: Store) -> None:
    publish(store, ["lost=drop+eve@example.org"])

    with Sink() as sink:
        deliver(store, make_settings(sink.port, patience=5))

    assert len(sink.accepted) == 2
    assert counts(store) == {Status.IN_DOUBT: 1}


def test_a_relay_that_always_ends_after_the_dot_does_not_put_the_whole_list_in_doubt(
    store: Store,
) -> None:
    publish(store, [f"lost=drop+r{n}@example.org" for n in range(100)])

    with Sink() as sink, pytest.raises(RelayUnavailable):
        deliver(store, make_settings(sink.port, patience=0.3))

    assert counts(store)[Status.IN_DOUBT] < 50


def test_greylisting_is_waited_out_by_later_runs(store: Store) -> None:
    publish(store, [*names(20), *(f"rcpt=451=4.7.1=1+g{n}@example.org" for n in range(10))])

    with Sink() as sink:
        first = deliver(store, make_settings(sink.port))
        soon = deliver(store, make_settings(sink.port), clock=lambda: NOW + 5 * MINUTE)
        later = deliver(store, make_settings(sink.port), clock=lambda: NOW + 31 * MINUTE)

    assert (first.sent, first.deferred) == (20, 10)
    assert soon == Dispatched()
    assert later.sent == 10
    assert counts(store) == {Status.SENT: 30}


def test_a_reader_deferred_for_a_day_is_given_up(store: Store) -> None:
    publish(store, ["rcpt=451+ada@example.org"])
    moments = [NOW + timedelta(hours=4) * tick for tick in range(10)]

    with Sink() as sink:
        for tick in range(10):
            deliver(store, make_settings(sink.port), clock=partial(moments.__getitem__, tick))

    [delivery] = store.ledger.deliveries()
    assert delivery.status is Status.FAILED
    assert delivery.attempts == 7


def test_one_address_that_cannot_be_composed_fails_alone(store: Store) -> None:
    publish(store, names(5))

    def refuse_one(claimed: Claimed) -> Message:
        if claimed.address == names(5)[2]:
            raise AddressError("this address has no place in a header")
        return compose(claimed)

    with Sink() as sink:
        done = deliver(store, make_settings(sink.port), compose=refuse_one)

    assert (done.sent, done.rejected) == (4, 1)


def test_a_bug_in_composing_leaves_the_delivery_as_it_was(store: Store) -> None:
    publish(store, names(5))

    def fail(claimed: Claimed) -> Message:
        raise RuntimeError("a bug")

    with Sink() as sink, pytest.raises(RuntimeError, match="a bug"):
        deliver(store, make_settings(sink.port), compose=fail)

    assert counts(store) == {Status.QUEUED: 5}
    assert store.ledger.due(NOW, True) == 5


def test_a_wish_to_stop_lets_what_is_on_the_wire_end(store: Store) -> None:
    publish(store, names(200))
    stop = Stop()

    def tell(done: Dispatched, due: int) -> None:
        if done.sent == 20 and not stop.asked:
            stop.ask()

    with Sink(delay=0.01) as sink:
        done = deliver(store, make_settings(sink.port), stop=stop, progress=tell)

    assert done.stopped
    assert done.in_doubt == 0
    assert counts(store) == {Status.SENT: done.sent, Status.QUEUED: 200 - done.sent}
    assert sorted(sink.accepted) == sorted(
        address for address, status in statuses(store).items() if status is Status.SENT
    )
    assert store.ledger.due(NOW, True) == 200 - done.sent


@pytest.mark.parametrize("insists", [False, True])
def test_a_relay_that_is_silent_holds_nobody_up_for_longer_than_the_drain(
    store: Store, insists: bool
) -> None:
    publish(store, ["dot=never+slow@example.org", "rcpt=never+slow@example.org"])
    stop = Stop()
    settings = make_settings(
        0,
        drain=60 if insists else 0.2,
        command_timeout=MINUTE,
        dot_timeout=MINUTE,
        in_doubt="hold",
    )

    def ask() -> None:
        while "DATA" not in sink.commands or sum("RCPT" in it for it in sink.commands) < 2:
            time.sleep(0.01)
        stop.ask()
        if insists:
            stop.ask()

    with Sink() as sink:
        threading.Thread(target=ask).start()
        smtp = make_settings(sink.port, command_timeout=MINUTE, dot_timeout=MINUTE).smtp
        done = deliver(store, replace(settings, smtp=smtp), stop=stop)

    assert done.stopped
    assert done.doubtful == ("dot=never+slow@example.org",)
    assert statuses(store) == {
        "dot=never+slow@example.org": Status.IN_DOUBT,
        "rcpt=never+slow@example.org": Status.QUEUED,
    }


def test_a_stop_while_the_relay_is_away_ends_at_once(store: Store) -> None:
    publish(store, names(3))
    stop = Stop()

    with Sink(faults=("greeting=never",)) as sink:
        threading.Timer(0.1, stop.ask).start()
        done = deliver(store, make_settings(sink.port, connect_timeout=MINUTE), stop=stop)

    assert done == Dispatched(stopped=True)
    assert counts(store) == {Status.QUEUED: 3}


def test_a_sender_waits_for_what_another_has_in_hand_and_takes_over_when_it_is_gone(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    publish(store, names(6))
    gone = store.ledger.claim("gone", now=NOW, limit=4, lease=timedelta(seconds=1), resend=True)
    assert store.ledger.write("gone", [Change(gone[0])], now=NOW) == [True]
    waited: list[int] = []

    with Sink() as sink, caplog.at_level(logging.INFO):
        done = deliver(
            store,
            make_settings(sink.port),
            progress=lambda done, due: waited.append(done.waiting),
        )

    assert done.sent == 6
    assert done.doubtful == (gone[0].address,)
    assert 4 in waited
    assert "another sender has 4 in hand" in caplog.text
    assert counts(store) == {Status.SENT: 6}


def test_a_sender_that_was_replaced_stops_and_writes_nothing(store: Store) -> None:
    publish(store, names(9))
    taken_over = False

    def take_over(done: Dispatched, due: int) -> None:
        nonlocal taken_over
        if done.sent == 2 and not taken_over:
            taken_over = True
            end_every_lease(store)
            store.ledger.expire()

    with Sink() as sink, pytest.raises(LeaseLost, match="another sender took over"):
        deliver(store, make_settings(sink.port, connections=2), progress=take_over)

    assert Status.SENDING not in counts(store)


def end_every_lease(store: Store) -> None:
    with writing(store.engine) as connection:
        lock(connection, deliveries)  # or we and the sender wait for each other's rows
        connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.owner.is_not(None))
            .values(lease_until=db_now(-MINUTE))
        )


def test_progress_tells_how_many_are_due_and_how_many_are_done(store: Store) -> None:
    publish(store, [*names(8), "rcpt=550+x@example.org"])
    told: list[tuple[int, int]] = []

    with Sink() as sink:
        settings = make_settings(sink.port)
        deliver(store, settings, progress=lambda done, due: told.append((done.done, due)))

    assert told == [(number, 9) for number in range(10)]


def test_an_edition_can_be_sent_alone(store: Store) -> None:
    monday = make.DAY + timedelta(days=3)
    publish(store, names(3))
    publish(store, names(3), day=monday)

    with Sink() as sink:
        deliver(store, make_settings(sink.port), day=monday)

    found = [(it.day, it.status) for it in store.ledger.deliveries()]
    assert found == [(make.DAY, Status.QUEUED)] * 3 + [(monday, Status.SENT)] * 3
