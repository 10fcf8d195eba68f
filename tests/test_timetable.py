"""Which day is due, across weekdays, zones and clock changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.settings import Delivery, Newsletter, Papers, Schedule, Settings
from newsletter.timetable import (
    Act,
    Slot,
    Waiting,
    decide,
    find_next,
    judge_list,
    slot_of,
    today,
)

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
THURSDAY = date(2026, 8, 13)


def set_up(
    zone: str = "UTC", thin: int = 1, no_news: time | None = None, **schedule: Any
) -> Settings:
    return Settings(
        newsletter=Newsletter(timezone=zone),
        papers=Papers(thin=thin),
        delivery=Delivery(latest=no_news),
        schedule=Schedule(**schedule),
    )


def at(hour: float, day: date = FRIDAY) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(hours=hour)


def due_at(now: datetime, last: date | None = THURSDAY, **schedule: Any) -> date | None:
    due = decide(now, last, None, set_up(**schedule)).due
    return due and due.day


def missed_at(now: datetime, last: date, **schedule: Any) -> list[date]:
    return [skip.day for skip in decide(now, last, None, set_up(**schedule)).missed]


def test_a_slot_is_due_from_its_time_on() -> None:
    assert due_at(at(7.99)) is None
    assert due_at(at(8)) == FRIDAY


def test_a_settled_day_is_not_due_again() -> None:
    assert due_at(at(9), last=FRIDAY) is None


def test_a_missed_slot_is_made_up_for_within_catch_up_and_then_skipped_with_the_reason() -> None:
    assert due_at(at(13.9)) == FRIDAY
    decision = decide(at(14.1), THURSDAY, None, set_up())

    assert decision.due is None
    (skip,) = decision.missed
    assert skip.day == FRIDAY
    assert skip.reason == "its time, 08:00, was missed by more than schedule.catch_up (6 h)"


def test_a_late_evening_slot_is_made_up_for_after_midnight() -> None:
    assert due_at(at(25), at=time(23, 30)) == FRIDAY


def test_nothing_is_due_at_the_weekend_and_after_friday_comes_monday() -> None:
    assert due_at(at(33), last=FRIDAY) is None
    coming = find_next(at(9), set_up())
    assert coming is not None
    assert coming.day == date(2026, 8, 17)


def test_after_a_week_away_only_the_newest_day_is_sent_and_the_others_are_told_of() -> None:
    away_since = date(2026, 8, 6)

    assert missed_at(at(9), last=away_since) == [date(2026, 8, day) for day in (7, 10, 11, 12, 13)]
    assert due_at(at(9), last=away_since) == FRIDAY


def test_yesterdays_news_is_not_sent_after_todays_however_long_catch_up_is() -> None:
    decision = decide(at(9), date(2026, 8, 12), None, set_up(catch_up=timedelta(days=3)))

    assert decision.due is not None
    assert decision.due.day == FRIDAY
    assert [(skip.day, skip.reason) for skip in decision.missed] == [
        (THURSDAY, "its time was missed, and 2026-08-14 is due since")
    ]


def test_a_new_newsletter_has_missed_nothing() -> None:
    assert decide(at(20), None, None, set_up()).missed == ()


def test_what_is_no_news_any_more_is_not_made_up_for() -> None:
    decision = decide(at(12), THURSDAY, None, set_up(no_news=time(11)))

    assert decision.due is None
    assert "delivery.latest" in decision.missed[0].reason


def test_a_day_that_is_waited_for_is_due_when_it_is_to_be_looked_at_again() -> None:
    waiting = Waiting(FRIDAY, "no papers", at(8.1))

    assert decide(at(8.05), THURSDAY, waiting, set_up()).due is None
    assert decide(at(8.1), THURSDAY, waiting, set_up()).due is not None


def test_a_clock_that_was_set_back_does_not_stretch_a_wait() -> None:
    waiting = Waiting(FRIDAY, "no papers", at(12))

    assert decide(at(8.05), THURSDAY, waiting, set_up()).due is not None


def test_a_day_waited_for_in_vain_is_skipped_for_what_was_waited_for() -> None:
    waiting = Waiting(FRIDAY, "the source is down", at(8.1))

    (skip,) = decide(at(15), THURSDAY, waiting, set_up()).missed

    assert skip.reason == "the source is down"


@pytest.mark.parametrize(
    ("count", "quiet", "hour", "when_thin", "act"),
    [
        (5, "", 8, "send", Act.SEND),
        (4, "", 8, "send", Act.WAIT),
        (4, "", 9.99, "send", Act.WAIT),
        (4, "", 10, "send", Act.SEND),
        (4, "", 10, "skip", Act.SKIP),
        (0, "no papers were listed", 8, "send", Act.WAIT),
        (0, "no papers were listed", 10, "send", Act.SKIP),
        (9, "all were featured before", 8, "send", Act.WAIT),
    ],
)
def test_a_thin_list_is_waited_for_until_latest(
    count: int, quiet: str, hour: float, when_thin: str, act: Act
) -> None:
    settings = set_up(thin=5, when_thin=when_thin)

    verdict = judge_list(count, quiet, at(hour), Slot(FRIDAY, at(8)), settings)

    assert verdict.act is act
    assert (verdict.look_at is not None) == (act is Act.WAIT)
    assert bool(verdict.reason) == (act is not Act.SEND)


def test_the_last_look_is_not_later_than_latest() -> None:
    settings = set_up(look_again=timedelta(hours=1))

    verdict = judge_list(0, "no papers", at(9.5), Slot(FRIDAY, at(8)), settings)

    assert verdict.look_at == at(10)


def test_the_hour_may_differ_by_weekday() -> None:
    schedule = Schedule(hours=(("fri", time(10, 15)),))

    assert slot_of(THURSDAY, schedule, "UTC") == at(8, THURSDAY)
    assert slot_of(FRIDAY, schedule, "UTC") == at(10.25)


def test_without_a_day_that_is_not_off_there_is_no_next() -> None:
    assert find_next(at(9), replace(set_up(), schedule=Schedule(days=()))) is None


@given(moments, schedules, st.sampled_from(ZONES))
def test_the_next_slot_lies_ahead_and_is_due_when_its_time_comes(
    now: datetime, schedule: Schedule, zone: str
) -> None:
    settings = replace(set_up(zone), schedule=schedule)

    coming = find_next(now, settings)

    assert coming is not None
    assert coming.at > now
    assert decide(coming.at, None, None, settings).due == coming
