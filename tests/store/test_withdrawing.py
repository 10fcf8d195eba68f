"""What is open and why, and what is no news any more."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

import make
from newsletter.model import Change, Edition, Outcome, Reply, Stage, Status
from newsletter.store import Store
from newsletter.store.engine import db_now, writing
from newsletter.store.schema import deliveries

NOW = make.MORNING
MINUTE = timedelta(minutes=1)
LATER = Reply(stage=Stage.RCPT, code=451, enhanced="4.7.1", text="greylisted")


@pytest.fixture
def yesterday(store: Store) -> date:
    """An edition with five readers, and a reader in each state that is open."""
    day = make.DAY - timedelta(days=1)
    store.subscribers.add([(f"r{n}@example.org", "") for n in range(5)], now=NOW)
    queued_at = NOW - timedelta(days=1)
    store.editions.publish(Edition(day=day, papers=()), make.issue(day=day), now=queued_at)
    claimed = store.ledger.claim("us", now=NOW, limit=4, lease=MINUTE, resend=True)
    sent, deferred, doubtful, sending = claimed
    store.ledger.write("us", [Change(one) for one in claimed], now=NOW)
    ok = Reply(stage=Stage.DOT, code=250)
    cut = Reply(stage=Stage.LOST_DOT, code=0)
    outcomes = [
        Change(sent, Outcome(status=Status.SENT, reply=ok)),
        Change(deferred, Outcome(status=Status.DEFERRED, reply=LATER, due_at=NOW + MINUTE)),
        Change(doubtful, Outcome(status=Status.IN_DOUBT, reply=cut)),
    ]
    store.ledger.write("us", outcomes, now=NOW)
    assert sending
    return day


def counts(store: Store, day: date) -> dict[Status, int]:
    tally = store.ledger.tally(day)
    assert tally is not None
    return {status: count for status, count in tally.counts.items() if count}


def test_nothing_is_open_before_the_first_edition(store: Store) -> None:
    assert store.ledger.open_days() == []
    assert store.ledger.backlog() == []


def test_what_is_open_is_told_with_the_relays_words(store: Store, yesterday: date) -> None:
    assert store.ledger.open_days() == [yesterday]

    told = {group.status: group for group in store.ledger.backlog()}

    assert {status: group.count for status, group in told.items()} == {
        Status.QUEUED: 1,
        Status.SENDING: 1,
        Status.DEFERRED: 1,
        Status.IN_DOUBT: 1,
    }
    assert told[Status.DEFERRED].reply == "rcpt: 451 4.7.1 greylisted"
    assert told[Status.DEFERRED].due_at == NOW + MINUTE
    assert told[Status.QUEUED].reply == ""


def test_what_is_no_news_is_withdrawn_but_for_what_is_on_the_wire(
    store: Store, yesterday: date
) -> None:
    withdrawn = store.ledger.withdraw(NOW, now=NOW)

    assert withdrawn == {yesterday: 3}
    assert counts(store, yesterday) == {Status.SENT: 1, Status.SENDING: 1, Status.WITHDRAWN: 3}
    assert store.ledger.claim("us", now=NOW, limit=9, lease=MINUTE, resend=True) == []


def test_what_a_dead_sender_had_on_the_wire_is_withdrawn_too(store: Store, yesterday: date) -> None:
    with writing(store.engine) as connection:
        connection.execute(sa.update(deliveries).values(lease_until=db_now(-MINUTE)))

    assert store.ledger.withdraw(NOW, now=NOW) == {yesterday: 4}
    assert counts(store, yesterday) == {Status.SENT: 1, Status.WITHDRAWN: 4}


def test_what_was_queued_later_stays(store: Store, yesterday: date) -> None:
    assert not store.ledger.withdraw(NOW - timedelta(days=1), now=NOW)
    assert store.ledger.open_days() == [yesterday]


def test_what_is_sent_again_by_order_is_news_again(store: Store, yesterday: date) -> None:
    store.ledger.retry(yesterday, [Status.DEFERRED], now=NOW)

    store.ledger.withdraw(NOW, now=NOW)

    assert counts(store, yesterday)[Status.QUEUED] == 1
