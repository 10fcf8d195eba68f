"""Decides which day is due, which was missed, and whether its list is awaited. Reads no clock.

Days are settled in order: each that should have an edition is published or skipped, with
the reason. What is known of the past is one date, the last day settled; what is known of
the day in hand is why it is waited for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum, auto
from zoneinfo import ZoneInfo

from newsletter.daysoff import weekday, why_off
from newsletter.settings import Schedule, Settings
from newsletter.windows import in_words, next_time

_DAY = timedelta(days=1)
#: How far back missed days are told of, and how far ahead the next one is looked for.
_FAR = 400


@dataclass(frozen=True, slots=True)
class Slot:
    """A day that should have an edition, and the moment it should leave (UTC)."""

    day: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A day that was due and could not be sent yet."""

    day: date
    reason: str
    #: When it is looked at again (UTC).
    look_at: datetime


@dataclass(frozen=True, slots=True)
class Skip:
    """A day that should have had an edition and gets none."""

    day: date
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now: days to write off, oldest first, and the day to send."""

    missed: tuple[Skip, ...] = ()
    due: Slot | None = None


class Act(Enum):
    """What to do with the day's list."""

    SEND = auto()
    WAIT = auto()
    SKIP = auto()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with the day's list, and why."""

    act: Act
    reason: str = ""
    #: When to look again; only where it is waited for.
    look_at: datetime | None = None


def today(now: datetime, zone: str) -> date:
    """The day it is in the newsletter's time zone."""
    return now.astimezone(ZoneInfo(zone)).date()


def slot_of(day: date, schedule: Schedule, zone: str) -> datetime:
    """When the day's edition leaves.

    A time that a clock change leaves out is taken by the offset before the change, one that
    exists twice at its first; either way there is one moment a day (PEP 495, `fold`).
    """
    at = dict(schedule.hours).get(weekday(day), schedule.at)  # type: ignore[call-overload]
    local = datetime.combine(day, at, ZoneInfo(zone))
    return local.astimezone(UTC)


def decide(
    now: datetime, last: date | None, waiting: Waiting | None, settings: Settings
) -> Decision:
    """What is due now, and what cannot be made up for any more.

    Only the newest day is made up for: yesterday's news is not sent after today's. Where no
    day was ever settled there is no past to be told of.

    Args:
        last: the last day that was published or skipped, none later than today.
        waiting: the day that is waited for, if one is.
    """
    newest = _newest_slot(now, settings)
    if newest is None or (last is not None and newest.day <= last):
        return Decision()
    missed = tuple(
        Skip(slot.day, _why_missed(slot, waiting, settings, newer=newest.day))
        for slot in _between(last, newest.day, settings)
    )
    if now > closing(newest, settings):
        if last is None and waiting is None:
            return Decision()
        return Decision((*missed, Skip(newest.day, _why_missed(newest, waiting, settings))))
    if waiting is not None and waiting.day == newest.day and _is_early(now, waiting, settings):
        return Decision(missed)
    return Decision(missed, newest)


def judge_list(count: int, quiet: str, now: datetime, slot: Slot, settings: Settings) -> Verdict:
    """Whether to send the day's list as it is, to look again later, or to skip the day.

    Args:
        count: how many papers the source lists for the day itself.
        quiet: why no edition can be made of it; "" where one can.
    """
    reason = quiet or _why_thin(count, settings)
    if not reason:
        return Verdict(Act.SEND)
    until = slot.at + settings.schedule.latest
    if now < until:
        return Verdict(Act.WAIT, reason, min(now + settings.schedule.look_again, until))
    if quiet or settings.schedule.when_thin == "skip":
        return Verdict(Act.SKIP, reason)
    return Verdict(Act.SEND)


def find_next(now: datetime, settings: Settings) -> Slot | None:
    """The next slot after now; None where the settings leave none in more than a year."""
    zone = settings.newsletter.timezone
    first = today(now, zone)
    for day in (first + _DAY * ahead for ahead in range(_FAR)):
        slot = Slot(day, slot_of(day, settings.schedule, zone))
        if slot.at > now and not why_off(day, settings.schedule):
            return slot
    return None


def closing(slot: Slot, settings: Settings) -> datetime:
    """The last moment at which a slot is made up for."""
    end = slot.at + settings.schedule.catch_up
    if settings.delivery.latest is None:
        return end
    return min(end, next_time(slot.at, settings.delivery.latest, settings.newsletter.timezone))


def _newest_slot(now: datetime, settings: Settings) -> Slot | None:
    zone = settings.newsletter.timezone
    day = today(now, zone)
    for _ in range(_FAR):
        if not why_off(day, settings.schedule):
            slot = Slot(day, slot_of(day, settings.schedule, zone))
            if slot.at <= now:
                return slot
        day -= _DAY
    return None


def _between(last: date | None, newest: date, settings: Settings) -> Iterator[Slot]:
    if last is None:
        return
    day = max(last, newest - _DAY * _FAR) + _DAY
    while day < newest:
        if not why_off(day, settings.schedule):
            yield Slot(day, slot_of(day, settings.schedule, settings.newsletter.timezone))
        day += _DAY


def _is_early(now: datetime, waiting: Waiting, settings: Settings) -> bool:
    # The second condition fails where the clock was set back since.
    return now < waiting.look_at <= now + settings.schedule.look_again


def _why_missed(
    slot: Slot, waiting: Waiting | None, settings: Settings, *, newer: date | None = None
) -> str:
    if waiting is not None and waiting.day == slot.day:
        return waiting.reason
    if newer and closing(slot, settings) > slot_of(
        newer, settings.schedule, settings.newsletter.timezone
    ):
        return f"its time was missed, and {newer} is due since"
    at = slot.at.astimezone(ZoneInfo(settings.newsletter.timezone))
    if closing(slot, settings) < slot.at + settings.schedule.catch_up:
        return f"its time, {at:%H:%M}, was missed, and after delivery.latest it is no news"
    within = in_words(settings.schedule.catch_up)
    return f"its time, {at:%H:%M}, was missed by more than schedule.catch_up ({within})"


def _why_thin(count: int, settings: Settings) -> str:
    if count >= settings.papers.thin:
        return ""
    papers = "1 paper is" if count == 1 else f"{count} papers are"
    return f"only {papers} listed, and papers.thin is {settings.papers.thin}"
