"""Decides which day is due, and when to look again. Reads no clock."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter.settings import Schedule

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Slot:
    """A day that should have an edition, and the moment it should leave (UTC)."""

    day: date
    at: datetime


def today(now: datetime, zone: str) -> date:
    """The day it is in the newsletter's time zone."""
    return now.astimezone(ZoneInfo(zone)).date()


def slot_of(day: date, schedule: Schedule, zone: str) -> datetime:
    """When the day's edition leaves.

    A time that a clock change leaves out is taken by the offset before the change, one that
    exists twice at its first; either way there is one moment a day (PEP 495, `fold`).
    """
    local = datetime.combine(day, schedule.at, ZoneInfo(zone))
    return local.astimezone(UTC)


def find_due(
    now: datetime, published: Collection[date], schedule: Schedule, zone: str
) -> Slot | None:
    """The slot that should leave now: today's or one missed by less than `catch_up`.

    Only the newest is made up for: yesterday's news is not sent after today's.
    """
    for day in _days_back(now, schedule, zone):
        at = slot_of(day, schedule, zone)
        if at <= now:
            late = now - at > schedule.catch_up
            return None if late or day in published else Slot(day, at)
    return None


def find_next(now: datetime, schedule: Schedule, zone: str) -> Slot:
    """The next slot after now."""
    day = today(now, zone)
    while True:
        at = slot_of(day, schedule, zone)
        if _is_sending_day(day, schedule) and at > now:
            return Slot(day, at)
        day += timedelta(days=1)


def _days_back(now: datetime, schedule: Schedule, zone: str) -> list[date]:
    newest = today(now, zone)
    days = (newest - timedelta(days=back) for back in range(8))
    return [day for day in days if _is_sending_day(day, schedule)]


def _is_sending_day(day: date, schedule: Schedule) -> bool:
    return _WEEKDAYS[day.weekday()] in schedule.days
