"""How fast a send goes, in words; the time is an argument."""

from __future__ import annotations

import pytest

from newsletter.delivery.progress import Dispatched
from newsletter.delivery.speed import Speed, describe


def watch(*seen: tuple[float, int], limit: float = 0.0) -> Speed:
    speed = Speed(limit)
    for now, done in seen:
        speed.note(done, now)
    return speed


def test_a_line_says_how_many_how_fast_and_how_long_yet() -> None:
    done = Dispatched(sent=12_300, deferred=17, rejected=2, failed=1)

    line = describe(done, 100_000, 1500.0)

    assert line == "Sent 12,300 of 100,000: 1,500/s, 17 deferred, 3 refused, about 59 s left"


def test_what_is_slower_than_one_a_second_is_told_by_the_minute() -> None:
    line = describe(Dispatched(sent=10), 100, 0.5)

    assert line == "Sent 10 of 100: 30/min, about 3 min left"


def test_before_anything_can_be_seen_nothing_is_guessed() -> None:
    assert describe(Dispatched(), 100, watch((0, 0)).per_second) == "Sent 0 of 100"


def test_before_anything_can_be_seen_the_limit_is_known() -> None:
    speed = watch((0, 0), limit=5.0)

    assert describe(Dispatched(), 1000, speed.per_second).endswith("5.0/s, about 3 min left")


def test_the_speed_is_that_of_the_last_half_minute() -> None:
    speed = watch(*((float(second), second * 100) for second in range(60)))
    assert speed.per_second == pytest.approx(100)

    for second in range(60, 100):
        speed.note(6000 + (second - 60) * 10, float(second))

    assert speed.per_second == pytest.approx(10)


def test_a_burst_does_not_promise_more_than_the_limit_lets_go() -> None:
    assert watch((0, 0), (1, 50), limit=20.0).per_second == 20.0


def test_a_line_is_due_every_ten_seconds() -> None:
    speed = Speed()
    due = []
    for tick in range(351):
        speed.note(tick, tick / 10)
        if speed.is_due(tick / 10):
            due.append(tick / 10)

    assert due == [10, 20, 30]


def test_another_send_begins_anew_however_long_after() -> None:
    speed = watch((0, 0), (1, 500))

    speed.note(0, 3600.0)

    assert not speed.is_due(3600.5)
    assert speed.per_second == 0
