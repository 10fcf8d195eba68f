"""Quiet hours and the time after which mail is no news, across clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.settings import Delivery, Newsletter, Settings
from newsletter.windows import (
    in_words,
    last_time,
    next_halt,
    next_time,
    quiet_until,
    stale_before,
)

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kathmandu", "UTC"]
moments = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
times = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def set_up(
    quiet: tuple[time, time] | None = None, latest: time | None = None, zone: str = "UTC"
) -> Settings:
    return Settings(
        newsletter=Newsletter(timezone=zone), delivery=Delivery(quiet_hours=quiet, latest=latest)
    )


def at(hour: float) -> datetime:
    return datetime(2026, 8, 14, tzinfo=UTC) + timedelta(hours=hour)


NIGHT = (time(22), time(6, 30))


@pytest.mark.parametrize(
    ("hour", "until"), [(21.9, None), (22, 30.5), (24, 30.5), (30.4, 30.5), (30.5, None)]
)
def test_a_night_lies_around_midnight(hour: float, until: float | None) -> None:
    assert quiet_until(at(hour), set_up(NIGHT)) == (until and at(until))


def test_a_lunch_break_lies_within_the_day() -> None:
    lunch = set_up((time(12), time(13)))

    assert quiet_until(at(12.5), lunch) == at(13)
    assert quiet_until(at(14), lunch) is None


def test_quiet_hours_that_a_clock_change_leaves_out_are_none() -> None:
    gap = set_up((time(2, 30), time(3)), zone="Europe/Berlin")
    after = datetime(2026, 3, 29, 1, 45, tzinfo=UTC)  # 03:45 in Berlin

    assert quiet_until(after, gap) is None


def test_a_send_halts_at_the_quiet_hours_or_when_it_is_no_news_whichever_is_first() -> None:
    assert next_halt(at(8), set_up()) is None
    assert next_halt(at(8), set_up(NIGHT)) == at(22)
    assert next_halt(at(8), set_up(NIGHT, latest=time(18))) == at(18)
    assert next_halt(at(19), set_up(NIGHT, latest=time(18))) == at(22)


def test_what_was_queued_before_the_last_latest_is_stale() -> None:
    assert stale_before(at(17), set_up(latest=time(18))) == at(-6)
    assert stale_before(at(18), set_up(latest=time(18))) == at(18)


def test_what_is_older_than_a_delivery_lives_is_stale_in_any_case() -> None:
    assert stale_before(at(8), set_up()) == at(8 - 24 - 4)


@given(moments, times, st.sampled_from(ZONES))
def test_the_last_and_the_next_time_of_day_enclose_every_moment(
    now: datetime, of_day: time, zone: str
) -> None:
    last, coming = last_time(now, of_day, zone), next_time(now, of_day, zone)

    assert last <= now < coming
    assert timedelta(hours=23) <= coming - last <= timedelta(hours=25)


@given(moments, times, times, st.sampled_from(ZONES))
def test_it_is_quiet_just_when_the_clock_on_the_wall_says_so(
    now: datetime, begin: time, end: time, zone: str
) -> None:
    wall = now.astimezone(ZoneInfo(zone)).time()
    within = begin <= wall < end if begin < end else wall >= begin or wall < end
    changes = {
        (now + timedelta(hours=hours)).astimezone(ZoneInfo(zone)).utcoffset()
        for hours in (-25, 0, 25)
    }

    until = quiet_until(now, set_up((begin, end), zone=zone))

    if begin != end and len(changes) == 1:  # at a change an hour is missing or comes twice
        assert (until is not None) == within
    assert until is None or now < until <= now + timedelta(hours=25)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=12), "12 s"),
        (timedelta(minutes=25), "25 min"),
        (timedelta(hours=6), "6 h"),
        (timedelta(days=1, minutes=3), "1 day 3 min"),
        (timedelta(days=2, hours=3, minutes=4), "2 days 3 h"),
    ],
)
def test_lengths_are_said_as_people_do(length: timedelta, words: str) -> None:
    assert in_words(length) == words
