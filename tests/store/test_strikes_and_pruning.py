"""What the ledger makes of many editions: suppression, and counts of old deliveries."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

import make
from newsletter.delivery.policy import STRIKES_ALLOWED
from newsletter.model import (
    Change,
    Edition,
    Outcome,
    Reply,
    Stage,
    Status,
    Strike,
    SubscriberStatus,
)
from newsletter.store import Store
from newsletter.store.engine import writing
from newsletter.store.pruning import prune
from newsletter.store.schema import subscribers

NOW = datetime(2026, 8, 14, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
ADA = "ada@example.org"


def said(text: str) -> Reply:
    return Reply(stage=Stage.RCPT, code=550, text=text)


SENT = Outcome(status=Status.SENT, reply=Reply(stage=Stage.DOT, code=250))
DEAD = Outcome(status=Status.REJECTED, reply=said("nobody"), strike=Strike.DEAD)
REFUSED = Outcome(status=Status.REJECTED, reply=said("no"), strike=Strike.REFUSED)
FULL = Outcome(status=Status.FAILED, reply=said("full"), strike=Strike.FULL)
FAILED = Outcome(status=Status.FAILED, reply=said("spam"))


def settle(store: Store, number: int, *outcomes: Outcome) -> None:
    """Publish an edition, and write what came of it for each reader, in the order they came."""
    now = NOW + number * DAY
    day = now.date()
    store.editions.publish(Edition(day=day, papers=()), make.issue(day=day), now=now)
    batch = store.ledger.claim("us", now=now, limit=100, lease=MINUTE, resend=True)
    batch.sort(key=lambda claimed: claimed.subscriber_id)
    store.ledger.write("us", [Change(claimed) for claimed in batch], now=now)
    changes = [Change(claimed, it) for claimed, it in zip(batch, outcomes, strict=True)]
    assert all(store.ledger.write("us", changes, now=now))


def suppress(store: Store) -> list[str]:
    return store.ledger.suppress_spent(STRIKES_ALLOWED, now=NOW)


def add(store: Store, *addresses: str) -> None:
    store.subscribers.add([(address, "") for address in addresses], now=NOW)


def status(store: Store, address: str = ADA) -> tuple[SubscriberStatus, str]:
    reader = store.subscribers.get(address)
    assert reader is not None
    return reader.status, reader.reason


@pytest.mark.parametrize(("outcome", "editions"), [(DEAD, 1), (REFUSED, 3), (FULL, 5)])
def test_so_many_editions_in_a_row_suppress_a_reader_with_the_relays_words(
    store: Store, outcome: Outcome, editions: int
) -> None:
    add(store, ADA)
    for number in range(editions):
        assert suppress(store) == []
        settle(store, number, outcome)

    assert suppress(store) == [ADA]
    assert status(store) == (SubscriberStatus.SUPPRESSED, str(outcome.reply))
    assert suppress(store) == []


def test_an_edition_that_arrived_ends_the_row(store: Store) -> None:
    add(store, ADA)
    for number, outcome in enumerate([REFUSED, REFUSED, SENT, REFUSED, REFUSED]):
        settle(store, number, outcome)

    assert suppress(store) == []

    settle(store, 5, REFUSED)
    assert suppress(store) == [ADA]


def test_kinds_are_counted_apart_and_failures_that_speak_of_us_not_at_all(store: Store) -> None:
    add(store, ADA)
    for number, outcome in enumerate([REFUSED, FULL, FAILED, REFUSED, FULL]):
        settle(store, number, outcome)

    assert suppress(store) == []


def test_a_full_mailbox_that_is_still_tried_does_not_count(store: Store) -> None:
    waiting = Outcome(
        status=Status.DEFERRED, reply=FULL.reply, due_at=NOW + 100 * DAY, strike=Strike.FULL
    )
    add(store, ADA)
    for number, outcome in enumerate([FULL, FULL, FULL, FULL, waiting]):
        settle(store, number, outcome)

    assert suppress(store) == []


def test_other_editions_of_a_suppressed_reader_are_closed(store: Store) -> None:
    add(store, ADA, "bob@example.org")
    settle(store, 0, DEAD, SENT)
    store.editions.publish(
        Edition(day=make.DAY + DAY, papers=()), make.issue(day=make.DAY + DAY), now=NOW
    )

    suppress(store)

    found = {it.address: it.status for it in store.ledger.deliveries(day=make.DAY + DAY)}
    assert found == {ADA: Status.SUPPRESSED, "bob@example.org": Status.QUEUED}


def test_who_left_is_never_turned_into_a_suppressed_reader(store: Store) -> None:
    add(store, ADA)
    settle(store, 0, DEAD)
    reader = store.subscribers.get(ADA)
    assert reader is not None
    store.subscribers.unsubscribe(reader.id, now=NOW)

    assert suppress(store) == []
    assert status(store)[0] is SubscriberStatus.UNSUBSCRIBED


def test_who_came_back_since_starts_anew(store: Store) -> None:
    add(store, ADA)
    settle(store, 0, DEAD)
    suppress(store)
    with writing(store.engine) as connection:
        connection.execute(
            sa.update(subscribers).values(
                status=SubscriberStatus.CONFIRMED, changed_at=NOW + MINUTE
            )
        )

    assert suppress(store) == []


def test_suspects_of_a_pause_have_failed_and_nothing_is_held_against_them(store: Store) -> None:
    add(store, ADA, "bob@example.org")
    settle(store, 0, DEAD, DEAD)
    first, second = store.ledger.deliveries()

    store.ledger.pause("it was us", now=NOW, suspects=[first.id])

    assert suppress(store) == [second.address]
    found = [it.status for it in store.ledger.deliveries()]
    assert found == [Status.FAILED, Status.REJECTED]
    assert store.ledger.retry(None, (Status.FAILED,), now=NOW) == 1


def test_old_deliveries_become_counts_and_the_tally_stays(store: Store) -> None:
    add(store, ADA, "bob@example.org", "eve@example.org")
    settle(store, 0, SENT, SENT, DEAD)
    settle(store, 1, SENT, FAILED, SENT)
    before = store.ledger.tallies()

    assert store.ledger.prune(NOW + DAY) == 3

    assert store.ledger.tallies() == before
    assert store.ledger.tally(make.DAY) == before[0]
    assert [it.day for it in store.ledger.deliveries()] == [date(2026, 8, 15)] * 3
    assert store.ledger.prune(NOW + DAY) == 0


def test_what_is_open_is_never_pruned_and_is_counted_when_it_is_closed(store: Store) -> None:
    held = Outcome(status=Status.IN_DOUBT, reply=Reply(stage=Stage.LOST_DOT, code=0))
    add(store, ADA, "bob@example.org")
    settle(store, 0, SENT, held)

    assert store.ledger.prune(NOW + DAY) == 1
    assert store.ledger.open_days() == [make.DAY]
    store.ledger.cancel(make.DAY, now=NOW)
    assert store.ledger.prune(NOW + DAY) == 1

    tally = store.ledger.tally(make.DAY)
    assert tally is not None
    assert (tally.audience, tally.open) == (2, 0)
    assert (tally.counts[Status.SENT], tally.counts[Status.WITHDRAWN]) == (1, 1)


def test_what_is_pruned_in_several_goes_is_counted_together(store: Store) -> None:
    add(store, *(f"r{number}@example.org" for number in range(90)))
    settle(store, 0, *([SENT] * 45 + [FAILED] * 45))

    for _ in range(9):
        with writing(store.engine) as connection:
            assert prune(connection, NOW + DAY, 10) == 10

    tally = store.ledger.tally(make.DAY)
    assert tally is not None
    assert (tally.counts[Status.SENT], tally.counts[Status.FAILED]) == (45, 45)
