"""What each reply means: every row of the policy, and what must hold for all of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.delivery.policy import (
    Kind,
    Refusal,
    Trouble,
    back_off,
    classify,
    judge,
    judge_opening,
)
from newsletter.model import Outcome, Reply, Stage, Status, Strike
from newsletter.settings import Delivery

NOW = datetime(2026, 8, 14, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SENDER = "papers@example.org"
DEAD = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}


def reply(stage: str, said: str, text: str = "") -> Reply:
    code, _, enhanced = said.partition(" ")
    return Reply(stage=Stage(stage), code=int(code), enhanced=enhanced, text=text)


def ask(
    given: Reply,
    *,
    attempts: int = 1,
    age: timedelta = MINUTE,
    chance: float = 0.5,
) -> Outcome | Trouble:
    return judge(
        given,
        attempts=attempts,
        queued_at=NOW - age,
        now=NOW,
        settings=Delivery(),
        sender=SENDER,
        chance=chance,
    )


@pytest.mark.parametrize(
    ("stage", "said", "status"),
    [
        ("dot", "250", Status.SENT),
        ("dot", "250 2.0.0", Status.SENT),
        ("lost_dot", "0", Status.IN_DOUBT),
        ("dot", "0", Status.IN_DOUBT),
        ("dot", "354", Status.IN_DOUBT),
        ("rcpt", "550 5.7.1", Status.FAILED),
        ("rcpt", "553 5.6.7", Status.FAILED),
        ("data", "554 5.5.1", Status.FAILED),
        ("dot", "554 5.7.1", Status.FAILED),
        ("dot", "550 5.7.26", Status.FAILED),
        ("dot", "552", Status.FAILED),
        ("dot", "554", Status.FAILED),
        ("rcpt", "500", Status.FAILED),
        ("rcpt", "501 5.5.4", Status.FAILED),
        ("data", "503 5.5.1", Status.FAILED),
        ("dot", "504", Status.FAILED),
    ],
)
def test_a_reply_that_settles_a_delivery_holds_nothing_against_the_address(
    stage: str, said: str, status: Status
) -> None:
    told = reply(stage, said)

    assert ask(told) == Outcome(status=status, reply=told)


@pytest.mark.parametrize(
    ("stage", "said"),
    [("rcpt", "550 5.1.0"), ("rcpt", "550"), ("rcpt", "550 5.1.4"), ("dot", "550 5.1.1")],
)
def test_an_address_refused_without_a_clear_reason_is_struck(stage: str, said: str) -> None:
    told = reply(stage, said)

    assert ask(told) == Outcome(status=Status.REJECTED, reply=told, strike=Strike.REFUSED)


@pytest.mark.parametrize("said", ["452 4.2.2", "552 5.2.2"])
def test_a_full_mailbox_is_struck_also_when_it_is_given_up(said: str) -> None:
    for age in (MINUTE, timedelta(days=2)):
        outcome = ask(reply("rcpt", said), age=age)

        assert isinstance(outcome, Outcome)
        assert outcome.strike is Strike.FULL


@pytest.mark.parametrize("said", [*(f"550 {code}" for code in sorted(DEAD)), "556", "501 5.1.3"])
def test_a_dead_address_is_rejected_and_struck_as_dead(said: str) -> None:
    told = reply("rcpt", said)

    assert ask(told) == Outcome(status=Status.REJECTED, reply=told, strike=Strike.DEAD)


@pytest.mark.parametrize("stage", ["rcpt", "data", "dot"])
@pytest.mark.parametrize("said", ["421", "421 4.3.2", "454 4.7.0", "454 4.7.1", "452", "452 4.5.3"])
def test_a_relay_that_is_busy_is_asked_again_within_ten_minutes(stage: str, said: str) -> None:
    for chance, wait in ((0.0, MINUTE), (1.0, 10 * MINUTE)):
        outcome = ask(reply(stage, said), chance=chance)

        assert isinstance(outcome, Outcome)
        assert (outcome.status, outcome.due_at) == (Status.DEFERRED, NOW + wait)


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("rcpt", "450"),
        ("rcpt", "451 4.7.1"),
        ("dot", "451 4.3.0"),
        ("data", "450"),
        ("rcpt", "454 4.4.0"),
        ("rcpt", "452 4.2.2"),
        ("rcpt", "552 5.2.2"),
        ("dot", "552 5.2.2"),
        ("rcpt", "432"),
    ],
)
def test_greylisting_and_full_mailboxes_wait_longer_each_time(stage: str, said: str) -> None:
    first = ask(reply(stage, said), attempts=1, chance=0)
    second = ask(reply(stage, said), attempts=2, chance=0)

    assert isinstance(first, Outcome)
    assert isinstance(second, Outcome)
    assert (first.status, first.due_at) == (Status.DEFERRED, NOW + 15 * MINUTE)
    assert second.due_at == NOW + 30 * MINUTE


def test_a_552_at_rcpt_means_too_many_recipients() -> None:
    outcome = ask(reply("rcpt", "552"), chance=0)

    assert isinstance(outcome, Outcome)
    assert outcome.due_at == NOW + MINUTE


@pytest.mark.parametrize(
    ("stage", "said", "text"),
    [
        ("auth", "535 5.7.8", ""),
        ("auth", "530", ""),
        ("auth", "538", ""),
        ("mail", "550 5.1.8", ""),
        ("mail", "553", ""),
        ("mail", "552 5.3.4", ""),
        ("greeting", "521", ""),
        ("rcpt", "550 5.1.7", ""),
        ("rcpt", "550 5.1.8", ""),
        ("rcpt", "530 5.7.0", ""),
        ("rcpt", "550 5.7.1", f"<{SENDER}>: not yours"),
        ("rcpt", "554 5.7.1", "<ada@example.com>: Relay access denied"),
        ("rcpt", "553 5.7.1", "Sender address rejected: not owned by user"),
        ("rcpt", "554 5.7.1", "Service unavailable; Client host [192.0.2.1] blocked"),
        ("rcpt", "552 5.3.4", ""),
        ("dot", "552 5.3.4", ""),
        ("dot", "554 5.3.4", ""),
    ],
)
def test_what_speaks_of_us_or_the_issue_stops_the_run(stage: str, said: str, text: str) -> None:
    told = reply(stage, said, text)

    assert ask(told) == Trouble(Kind.US, told)


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("connect", "0"),
        ("greeting", "421"),
        ("greeting", "554"),
        ("ehlo", "0"),
        ("ehlo", "550"),
        ("starttls", "454"),
        ("auth", "454 4.7.0"),
        ("auth", "0"),
        ("mail", "0"),
        ("mail", "421"),
        ("mail", "451 4.3.0"),
        ("mail", "452 4.3.1"),
    ],
)
def test_the_relays_own_trouble_touches_no_reader(stage: str, said: str) -> None:
    told = reply(stage, said)

    assert ask(told) == Trouble(Kind.AWAY, told)


def test_an_opening_is_judged_like_any_other_stage() -> None:
    assert judge_opening(reply("auth", "535")).kind is Kind.US
    assert judge_opening(reply("connect", "0")).kind is Kind.AWAY


@pytest.mark.parametrize("stage", ["rcpt", "data"])
@pytest.mark.parametrize("said", ["0", "250", "354"])
def test_a_connection_lost_before_the_dot_leaves_the_delivery_as_it_was(
    stage: str, said: str
) -> None:
    told = reply(stage, said)

    assert ask(told) == Trouble(Kind.CUT, told)


def test_after_the_time_to_give_up_a_deferral_becomes_a_failure() -> None:
    told = reply("rcpt", "451")

    just_before = ask(told, age=timedelta(hours=24) - MINUTE)
    assert isinstance(just_before, Outcome)
    assert just_before.status is Status.DEFERRED
    assert ask(told, age=timedelta(hours=24)) == Outcome(status=Status.FAILED, reply=told)


@pytest.mark.parametrize(
    ("stage", "said", "about"),
    [
        ("dot", "554 5.7.1", Refusal.POLICY),
        ("dot", "554", Refusal.POLICY),
        ("rcpt", "550 5.7.1", Refusal.POLICY),
        ("rcpt", "501", Refusal.SYNTAX),
        ("rcpt", "550 5.1.1", Refusal.ADDRESS),
        ("rcpt", "550", Refusal.ADDRESS),
        ("rcpt", "553 5.6.7", Refusal.OTHER),
        ("rcpt", "451", None),
        ("rcpt", "552 5.2.2", None),
        ("dot", "250", None),
    ],
)
def test_a_refusal_is_about_the_address_or_about_us(
    stage: str, said: str, about: Refusal | None
) -> None:
    outcome = Outcome(status=Status.FAILED, reply=reply(stage, said))

    assert classify(outcome) == about


enhanced = st.one_of(
    st.just(""),
    st.sampled_from(sorted(DEAD)),
    st.builds("{}.{}.{}".format, st.sampled_from("245"), st.integers(0, 9), st.integers(0, 30)),
)
replies = st.builds(
    Reply,
    stage=st.sampled_from(Stage),
    code=st.one_of(st.just(0), st.integers(200, 599)),
    enhanced=enhanced,
    text=st.text(max_size=30),
)


@given(replies, st.integers(1, 50), st.floats(0, 1), st.timedeltas(timedelta(), timedelta(days=3)))
def test_only_a_refusal_of_the_address_at_rcpt_says_that_it_is_dead(
    told: Reply, attempts: int, chance: float, age: timedelta
) -> None:
    verdict = ask(told, attempts=attempts, chance=chance, age=age)

    if isinstance(verdict, Outcome) and verdict.strike is Strike.DEAD:
        assert told.stage is Stage.RCPT
        assert 500 <= told.code <= 599
        assert told.enhanced in DEAD or told.code == 556


@given(replies, st.floats(0, 1))
def test_no_reply_before_rcpt_touches_a_delivery(told: Reply, chance: float) -> None:
    verdict = ask(told, chance=chance)

    if told.stage in (Stage.CONNECT, Stage.GREETING, Stage.EHLO, Stage.STARTTLS, Stage.AUTH,
                      Stage.MAIL):  # fmt: skip
        assert isinstance(verdict, Trouble)


@given(replies, st.integers(1, 50), st.floats(0, 1))
def test_a_deferral_and_nothing_else_says_when_to_try_again(
    told: Reply, attempts: int, chance: float
) -> None:
    verdict = ask(told, attempts=attempts, chance=chance)

    if isinstance(verdict, Outcome):
        assert (verdict.due_at is not None) == (verdict.status is Status.DEFERRED)
        if verdict.due_at is not None:
            assert NOW + MINUTE <= verdict.due_at <= NOW + timedelta(hours=4)


@given(st.integers(1, 1000), st.floats(0, 1))
def test_the_back_off_grows_from_a_quarter_of_an_hour_to_four_hours(
    attempts: int, chance: float
) -> None:
    wait = back_off(attempts, chance)

    assert 15 * MINUTE <= wait <= timedelta(hours=4)
    assert back_off(attempts + 1, chance) >= wait
