"""When refusals in a row say that something is wrong with us."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

import make
from newsletter.delivery.guard import Alarm, Guard
from newsletter.model import Outcome, Reply, Stage, Status

SENT = Outcome(status=Status.SENT, reply=Reply(stage=Stage.DOT, code=250))
DEAD = Outcome(status=Status.REJECTED, reply=Reply(stage=Stage.RCPT, code=550, enhanced="5.1.1"))
LATER = Outcome(status=Status.DEFERRED, reply=Reply(stage=Stage.RCPT, code=451))
BLOCKED = Outcome(
    status=Status.FAILED, reply=Reply(stage=Stage.DOT, code=554, enhanced="5.7.1", text="spam")
)
SYNTAX = Outcome(status=Status.FAILED, reply=Reply(stage=Stage.RCPT, code=501))


def feed(guard: Guard, outcomes: Iterable[tuple[str, Outcome]]) -> list[Alarm | None]:
    return [
        guard.take(make.claimed(id=number, address=f"r{number}@{domain}"), outcome)
        for number, (domain, outcome) in enumerate(outcomes)
    ]


def test_a_domain_that_refuses_three_in_a_row_is_named_once() -> None:
    alarms = feed(Guard(), [("Example.org", BLOCKED)] * 5)

    assert [it and it.domain for it in alarms] == [None, None, "example.org", None, None]


@pytest.mark.parametrize("between", [SENT, DEAD, LATER])
def test_anything_else_from_the_domain_ends_its_row(between: Outcome) -> None:
    row = [BLOCKED, BLOCKED, between, BLOCKED, BLOCKED]

    assert feed(Guard(), [("example.org", it) for it in row]) == [None] * 5


def test_another_domain_does_not_end_the_row_of_a_domain() -> None:
    alarms = feed(Guard(), [("a.org", BLOCKED), ("b.org", SENT)] * 3)

    assert [it.domain for it in alarms if it] == ["a.org"]


def test_ten_in_a_row_over_three_domains_are_about_us() -> None:
    domains = [f"d{number % 4}.org" for number in range(10)]

    alarms = feed(Guard(), [(domain, BLOCKED) for domain in domains])

    last = alarms[-1]
    assert last is not None
    assert not last.domain
    assert "10 messages in a row were refused, by 4 domains" in last.reason
    assert "554 5.7.1 spam" in last.reason


def test_ten_in_a_row_at_two_domains_are_about_those() -> None:
    alarms = feed(Guard(), [(f"d{number % 2}.org", BLOCKED) for number in range(20)])

    assert {it.domain for it in alarms if it} == {"d0.org", "d1.org"}


def test_three_that_were_not_understood_are_about_us() -> None:
    alarms = feed(Guard(), [("a.org", SYNTAX), ("b.org", SYNTAX), ("c.org", SYNTAX)])

    assert alarms[:2] == [None, None]
    assert alarms[2] is not None
    assert "does not understand us" in alarms[2].reason


def test_more_than_30_of_the_last_100_refused_for_good_acquit_them_all() -> None:
    rest = [("a.org", SENT)] * 69
    alarms = feed(Guard(), [*rest, *[("a.org", DEAD)] * 31])

    assert alarms[:-1] == [None] * 99
    last = alarms[-1]
    assert last is not None
    assert last.suspects == tuple(range(69, 100))
    assert "31 of the last 100" in last.reason


@given(st.lists(st.sampled_from([SENT, LATER]), max_size=400).map(list))
def test_what_is_sent_or_deferred_never_alarms(outcomes: list[Outcome]) -> None:
    assert not any(feed(Guard(), [("a.org", it) for it in outcomes]))


@given(st.lists(st.booleans(), max_size=400))
def test_the_share_alarms_exactly_when_it_is_passed(refusals: list[bool]) -> None:
    alarms = feed(Guard(), [("a.org", DEAD if refused else SENT) for refused in refusals])

    for place, (refused, alarm) in enumerate(zip(refusals, alarms, strict=True)):
        share = sum(refusals[max(0, place - 99) : place + 1])
        assert (alarm is not None) == (refused and share > 30)
