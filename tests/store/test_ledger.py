"""The ledger: claims, intents, outcomes, on SQLite and on PostgreSQL."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

import make
from newsletter.errors import UsageError
from newsletter.model import (
    Change,
    Claimed,
    Edition,
    Outcome,
    Reply,
    Stage,
    Status,
    Strike,
)
from newsletter.store import Store
from newsletter.store.engine import db_now, writing
from newsletter.store.schema import deliveries

NOW = datetime(2026, 8, 14, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OK = Reply(stage=Stage.DOT, code=250, enhanced="2.0.0", text="queued")
NO = Reply(stage=Stage.RCPT, code=550, enhanced="5.1.1", text="nobody of that name")
LATER = Reply(stage=Stage.RCPT, code=451, text="later")
CUT = Reply(stage=Stage.LOST_DOT, code=0, text="closed")
SENT = Outcome(status=Status.SENT, reply=OK)
DEAD = Outcome(status=Status.REJECTED, reply=NO, strike=Strike.DEAD)
DEFERRED = Outcome(status=Status.DEFERRED, reply=LATER, due_at=NOW + 20 * MINUTE)
DOUBTFUL = Outcome(status=Status.IN_DOUBT, reply=CUT)
UNDONE = Outcome(status=Status.QUEUED, reply=Reply(stage=Stage.DATA, code=0))


def publish(store: Store, readers: int = 1, day: date = make.DAY) -> None:
    store.subscribers.add([(f"r{n}@example.org", "") for n in range(readers)], now=NOW)
    papers = (make.ranked("2608.00001"), make.ranked("2608.00002")) if day == make.DAY else ()
    store.editions.publish(Edition(day=day, papers=papers), make.issue(day=day), now=NOW)


def claim(store: Store, owner: str = "us", **changes: Any) -> list[Claimed]:
    options = {"now": NOW, "limit": 100, "lease": MINUTE, "resend": True, **changes}
    return store.ledger.claim(owner, **options)


def write(store: Store, *changes: Change, owner: str = "us") -> list[bool]:
    return store.ledger.write(owner, changes, now=NOW)


def settle(store: Store, outcome: Outcome, owner: str = "us") -> Claimed:
    """Claim one delivery, send it, and write what came of it."""
    [claimed] = claim(store, owner, limit=1)
    assert write(store, Change(claimed), owner=owner) == [True]
    assert write(store, Change(claimed, outcome), owner=owner) == [True]
    return claimed


def end_leases(store: Store) -> None:
    """Turn the database's clock forward, as far as leases see."""
    with writing(store.engine) as connection:
        connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.owner.is_not(None))
            .values(lease_until=db_now(-MINUTE))
        )


def get_only(store: Store) -> Any:
    [delivery] = store.ledger.deliveries()
    return delivery


def test_a_claim_takes_what_is_due_in_the_order_it_was_queued(store: Store) -> None:
    publish(store, 5)

    first, second = claim(store, limit=3), claim(store, limit=3)

    queued = [it.address for it in store.ledger.deliveries()]
    assert [it.address for it in first + second] == queued
    assert sorted(queued) == [f"r{n}@example.org" for n in range(5)]
    assert {it.epoch for it in first} == {1}
    assert first[0].queued_at == NOW
    assert claim(store) == []


def test_a_claim_is_a_lease_and_no_status(store: Store) -> None:
    publish(store)
    claim(store)

    assert get_only(store).status is Status.QUEUED


def test_what_one_sender_claimed_another_gets_only_after_the_lease(store: Store) -> None:
    publish(store)
    [ours] = claim(store)
    assert claim(store, "them") == []

    end_leases(store)
    [theirs] = claim(store, "them")

    assert theirs.epoch == ours.epoch + 1


def test_claims_at_the_same_time_never_overlap(store: Store) -> None:
    publish(store, 200)

    with ThreadPoolExecutor(4) as pool:
        batches = list(pool.map(lambda n: claim(store, f"sender {n % 4}", limit=20), range(12)))

    ids = [it.id for batch in batches for it in batch]
    assert len(ids) == len(set(ids)) == 200


def test_an_outcome_needs_an_intent_and_a_second_intent_does_not_hold(store: Store) -> None:
    publish(store)
    [claimed] = claim(store)

    assert write(store, Change(claimed, SENT)) == [False]
    assert write(store, Change(claimed)) == [True]
    assert write(store, Change(claimed)) == [False]
    assert (get_only(store).status, get_only(store).attempts) == (Status.SENDING, 1)
    assert write(store, Change(claimed, SENT)) == [True]
    assert write(store, Change(claimed, SENT)) == [False]
    assert get_only(store).status is Status.SENT
    assert get_only(store).reply == "dot: 250 2.0.0 queued"


