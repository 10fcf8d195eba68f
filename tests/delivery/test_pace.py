"""Rates and shares, decided without a clock: every moment is an argument."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.delivery.pace import (
    ALLOWANCE,
    FEW,
    LEAD,
    Ask,
    Block,
    Evidence,
    Moments,
    Pace,
    Signal,
    answer,
    count_allowed,
    read_signal,
    rest_after,
)
from newsletter.model import Reply, Stage

RATES = st.floats(min_value=1 / 3600, max_value=5000)
MOMENTS = st.floats(min_value=0, max_value=1e9)


@given(RATES, st.lists(st.floats(min_value=0, max_value=0.3), min_size=2, max_size=60), MOMENTS)
def test_blocks_never_overlap_and_leave_no_gap_while_they_are_taken_ahead(
    rate: float, pauses: list[float], now: float
) -> None:
    pace, blocks = Pace(), list[Block]()
    for pause in pauses:
        early = min(now + pause, pace.free_at - LEAD) if blocks else now
        now = max(now, early)
        pace, block = answer(pace, Ask(rate=rate), now)
        assert block is not None
        blocks.append(block)

    for one, next_one in itertools.pairwise(blocks):
        assert next_one.start >= one.end
    if rate > 5:  # a slower one has blocks of a single moment, longer than the lead
        taken = sum(block.count for block in blocks)
        assert taken / (blocks[-1].end - blocks[0].start) == pytest.approx(rate, rel=1e-3)


@given(RATES, st.lists(st.floats(min_value=0, max_value=30), max_size=80))
def test_no_more_begin_in_any_time_than_the_rate_and_the_allowance_let(
    rate: float, pauses: list[float]
) -> None:
    """A sender that asks whenever it can, and is held up again and again."""
    moments, pace, now, begun = Moments(), Pace(), 0.0, list[float]()
    for pause in pauses:
        now += pause
        if moments.find_low() <= now:
            pace, block = pace.take(rate, 10_000, now)
            moments.add(block)
        while moments.use(now):
            begun.append(now)

    most = max(ALLOWANCE * rate, 1) + 1
    for first, since in enumerate(begun):
        for number, moment in enumerate(begun[first:], start=1):
            assert number <= (moment - since) * rate + most + 1e-6 * number


def test_a_sender_that_keeps_up_uses_every_moment() -> None:
    moments, pace, begun = Moments(), Pace(), 0
    for tick in range(10_000):  # ten seconds in milliseconds
        now = tick / 1000
        if moments.find_low() <= now:
            pace, block = pace.take(30.0, 100, now)
            moments.add(block)
        begun += moments.use(now)

    assert begun == 300


def test_two_senders_share_one_rate_between_them() -> None:
    senders, pace, begun = (Moments(), Moments()), Pace(), [0, 0]
    for tick in range(10_000):
        now = tick / 1000
        for number, moments in enumerate(senders):
            if moments.find_low() <= now:
                pace, block = pace.take(100.0, 100, now)
                moments.add(block)
            begun[number] += moments.use(now)

    assert sum(begun) == pytest.approx(1000, abs=20)
    assert min(begun) > 400


def test_a_sender_that_dies_takes_no_more_than_its_blocks_with_it() -> None:
    pace, mine = Pace(), Moments()
    while mine.find_low() <= 0:
        pace, block = pace.take(100.0, 100, 0.0)
        mine.add(block)

    assert mine.left <= 40
    assert pace.free_at <= 0.4


def test_a_moment_that_nobody_used_in_time_is_gone() -> None:
    moments = Moments()
    moments.add(Block(start=0.0, interval=0.1, count=10))

    assert moments.use(0.0)
    assert moments.find_next(0.95) == pytest.approx(0.5)
    assert moments.find_next(60.0) is None
    assert moments.left == 0


def test_a_slow_rates_only_moment_waits_for_a_whole_interval() -> None:
    moments = Moments()
    moments.add(Block(start=0.0, interval=60.0, count=1))

    assert moments.use(59.0)


def test_no_more_moments_are_taken_than_there_are_deliveries() -> None:
    _, block = Pace().take(1000.0, 7, 0.0)

    assert block.count == 7


def test_a_rate_that_was_raised_is_not_held_up_by_moments_of_the_old_one() -> None:
    hourly, _ = Pace().take(1 / 3600, 1, 0.0)

    _, block = hourly.take(30.0, 100, 1.0)

    assert block.start == 1.0


def test_a_cut_halves_and_time_raises_by_steps() -> None:
    pace = Pace().cut(begun=9.9, now=10.0)

    assert [pace.share_at(moment) for moment in (10.0, 14.9, 15.1, 20.1)] == [
        0.5, 0.5, 0.5625, 0.625,
    ]  # fmt: skip
    assert pace.share_at(51.0) == 1.0


def test_what_was_under_way_at_a_cut_does_not_cut_again() -> None:
    pace = Pace().cut(begun=9.9, now=10.0)

    assert pace.cut(begun=9.95, now=10.1) == pace
    assert pace.cut(begun=10.05, now=10.1).share == 0.25


@given(st.lists(st.floats(min_value=0, max_value=100), max_size=200), MOMENTS)
def test_a_share_is_always_between_nothing_and_one(gaps: list[float], now: float) -> None:
    pace = Pace()
    for gap in gaps:
        now += gap
        pace = pace.cut(begun=now, now=now)
        assert 0 < pace.share_at(now) <= 1
        assert pace.share_at(now + 3600) == 1


def test_a_cut_slows_the_rate_too() -> None:
    pace = Pace().cut(begun=0.0, now=0.0)

    _, block = pace.take(100.0, 1000, 0.0)

    assert block.interval == pytest.approx(0.02)


@given(
    st.floats(min_value=1 / 1024, max_value=1),
    st.integers(1, 200),
    st.integers(0, 500),
    st.floats(min_value=0, max_value=1e6),
)
def test_there_is_always_one_under_way_and_never_more_than_connections(
    share: float, connections: int, clean: int, seconds: float
) -> None:
    allowed = count_allowed(share, connections, clean=clean, seconds=seconds)

    assert 1 <= allowed <= connections
    assert allowed <= max(1, share * connections)


def test_a_run_begins_with_few_and_doubles_by_answers_or_by_time() -> None:
    assert count_allowed(1, 50, clean=0, seconds=0) == FEW
    assert count_allowed(1, 50, clean=FEW, seconds=0) == 2 * FEW
    assert count_allowed(1, 50, clean=0, seconds=0.3) == 2 * FEW
    assert count_allowed(1, 50, clean=100, seconds=0) == 50


def test_less_than_one_connection_is_one_with_rests() -> None:
    assert rest_after(0.1, share=0.5, connections=10) == 0
    assert rest_after(0.1, share=0.05, connections=10) == pytest.approx(0.1)
    assert rest_after(10, share=1 / 1024, connections=1) == 5


@pytest.mark.parametrize(
    ("stage", "code", "enhanced", "signal"),
    [
        (Stage.DOT, 250, "2.0.0", None),
        (Stage.RCPT, 550, "5.7.1", None),
        (Stage.RCPT, 451, "4.7.1", Signal.DOMAIN),  # greylisting
        (Stage.RCPT, 450, "4.7.0", Signal.DOMAIN),
        (Stage.RCPT, 451, "", Signal.DOMAIN),
        (Stage.RCPT, 450, "", None),
        (Stage.RCPT, 452, "4.2.2", None),  # a full mailbox
        (Stage.RCPT, 452, "", Signal.SLOWER),
        (Stage.RCPT, 454, "4.7.0", Signal.SLOWER),
        (Stage.RCPT, 421, "4.7.0", Signal.SLOWER),
        (Stage.DOT, 421, "", Signal.SLOWER),
        (Stage.DOT, 451, "4.3.0", Signal.PRESSED),
        (Stage.DATA, 450, "4.7.1", Signal.PRESSED),
        (Stage.MAIL, 421, "4.4.2", None),  # enough for one connection
        (Stage.MAIL, 421, "4.7.0", Signal.SLOWER),
        (Stage.MAIL, 454, "", Signal.SLOWER),
        (Stage.MAIL, 450, "4.7.1", Signal.SLOWER),
        (Stage.GREETING, 421, "4.7.0", Signal.SLOWER),
        (Stage.GREETING, 421, "", Signal.PRESSED),
        (Stage.LOST_DOT, 0, "", None),
    ],
)
def test_each_reply_says_what_it_says_of_our_pace(
    stage: Stage, code: int, enhanced: str, signal: Signal | None
) -> None:
    assert read_signal(Reply(stage=stage, code=code, enhanced=enhanced)) is signal


def test_one_reply_that_asks_for_less_is_enough() -> None:
    assert Evidence().add(Signal.SLOWER.weight)


def test_one_greylisted_of_ten_is_nothing_and_every_other_is_enough() -> None:
    few, many = Evidence(), Evidence()

    assert not any(few.add(number % 10 == 0) for number in range(200))
    assert any(many.add(number % 2) for number in range(20))


def test_after_a_cut_the_counting_begins_anew() -> None:
    evidence = Evidence()

    assert [number for number in range(30) if evidence.add(1)] == [9, 19, 29]
