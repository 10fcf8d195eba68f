"""Where the newsletter stands, in sentences: what went, what is open and why, what is next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.drafting import SAMPLE
from newsletter.due import LOOKED
from newsletter.errors import TemplateError
from newsletter.model import Backlog, Status, SubscriberStatus
from newsletter.outlet import Outlet
from newsletter.pipeline import TROUBLE
from newsletter.reloading import try_out
from newsletter.settings import Settings
from newsletter.store import Store
from newsletter.timetable import Skip, find_next, today
from newsletter.turn import SENDING, say_holder
from newsletter.windows import in_words, quiet_until
from newsletter.wording import counted

#: Skipped days are told of for so long.
_RECENT = timedelta(days=7)
#: Without a look at the schedule for so long nobody is taken to look at it.
ASLEEP = timedelta(minutes=15)


def describe_standing(
    settings: Settings, outlet: Outlet, store: Store, now: datetime
) -> Iterator[str]:
    """The last edition, what is open, what was skipped, and the next."""
    yield from _describe_last(settings, store, now)
    yield from _describe_open(settings, store, now)
    yield from _describe_gaps(settings, store, now)
    yield from _describe_next(settings, outlet, store, now)


def standing_json(settings: Settings, store: Store, now: datetime) -> dict[str, Any]:
    """What holds sending up, and what the schedule has done and will do, for machines."""
    waiting, slot = store.agenda.waiting(), find_next(now, settings)
    return {
        "paused": str(store.ledger.paused() or ""),
        "waiting": waiting
        and {
            "day": waiting.day.isoformat(),
            "reason": waiting.reason,
            "look_at": waiting.look_at.isoformat(),
        },
        "skipped": [
            {"day": skip.day.isoformat(), "reason": skip.reason}
            for skip in _find_skips(settings, store, now)
        ],
        "next": slot and {"day": slot.day.isoformat(), "at": slot.at.isoformat()},
    }


def is_awake(store: Store, now: datetime) -> bool:
    """Whether somebody looks at the schedule: `run`, or cron with `send --due`.

    Who is sending looks at it no less, but after that.
    """
    if store.locks.holder(SENDING):
        return True
    mark = store.marks.find(LOOKED)
    return mark is not None and abs(now - mark.set_at) <= ASLEEP


def _describe_last(settings: Settings, store: Store, now: datetime) -> Iterator[str]:
    newest = store.editions.newest()
    if newest is None:
        return
    day, published_at = newest
    tally = store.ledger.tally(day)
    assert tally is not None, "an edition has a tally"
    sent = f"{tally.counts[Status.SENT]:,} of {counted(tally.audience, 'reader')}"
    at = _clock(published_at, settings, now)
    yield f"Last edition: {day:%A, %-d %B %Y}, published {at}, sent to {sent}."


def _describe_open(settings: Settings, store: Store, now: datetime) -> Iterator[str]:
    if pause := store.ledger.paused():
        yield f"Sending is {pause}. To go on: newsletter resume"
    if holder := say_holder(store):
        yield f"Now: {holder}."
    for group in store.ledger.backlog():
        yield f"Open: {_describe_group(group, settings, store, now)}."


def _describe_group(group: Backlog, settings: Settings, store: Store, now: datetime) -> str:
    words = f"{counted(group.count, 'reader')} of {group.day} {group.status}"
    if group.status is Status.QUEUED and not group.reply:
        return words + _why_untried(settings, store, now)
    again = f", again {_clock(group.due_at, settings, now)}" if group.due_at else ""
    return f"{words} ({group.reply or 'on the wire'}){again}"


def _why_untried(settings: Settings, store: Store, now: datetime) -> str:
    if over := quiet_until(now, settings):
        return f", paused by delivery.quiet_hours until {_clock(over, settings, now)}"
    trouble = store.marks.find(TROUBLE)
    return f" ({trouble.value})" if trouble and trouble.value else ", not tried yet"


def _describe_gaps(settings: Settings, store: Store, now: datetime) -> Iterator[str]:
    for skip in _find_skips(settings, store, now):
        yield f"Skipped: {skip.day:%A %-d %B}: {skip.reason}."
    if waiting := store.agenda.waiting():
        again = _clock(waiting.look_at, settings, now)
        yield f"Waiting: {waiting.day:%A %-d %B}: {waiting.reason}; looked at again {again}."


def _find_skips(settings: Settings, store: Store, now: datetime) -> Sequence[Skip]:
    return store.agenda.skips(today(now, settings.newsletter.timezone) - _RECENT)


def _describe_next(
    settings: Settings, outlet: Outlet, store: Store, now: datetime
) -> Iterator[str]:
    slot = find_next(now, settings)
    if slot is None:
        yield "Next edition: none, the settings of [schedule] leave no day."
        return
    ahead = in_words(slot.at - now)
    yield f"Next edition: {slot.day:%A %-d %B}, {_clock(slot.at, settings, now)}, in {ahead}."
    for obstacle in _find_obstacles(settings, outlet, store, slot.at, now):
        yield f"What would stop it: {obstacle}."


def _find_obstacles(
    settings: Settings, outlet: Outlet, store: Store, due_at: datetime, now: datetime
) -> Iterator[str]:
    if not is_awake(store, now):
        mark = store.marks.find(LOOKED)
        ago = f" since {in_words(now - mark.set_at)}" if mark else ""
        yield (
            f"nobody has looked at the schedule{ago};"
            " start newsletter run, or see newsletter install"
        )
    if not store.subscribers.count_by_status().get(SubscriberStatus.CONFIRMED):
        yield "there are no confirmed readers; newsletter subscribers add ADDRESS"
    if all(source.at == SAMPLE for source in settings.papers.sources):
        yield "papers.source is the sample, which has no papers of that day"
    if over := quiet_until(due_at, settings):
        yield f"delivery.quiet_hours hold its mail back until {_clock(over, settings, now)}"
    if (trouble := store.marks.find(TROUBLE)) and trouble.value and not outlet.is_sandbox:
        at = _clock(trouble.set_at, settings, now)
        yield f"the relay, as it was {at}: {trouble.value.rstrip('.')}"
    try:
        try_out(settings, None, now)
    except TemplateError as error:
        yield f"the templates: {str(error).rstrip('.')}"


def _clock(moment: datetime, settings: Settings, now: datetime) -> str:
    zone = ZoneInfo(settings.newsletter.timezone)
    local = moment.astimezone(zone)
    day = "" if local.date() == now.astimezone(zone).date() else f"on {local:%-d %B} "
    return f"{day}at {local:%H:%M} ({local.tzname()})"
