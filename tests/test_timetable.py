"""Which day is due, across weekdays, zones and clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.settings import Schedule
from newsletter.timetable import find_due, find_next, slot_of, today

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kathmandu", "UTC"]
moments = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
schedules = st.builds(
    Schedule,
    at=st.times().map(lambda at: at.replace(microsecond=0)),
    days=st.lists(
        st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1, unique=True
    ).map(tuple),
)


def test_the_day_is_the_one_in_the_newsletters_zone() -> None:
    late = datetime(2026, 8, 13, 23, 30, tzinfo=UTC)

    assert today(late, "UTC") == date(2026, 8, 13)
    assert today(late, "Europe/Berlin") == date(2026, 8, 14)


def test_eight_in_berlin_is_six_in_summer_and_seven_in_winter() -> None:
    summer = slot_of(date(2026, 8, 14), Schedule(), "Europe/Berlin")
    winter = slot_of(date(2026, 12, 14), Schedule(), "Europe/Berlin")

    assert (summer.hour, winter.hour) == (6, 7)


def test_a_time_the_clock_change_leaves_out_leaves_an_hour_later_on_the_clock() -> None:
    at = slot_of(date(2026, 3, 29), Schedule(at=time(2, 30)), "Europe/Berlin")

    assert at.astimezone(ZoneInfo("Europe/Berlin")).time() == time(3, 30)


def test_a_time_that_exists_twice_is_taken_once_at_its_first() -> None:
    at = slot_of(date(2026, 10, 25), Schedule(at=time(2, 30)), "Europe/Berlin")

    assert at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


FRIDAY = date(2026, 8, 14)


def at(hour: float, day: date = FRIDAY) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(hours=hour)


def test_a_slot_is_due_from_its_time_on() -> None:
    assert find_due(at(7.99), (), Schedule(), "UTC") is None

    due = find_due(at(8), (), Schedule(), "UTC")

    assert due is not None
    assert due.day == FRIDAY


def test_a_published_day_is_not_due_again() -> None:
    assert find_due(at(9), {FRIDAY}, Schedule(), "UTC") is None


def test_a_missed_slot_is_made_up_for_within_catch_up_and_then_skipped() -> None:
    assert find_due(at(13.9), (), Schedule(), "UTC") is not None
    assert find_due(at(14.1), (), Schedule(), "UTC") is None


def test_a_late_evening_slot_is_made_up_for_after_midnight() -> None:
    late = Schedule(at=time(23, 30))

    due = find_due(at(25), (), late, "UTC")

    assert due is not None
    assert due.day == FRIDAY


def test_nothing_is_due_at_the_weekend() -> None:
    saturday = FRIDAY + timedelta(days=1)

    assert find_due(at(9, saturday), {FRIDAY}, Schedule(), "UTC") is None


def test_after_friday_comes_monday() -> None:
    assert find_next(at(9), Schedule(), "UTC").day == date(2026, 8, 17)


@given(moments, schedules, st.sampled_from(ZONES))
def test_the_next_slot_lies_ahead_and_is_due_when_its_time_comes(
    now: datetime, schedule: Schedule, zone: str
) -> None:
    coming = find_next(now, schedule, zone)

    assert coming.at > now
    assert find_due(coming.at, (), schedule, zone) == coming


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hour", [0, 2, 8, 23])
def test_asked_every_ten_minutes_for_a_year_each_day_is_sent_once(zone: str, hour: int) -> None:
    schedule = Schedule(at=time(hour, 30), days=("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
    now, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    published: list[date] = []

    while now < end:
        if due := find_due(now, published[-9:], schedule, zone):
            published.append(due.day)
        now += timedelta(minutes=10)

    assert len(published) == len(set(published))
    first, last = published[0], published[-1]
    assert len(published) == (last - first).days + 1
    assert len(published) in (365, 366)
