"""Two years of simulated time: every day that should have an edition has one, or a reason.

Drives the decisions that `run` and cron share with a record in memory in the place of the
store: publishing fails for a day that is published, as the database's constraint has it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from holidays import country_holidays

from newsletter.settings import Newsletter, Papers, Schedule, Settings
from newsletter.timetable import (
    Act,
    Decision,
    Skip,
    Waiting,
    decide,
    judge_list,
    slot_of,
    today,
)

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kathmandu", "UTC"]
BEGIN, END = datetime(2027, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
LEAP_DAY = date(2028, 2, 29)
TICK = timedelta(minutes=15)
HOUR = timedelta(hours=1)
SKIP = (date(2027, 8, 2), date(2028, 2, 1))
THIN = 5
SCHEDULE = Schedule(
    # Missing on one Sunday a year, and there twice on another, in all zones that change clocks.
    at=time(2, 30),
    hours=(("wed", time(8)), ("fri", time(23, 45))),
    days=("mon", "tue", "wed", "thu", "fri", "sun"),
    skip=SKIP,
    holidays="DE",
    catch_up=6 * HOUR,
    look_again=timedelta(minutes=1),
    latest=2 * HOUR,
)


@dataclass
class World:
    """What happens to a newsletter in two years."""

    settings: Settings
    outages: list[tuple[datetime, datetime]]
    #: Ticks at which the machine is killed between deciding and doing.
    reboots: set[int]
    #: For a day with a late source: until when it is down, then empty, then thin.
    late: dict[date, tuple[datetime, datetime, datetime]]
    never: set[date]

    def count(self, day: date, now: datetime) -> int | None:
        """How many papers the source has for a day; None while it is down."""
        if day in self.never:
            return 0
        down, empty, thin = self.late.get(day, (BEGIN, BEGIN, BEGIN))
        return None if now < down else 0 if now < empty else THIN - 1 if now < thin else 20

    def ticks(self) -> Iterator[datetime]:
        """The moments at which somebody looks: the machine is up, and is not killed just then."""
        outages = iter(self.outages)
        begin, end = next(outages)
        for number in range((END - BEGIN) // TICK):
            now = BEGIN + number * TICK
            while now >= end:
                begin, end = next(outages, (END, END))
            if now < begin and number not in self.reboots:
                yield now


@dataclass
class Record:
    """What the store would know."""

    last: date
    published: dict[date, datetime] = field(default_factory=dict)
    skipped: dict[date, str] = field(default_factory=dict)
    waiting: Waiting | None = None
    tried: Counter[date] = field(default_factory=Counter)

    def publish(self, day: date, now: datetime) -> None:
        self.tried[day] += 1
        if day not in self.published:
            self.published[day] = now
            self.settle(day)

    def skip(self, skip: Skip) -> None:
        if skip.day not in self.published and skip.day not in self.skipped:
            self.skipped[skip.day] = skip.reason
            self.settle(skip.day)

    def settle(self, day: date) -> None:
        self.last = max(self.last, day)
        if self.waiting and self.waiting.day <= day:
            self.waiting = None


def make_world(zone: str, random: Random) -> World:
    settings = Settings(
        newsletter=Newsletter(timezone=zone), papers=Papers(thin=THIN), schedule=SCHEDULE
    )
    span = END - BEGIN
    starts = sorted(BEGIN + random.random() * span for _ in range(200))
    lengths = [random.choice((0.3, 3, 8, 30, 90)) * random.random() * 2 * HOUR for _ in starts]
    outages = merge(
        [(start, start + length) for start, length in zip(starts, lengths, strict=True)]
    )
    days = [date(2027, 1, 1) + timedelta(days=number) for number in range(731)]
    late = {}
    for day in random.sample(days, 200):
        slot = slot_of(day, SCHEDULE, zone)
        first, second, third = sorted(slot + random.uniform(-1, 8) * HOUR for _ in range(3))
        late[day] = (first, second, third)
    reboots = {random.randrange(span // TICK) for _ in range(200)}
    return World(settings, outages, reboots, late, set(random.sample(days, 20)))


def merge(spans: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    merged: list[tuple[datetime, datetime]] = []
    for begin, end in spans:
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def ask(record: Record, now: datetime, world: World) -> Decision:
    return decide(now, record.last, record.waiting, world.settings)


def act(record: Record, decision: Decision, now: datetime, world: World) -> None:
    for skip in decision.missed:
        record.skip(skip)
    if (slot := decision.due) is None:
        return
    count = world.count(slot.day, now)
    if count is None:
        record.waiting = Waiting(slot.day, "the source is down", now + SCHEDULE.look_again)
        return
    verdict = judge_list(count, "" if count else "no papers", now, slot, world.settings)
    if verdict.act is Act.SEND:
        record.publish(slot.day, now)
    elif verdict.look_at is None:
        record.skip(Skip(slot.day, verdict.reason))
    else:
        record.waiting = Waiting(slot.day, verdict.reason, verdict.look_at)


def live(world: World, programs: int) -> Record:
    """Two years; where several programs look at once they decide before any of them acts."""
    record = Record(last=today(BEGIN, world.settings.newsletter.timezone) - timedelta(days=1))
    for now in world.ticks():
        decisions = [ask(record, now, world) for _ in range(programs)]
        for decision in decisions:
            act(record, decision, now, world)
    return record


def is_working_day(day: date) -> bool:
    return day.weekday() != 5 and day not in SKIP and day not in GERMAN


GERMAN = country_holidays("DE", years=range(2026, 2030))


def foretell(day: date, looks: list[datetime], world: World) -> tuple[datetime | None, str]:
    """When the day's edition leaves; or None, and a word of the reason why it does not."""
    slot = slot_of(day, SCHEDULE, world.settings.newsletter.timezone)
    reason = "was missed"
    for now in looks:
        if not slot <= now <= slot + SCHEDULE.catch_up:
            continue
        count = world.count(day, now)
        patient = now < slot + SCHEDULE.latest
        if count is None:
            reason = "the source is down"
        elif count >= THIN or (count and not patient):
            return now, ""
        else:
            reason = "papers are listed" if count else "no papers"
            if not patient:
                return None, reason
    return None, reason