def test_a_sender_that_was_replaced_writes_nothing(store: Store) -> None:
    publish(store, 2)
    ours = claim(store)
    assert write(store, Change(ours[0])) == [True]
    end_leases(store)
    store.ledger.expire()
    theirs = claim(store, "them")

    assert write(store, Change(ours[0], SENT), Change(ours[1])) == [False, False]
    assert write(store, *map(Change, theirs), owner="them") == [True, True]


def test_no_intent_is_written_when_the_lease_has_ended_even_if_nobody_took_over(
    store: Store,
) -> None:
    publish(store)
    [claimed] = claim(store)
    end_leases(store)

    assert write(store, Change(claimed)) == [False]


def test_answers_come_in_the_order_of_the_changes_when_only_some_hold(store: Store) -> None:
    publish(store, 6)
    batch = claim(store)
    write(store, *map(Change, batch[:3]))

    answers = write(
        store,
        Change(batch[3]),
        Change(batch[0], SENT),
        Change(batch[1]),
        Change(batch[4], SENT),
        Change(batch[2], DEFERRED),
        Change(batch[5]),
    )

    assert answers == [True, True, False, False, True, True]


def test_one_commit_carries_outcomes_and_intents_of_many(store: Store) -> None:
    publish(store, 100)
    batch = claim(store)
    write(store, *map(Change, batch[:50]))

    changes = [Change(it, SENT) for it in batch[:50]] + [Change(it) for it in batch[50:]]

    assert write(store, *changes) == [True] * 100
    tally = store.ledger.tally(make.DAY)
    assert tally is not None
    assert (tally.counts[Status.SENT], tally.counts[Status.SENDING]) == (50, 50)


def test_a_deferred_delivery_is_due_at_its_time_and_not_before(store: Store) -> None:
    publish(store)
    settle(store, DEFERRED)

    assert claim(store) == []
    assert store.ledger.due(NOW, True) == 0
    assert store.ledger.due(NOW + 20 * MINUTE, True) == 1
    [again] = claim(store, now=NOW + 20 * MINUTE)
    assert again.attempts == 1


def test_what_is_in_doubt_is_resent_once_and_then_held(store: Store) -> None:
    publish(store)
    settle(store, DOUBTFUL)
    assert claim(store, resend=False) == []

    settle(store, DOUBTFUL)

    assert claim(store) == []
    assert store.ledger.due(NOW, True) == 0
    assert get_only(store).status is Status.IN_DOUBT


@pytest.mark.parametrize("before", [None, DEFERRED, DOUBTFUL])
def test_an_attempt_that_certainly_failed_is_undone_and_still_ours(
    store: Store, before: Outcome | None
) -> None:
    publish(store)
    if before is not None:
        settle(store, before)
    was = get_only(store)
    [claimed] = claim(store, now=NOW + 60 * MINUTE)

    assert write(store, Change(claimed)) == [True]
    assert write(store, Change(claimed, UNDONE)) == [True]

    assert get_only(store) == was
    assert claim(store, "them", now=NOW + 60 * MINUTE) == []
    assert write(store, Change(claimed)) == [True]


@pytest.mark.parametrize("outcome", [DEFERRED, DOUBTFUL, UNDONE])
def test_who_leaves_while_the_message_is_on_the_wire_is_not_written_to_again(
    store: Store, outcome: Outcome
) -> None:
    publish(store)
    [claimed] = claim(store)
    write(store, Change(claimed))
    store.subscribers.unsubscribe(claimed.subscriber_id, now=NOW)
    assert get_only(store).status is Status.SENDING

    assert write(store, Change(claimed, outcome)) == [True]

    assert get_only(store).status is Status.WITHDRAWN
    assert write(store, Change(claimed)) == [False]


def test_who_leaves_between_claim_and_intent_gets_nothing(store: Store) -> None:
    publish(store)
    [claimed] = claim(store)
    store.subscribers.unsubscribe(claimed.subscriber_id, now=NOW)

    assert write(store, Change(claimed)) == [False]
    assert get_only(store).status is Status.WITHDRAWN


def test_the_reply_about_a_reader_who_was_deleted_meanwhile_is_not_kept(store: Store) -> None:
    publish(store)
    [claimed] = claim(store)
    write(store, Change(claimed))
    store.subscribers.remove(claimed.address, now=NOW)

    assert write(store, Change(claimed, SENT)) == [True]

    delivery = get_only(store)
    assert (delivery.address, delivery.status) == (None, Status.SENT)
    assert "queued" not in delivery.reply


def test_what_was_on_the_wire_when_the_lease_ended_is_in_doubt_and_named(store: Store) -> None:
    publish(store, 3)
    batch = claim(store)
    write(store, Change(batch[1]))
    assert store.ledger.expire() == []

    end_leases(store)
    lapsed = store.ledger.expire()

    assert [(it.address, it.status) for it in lapsed] == [(batch[1].address, Status.IN_DOUBT)]
    assert store.ledger.expire() == []
    assert len(claim(store, "them")) == 3


