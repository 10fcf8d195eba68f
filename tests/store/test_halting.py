"""Pause, resume, cancel, leaving a domain alone: on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

import make
from newsletter.model import Change, Claimed, Edition, Outcome, Pause, Reply, Stage, Status
from newsletter.store import Store
from newsletter.store.engine import db_now, writing
from newsletter.store.halting import Cancelled
from newsletter.store.schema import deliveries

NOW = datetime(2026, 8, 14, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MONDAY = date(2026, 8, 17)
WHY = Reply(stage=Stage.RCPT, code=0, text="left alone")
OUTCOMES = {
    Status.SENT: Outcome(status=Status.SENT, reply=Reply(stage=Stage.DOT, code=250)),
    Status.DEFERRED: Outcome(
        status=Status.DEFERRED, reply=Reply(stage=Stage.RCPT, code=451), due_at=NOW + 20 * MINUTE
    ),
    Status.IN_DOUBT: Outcome(status=Status.IN_DOUBT, reply=Reply(stage=Stage.LOST_DOT, code=0)),
    Status.QUEUED: Outcome(status=Status.QUEUED, reply=Reply(stage=Stage.DATA, code=0)),
    Status.FAILED: Outcome(status=Status.FAILED, reply=Reply(stage=Stage.DOT, code=554)),
}


def publish(store: Store, *addresses: str, day: date = make.DAY) -> None:
    store.subscribers.add([(address, "") for address in addresses], now=NOW)
    store.editions.publish(Edition(day=day, papers=()), make.issue(day=day), now=NOW)


def claim(store: Store, owner: str = "us", now: datetime = NOW, limit: int = 100) -> list[Claimed]:
    return store.ledger.claim(owner, now=now, limit=limit, lease=MINUTE, resend=True)


def begin(store: Store) -> Claimed:
    """Claim one delivery and write its intent."""
    [claimed] = claim(store, limit=1)
    assert store.ledger.write("us", [Change(claimed)], now=NOW) == [True]
    return claimed


def statuses(store: Store) -> list[Status]:
    return [delivery.status for delivery in store.ledger.deliveries()]


def test_while_paused_nothing_is_claimed_and_resume_ends_it(store: Store) -> None:
    publish(store, "ada@example.org")
    assert store.ledger.paused() is None

    store.ledger.pause("", now=NOW)

    pause = Pause(reason="", since=NOW)
    assert store.ledger.paused() == pause
    assert str(pause) == "paused since 2026-08-14 08:00 UTC: by hand"
    assert claim(store) == []
    assert store.ledger.due(NOW, True) == 1
    assert store.ledger.resume() == pause
    assert store.ledger.resume() is None
    assert len(claim(store)) == 1


def test_a_second_pause_does_not_hide_why_the_first_was_made(store: Store) -> None:
    store.ledger.pause("blocked everywhere", now=NOW)
    store.ledger.pause("", now=NOW + HOUR)

    assert store.ledger.paused() == Pause(reason="blocked everywhere", since=NOW)


def test_what_is_on_the_wire_is_settled_also_while_paused(store: Store) -> None:
    publish(store, "ada@example.org")
    claimed = begin(store)

    store.ledger.pause("", now=NOW)

    sent = Change(claimed, OUTCOMES[Status.SENT])
    assert store.ledger.write("us", [sent], now=NOW) == [True]
    assert statuses(store) == [Status.SENT]


def test_cancelling_withdraws_what_is_open_of_that_edition_alone(store: Store) -> None:
    publish(store, "ada@example.org", "bob@example.org", "eve@example.org")
    publish(store, day=MONDAY)
    store.ledger.write("us", [Change(begin(store), OUTCOMES[Status.SENT])], now=NOW)
    [claimed, *_] = claim(store)

    done = store.ledger.cancel(make.DAY, now=NOW)

    assert done == Cancelled(day=make.DAY, withdrawn=2, sending=0)
    assert statuses(store) == [Status.SENT, *[Status.WITHDRAWN] * 2, *[Status.QUEUED] * 3]
    assert store.ledger.write("us", [Change(claimed)], now=NOW) == [False]
    assert store.ledger.open_days() == [MONDAY]


def test_a_day_without_an_edition_cannot_be_cancelled(store: Store) -> None:
    assert store.ledger.cancel(make.DAY, now=NOW) is None


@pytest.mark.parametrize("status", [Status.DEFERRED, Status.IN_DOUBT, Status.QUEUED])
def test_what_was_on_the_wire_when_its_edition_was_cancelled_is_not_tried_again(
    store: Store, status: Status
) -> None:
    publish(store, "ada@example.org")
    claimed = begin(store)

    assert store.ledger.cancel(make.DAY, now=NOW) == Cancelled(day=make.DAY, withdrawn=0, sending=1)

    assert store.ledger.write("us", [Change(claimed, OUTCOMES[status])], now=NOW) == [True]
    assert statuses(store) == [Status.WITHDRAWN]


def test_what_was_on_the_wire_of_a_sender_that_died_is_withdrawn_too(store: Store) -> None:
    publish(store, "ada@example.org")
    begin(store)
    store.ledger.cancel(make.DAY, now=NOW)
    with writing(store.engine) as connection:
        connection.execute(sa.update(deliveries).values(lease_until=db_now(-MINUTE)))

    store.ledger.expire()

    assert statuses(store) == [Status.WITHDRAWN]


def test_of_a_cancelled_edition_nothing_is_retried(store: Store) -> None:
    publish(store, "ada@example.org")
    store.ledger.write("us", [Change(begin(store), OUTCOMES[Status.FAILED])], now=NOW)
    store.ledger.cancel(make.DAY, now=NOW)

    assert store.ledger.retry(None, (Status.FAILED,), now=NOW) == 0


def test_a_domain_that_is_put_off_is_due_again_at_its_time(store: Store) -> None:
    publish(store, "ada@example.org", "bob@EXAMPLE.org", "eve@an.example.org", "a@examp_e.org")
    batch = claim(store)

    assert store.ledger.put_off("example.org", NOW + HOUR, WHY, now=NOW) == 2

    held = store.ledger.write("us", [Change(it) for it in batch], now=NOW)
    gone = [it.address for it, is_held in zip(batch, held, strict=True) if not is_held]
    assert sorted(gone) == ["ada@example.org", "bob@EXAMPLE.org"]
    assert claim(store, "them") == []
    again = claim(store, "them", now=NOW + HOUR)
    assert [it.address for it in again] == gone
    assert [it.reply for it in store.ledger.deliveries(status=Status.DEFERRED)] == [str(WHY)] * 2


def test_signs_in_a_domain_stand_for_themselves_alone(store: Store) -> None:
    publish(store, "a@examp_e.org", "b@example.org")

    assert store.ledger.put_off("examp_e.org", NOW + HOUR, WHY, now=NOW) == 1


def test_putting_off_neither_hastens_nor_reopens_anything(store: Store) -> None:
    publish(store, "ada@example.org", "bob@example.org", "eve@example.org")
    for status in (Status.DEFERRED, Status.SENT, Status.IN_DOUBT):
        store.ledger.write("us", [Change(begin(store), OUTCOMES[status])], now=NOW)

    assert store.ledger.put_off("example.org", NOW + MINUTE, WHY, now=NOW) == 0

    assert statuses(store) == [Status.DEFERRED, Status.SENT, Status.IN_DOUBT]