@pytest.mark.parametrize("programs", [1, 2], ids=["run", "run and cron"])
@pytest.mark.parametrize("zone", ZONES)
def test_every_day_has_one_edition_or_a_reason(zone: str, programs: int) -> None:
    world = make_world(zone, Random(f"two years in {zone}"))

    record = live(world, programs)

    ticks = list(world.ticks())
    looks: dict[date, list[datetime]] = {}
    for now in ticks:
        local = today(now, zone)
        for day in (local, local - timedelta(days=1)):  # a late slot is made up for after midnight
            looks.setdefault(day, []).append(now)
    first, last = today(BEGIN, zone), today(ticks[-1], zone) - timedelta(days=2)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    off = [day for day in days if not is_working_day(day)]
    assert not [day for day in off if day in record.published or day in record.skipped]
    for day in days:
        if not is_working_day(day):
            continue
        at, reason = foretell(day, looks.get(day, []), world)
        assert record.published.get(day) == at, day
        assert (day in record.skipped) == (at is None), day
        assert reason in record.skipped.get(day, ""), day
    if programs == 1:
        assert set(record.tried.values()) == {1}, "nobody tries a day that is settled"


def test_the_two_years_hold_what_they_should() -> None:
    """A simulation in which nothing went wrong would prove nothing."""
    world = make_world("Europe/Berlin", Random("two years in Europe/Berlin"))
    record = live(world, 1)
    ticks = list(world.ticks())
    offsets = [now.astimezone(ZoneInfo("Europe/Berlin")).utcoffset() for now in ticks]

    assert sum(before != after for before, after in pairwise(offsets)) == 4
    assert len(world.outages) > 150
    assert len(ticks) < 0.9 * ((END - BEGIN) // TICK)
    assert LEAP_DAY in record.published
    reasons = Counter(
        word
        for reason in record.skipped.values()
        for word in ("was missed", "source is down", "no papers")
        if word in reason
    )
    assert len(reasons) == 3
    assert all(count >= 3 for count in reasons.values())
    late = [
        at - slot_of(day, SCHEDULE, "Europe/Berlin") >= SCHEDULE.latest
        for day, at in record.published.items()
    ]
    assert sum(late) >= 10, "thin lists that went out in the end"