def test_a_lease_that_ends_while_others_are_put_in_doubt_withdraws_nobody(store: Store) -> None:
    publish(store, 2)
    claims: list[Claimed] = []
    for owner, seconds in (("gone", 0.0), ("going", 1.0)):
        claims += claim(store, owner, limit=1)
        claimed = claims[-1]
        assert write(store, Change(claimed), owner=owner) == [True]
        with writing(store.engine) as connection:
            lease = sa.update(deliveries).where(deliveries.c.id == claimed.id)
            connection.execute(lease.values(lease_until=db_now(timedelta(seconds=seconds))))

    @sa.event.listens_for(store.engine, "before_cursor_execute")
    def take_time(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE deliveries"):
            time.sleep(1.2)

    named = [it.address for it in store.ledger.expire() + store.ledger.expire()]

    assert named == [it.address for it in claims]
    assert {it.status for it in store.ledger.deliveries()} == {Status.IN_DOUBT}


def test_a_leaver_who_was_on_the_wire_is_not_resent(store: Store) -> None:
    publish(store)
    [claimed] = claim(store)
    write(store, Change(claimed))
    store.subscribers.unsubscribe(claimed.subscriber_id, now=NOW)

    end_leases(store)
    store.ledger.expire()

    assert get_only(store).status is Status.WITHDRAWN


def test_a_lease_is_renewed_while_it_holds_and_not_after(store: Store) -> None:
    publish(store)
    claim(store, lease=timedelta(seconds=1))

    store.ledger.renew("us", 10 * MINUTE)
    count, seconds = store.ledger.waiting("them")
    assert count == 1
    assert 500 < seconds <= 600

    end_leases(store)
    store.ledger.renew("us", 10 * MINUTE)
    assert store.ledger.waiting("them") == (0, 0.0)


def test_nobody_waits_for_themselves(store: Store) -> None:
    publish(store)
    claim(store)

    assert store.ledger.waiting("us") == (0, 0.0)


def test_releasing_gives_back_what_is_not_on_the_wire(store: Store) -> None:
    publish(store, 3)
    batch = claim(store)
    write(store, Change(batch[0]))

    store.ledger.release("us")

    assert [it.id for it in claim(store, "them")] == [it.id for it in batch[1:]]
    assert write(store, Change(batch[0], SENT)) == [True]


def test_a_day_can_be_claimed_alone(store: Store) -> None:
    monday = date(2026, 8, 17)
    publish(store)
    publish(store, day=monday)

    assert store.ledger.due(NOW, True, monday) == 1
    assert [it.day for it in claim(store, day=monday)] == [monday]


def test_a_tally_counts_all_nine_statuses_and_sums_to_the_audience(store: Store) -> None:
    assert store.ledger.tally(make.DAY) is None
    publish(store, 4)
    publish(store, 4, day=date(2026, 8, 17))
    settle(store, SENT)
    settle(store, DEFERRED)

    tally = store.ledger.tally(make.DAY)

    assert tally is not None
    assert set(tally.counts) == set(Status)
    assert (tally.papers, tally.audience, tally.open) == (2, 4, 3)
    assert tally.counts[Status.SENT] == tally.counts[Status.DEFERRED] == 1
    assert [it.papers for it in store.ledger.tallies()] == [2, 0]


def test_deliveries_come_in_pages_without_missing_one(store: Store) -> None:
    publish(store, 1001)

    found = [it.address for it in store.ledger.deliveries(day=make.DAY)]

    assert sorted(found) == sorted(f"r{n}@example.org" for n in range(1001))


def test_deliveries_can_be_had_by_status(store: Store) -> None:
    publish(store, 2)
    settled = settle(store, SENT)

    [sent] = store.ledger.deliveries(status=Status.SENT)

    assert sent.address == settled.address


def test_retry_queues_again_what_is_not_settled_for_readers_still_here(store: Store) -> None:
    publish(store, 4)
    failed = Outcome(status=Status.FAILED, reply=LATER)
    left = settle(store, failed)
    again, _, deferred = (settle(store, it) for it in (failed, SENT, DEFERRED))
    store.subscribers.unsubscribe(left.subscriber_id, now=NOW)

    later = NOW + 60 * MINUTE
    assert store.ledger.retry(make.DAY, (Status.FAILED, Status.DEFERRED), now=later) == 2

    batch = claim(store, now=later)
    assert [it.address for it in batch] == [again.address, deferred.address]
    assert {it.queued_at for it in batch} == {later}


def test_retry_of_what_is_in_doubt_counts_as_never_doubted(store: Store) -> None:
    publish(store)
    settle(store, DOUBTFUL)
    settle(store, DOUBTFUL)

    assert store.ledger.retry(None, (Status.IN_DOUBT,), now=NOW) == 1

    settle(store, DOUBTFUL)
    assert len(claim(store)) == 1


def test_what_was_sent_cannot_be_sent_again(store: Store) -> None:
    publish(store)

    with pytest.raises(UsageError, match="deliveries that are sent cannot be sent again"):
        store.ledger.retry(None, (Status.SENT, Status.FAILED), now=NOW)
