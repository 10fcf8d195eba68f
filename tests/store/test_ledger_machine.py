"""Whatever senders, readers and operators do, in whatever order: what always holds.

Hypothesis interleaves claims, intents, outcomes, ends of leases, kills, leavers, pauses,
cancels, retries and pruning; the test looks at the rows themselves, not through the ledger.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import make
from newsletter.delivery.policy import STRIKES_ALLOWED
from newsletter.model import (
    Change,
    Claimed,
    Edition,
    Outcome,
    Reply,
    Stage,
    Status,
    Strike,
    SubscriberStatus,
)
from newsletter.store import Store
from newsletter.store.engine import db_now, reading, writing
from newsletter.store.ledger import RETRIABLE
from newsletter.store.schema import deliveries, metadata, subscribers

NOW = datetime(2026, 8, 14, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAYS = (make.DAY, make.DAY + timedelta(days=1))
READERS = [f"r{number}@d{number % 2}.org" for number in range(5)]
OUTCOMES = [
    Outcome(status=Status.SENT, reply=Reply(stage=Stage.DOT, code=250)),
    Outcome(status=Status.QUEUED, reply=Reply(stage=Stage.DATA, code=0)),
    Outcome(status=Status.IN_DOUBT, reply=Reply(stage=Stage.LOST_DOT, code=0)),
    Outcome(status=Status.FAILED, reply=Reply(stage=Stage.DOT, code=554)),
    Outcome(status=Status.DEFERRED, reply=Reply(stage=Stage.RCPT, code=451), due_at=NOW),
    Outcome(status=Status.REJECTED, reply=Reply(stage=Stage.RCPT, code=550), strike=Strike.DEAD),
]
RARE = (
    "unsubscribe", "delete", "pause_or_resume", "cancel", "put_off", "retry", "suppress", "prune",
    "publish_again",
)  # fmt: skip
WAITING = {Status.QUEUED, Status.DEFERRED, Status.IN_DOUBT}

senders = st.sampled_from(["one", "two"])
picks = st.integers(0, 20)


def other(sender: str) -> str:
    return "two" if sender == "one" else "one"


class Machine(RuleBasedStateMachine):
    store: Store

    @initialize()
    def begin(self) -> None:
        with writing(self.store.engine) as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
        self.audiences: dict[date, int] = {}
        #: What each sender believes to have claimed, and to have on the wire.
        self.hands: dict[str, list[Claimed]] = {"one": [], "two": []}
        self.wires: dict[str, list[Claimed]] = {"one": [], "two": []}
        self.sent: set[tuple[date, int]] = set()
        self.cancelled: set[date] = set()
        self.is_paused = False
        self.store.subscribers.add([(address, "") for address in READERS], now=NOW)
        self.publish(DAYS[0])

    def publish(self, day: date) -> None:
        audience = self.store.editions.publish(
            Edition(day=day, papers=()), make.issue(day=day), now=NOW
        )
        assert (audience is None) == (day in self.audiences)
        self.audiences.setdefault(day, audience or 0)

    @rule(sender=senders, limit=st.integers(1, 5))
    def claim(self, sender: str, limit: int) -> None:
        before = {row.id: row for row in self.rows()}
        claimed = self.store.ledger.claim(sender, now=NOW, limit=limit, lease=HOUR, resend=True)
        assert not (claimed and self.is_paused)
        for it in claimed:
            assert before[it.id].status in WAITING
            assert not before[it.id].is_held
        self.hands[sender] += claimed

    @precondition(lambda self: any(self.hands.values()))
    @rule(sender=senders, pick=picks)
    def intend(self, sender: str, pick: int) -> None:
        sender = sender if self.hands[sender] else other(sender)
        claimed = self.hands[sender][pick % len(self.hands[sender])]
        row = self.row(claimed)
        may = self.is_ours(row, sender, claimed) and row.is_held and row.status in WAITING
        assert self.write(sender, Change(claimed), row) == may
        if may:
            assert (claimed.day, claimed.subscriber_id) not in self.sent
            assert claimed.day not in self.cancelled
            assert claimed.subscriber_id in self.confirmed()
            self.wires[sender].append(claimed)

    @precondition(lambda self: any(self.wires.values()))
    @rule(sender=senders, pick=picks, outcome=st.sampled_from(OUTCOMES))
    def settle(self, sender: str, pick: int, outcome: Outcome) -> None:
        sender = sender if self.wires[sender] else other(sender)
        claimed = self.wires[sender].pop(pick % len(self.wires[sender]))
        row = self.row(claimed)
        may = self.is_ours(row, sender, claimed) and row.status == Status.SENDING
        assert self.write(sender, Change(claimed, outcome), row) == may
        if may and outcome.status is Status.SENT:
            self.sent.add((claimed.day, claimed.subscriber_id))

    def write(self, sender: str, change: Change, before: Any) -> bool:
        [held] = self.store.ledger.write(sender, [change], now=NOW)
        if not held:
            assert self.row(change.claimed) == before
        return held

    @rule(sender=senders)
    def lease_ends(self, sender: str) -> None:
        with writing(self.store.engine) as connection:
            connection.execute(
                sa.update(deliveries)
                .where(deliveries.c.owner == sender)
                .values(lease_until=db_now(-HOUR))
            )

    @rule(sender=senders, what=st.sampled_from(["renew", "release", "kill"]))
    def change(self, sender: str, what: str) -> None:
        if what == "renew":
            self.store.ledger.renew(sender, HOUR)
        elif what == "release":
            self.store.ledger.release(sender)
        else:
            self.hands[sender].clear()
            self.wires[sender].clear()

    @rule()
    def expire(self) -> None:
        lapsed = {row.id for row in self.rows() if row.status == Status.SENDING and not row.is_held}
        assert {it.id for it in self.store.ledger.expire()} == lapsed

    # One rule for all that is rare, so that most steps are a sender's.
    @rule(what=st.sampled_from(RARE), pick=picks)
    def interfere(self, what: str, pick: int) -> None:
        getattr(self, what)(pick)

    def unsubscribe(self, pick: int) -> None:
        if reader := self.store.subscribers.get(READERS[pick % len(READERS)]):
            self.store.subscribers.unsubscribe(reader.id, now=NOW)

    def delete(self, pick: int) -> None:
        self.store.subscribers.remove(READERS[pick % len(READERS)], now=NOW)

    def pause_or_resume(self, pick: int) -> None:
        if self.is_paused:
            self.store.ledger.resume()
        else:
            suspects = [row.id for row in self.rows() if row.status == Status.REJECTED]
            self.store.ledger.pause("", now=NOW, suspects=suspects)
        self.is_paused = not self.is_paused

    def cancel(self, pick: int) -> None:
        day = DAYS[pick % 2]
        if self.store.ledger.cancel(day, now=NOW) is not None:
            self.cancelled.add(day)

    def put_off(self, pick: int) -> None:
        why = Reply(stage=Stage.RCPT, code=0)
        self.store.ledger.put_off(f"d{pick % 2}.org", NOW, why, now=NOW)

    def retry(self, pick: int) -> None:
        self.store.ledger.retry(None, RETRIABLE, now=NOW)

    def suppress(self, pick: int) -> None:
        self.store.ledger.suppress_spent(STRIKES_ALLOWED, now=NOW)

    def prune(self, pick: int) -> None:
        self.store.ledger.prune(NOW + HOUR)

    def publish_again(self, pick: int) -> None:
        self.publish(DAYS[pick % 2])

    @invariant()
    def the_nine_statuses_sum_to_the_audience(self) -> None:
        found = {tally.day: tally.audience for tally in self.store.ledger.tallies()}
        assert found == self.audiences

    @invariant()
    def what_was_sent_stays_sent(self) -> None:
        for row in self.rows():
            assert (row.status == Status.SENT) == ((row.day, row.subscriber_id) in self.sent)

    @invariant()
    def of_a_cancelled_edition_only_what_is_on_the_wire_is_open(self) -> None:
        for row in self.rows():
            assert not (row.day in self.cancelled and row.status in WAITING)

    def rows(self) -> list[Any]:
        d = deliveries.c
        is_held = d.owner.is_not(None) & (d.lease_until > db_now())
        query = sa.select(
            d.id, d.day, d.subscriber_id, d.status, d.owner, d.epoch, d.attempts, d.reply,
            sa.case((is_held, 1), else_=0).label("is_held"),
        )  # fmt: skip
        with reading(self.store.engine) as connection:
            return list(connection.execute(query))

    def row(self, claimed: Claimed) -> Any:
        """The delivery as it is; None once it was pruned."""
        return next((row for row in self.rows() if row.id == claimed.id), None)

    @staticmethod
    def is_ours(row: Any, sender: str, claimed: Claimed) -> bool:
        return row is not None and (row.owner, row.epoch) == (sender, claimed.epoch)

    def confirmed(self) -> set[int]:
        query = sa.select(subscribers.c.id).where(
            subscribers.c.status == SubscriberStatus.CONFIRMED
        )
        with reading(self.store.engine) as connection:
            return set(connection.scalars(query))


def test_any_interleaving_keeps_the_ledger_true(store: Store) -> None:
    class Here(Machine):
        pass

    Here.store = store
    examples = settings().max_examples // 5
    run_state_machine_as_test(
        Here, settings=settings(max_examples=examples, stateful_step_count=40, deadline=None)
    )
