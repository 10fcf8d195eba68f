"""Sends the day that the schedule has due, and writes off days that were missed."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from newsletter import pipeline
from newsletter.errors import SourceUnavailable, UsageError
from newsletter.outlet import Outlet, open_outlet
from newsletter.pipeline import Surroundings
from newsletter.report import Report
from newsletter.settings import Settings
from newsletter.store import Store
from newsletter.timetable import Decision, Skip, Slot, Waiting, decide, today

#: The mark that says who looked at the schedule last.
LOOKED = "looked"
_MARK_EVERY = timedelta(minutes=1)


def look(settings: Settings, outlet: Outlet, *, around: Surroundings) -> Decision:
    """What the schedule says now; days that were missed are written off, once for all."""
    now = around.clock()
    with open_outlet(settings, outlet, now) as store:
        _leave_mark(store, now)
        decision = _decide(settings, store, now)
        return replace(decision, missed=tuple(store.agenda.skip(decision.missed, now=now)))


def send_due(settings: Settings, outlet: Outlet, slot: Slot, *, around: Surroundings) -> Report:
    """Send the day that is due. Safe to repeat, and from several programs at once.

    Raises:
        SourceUnavailable, UsageError: the day cannot be drawn up; it is tried again after
            `schedule.look_again`, until its time is over.
        TryAgainLater: deliveries are open that cannot go now, or another program sends.
    """
    try:
        return pipeline.send(settings, outlet, asked=None, around=around, slot=slot)
    except (SourceUnavailable, UsageError) as error:
        now = around.clock()
        again = Waiting(slot.day, str(error).rstrip("."), now + settings.schedule.look_again)
        with open_outlet(settings, outlet, now) as store:
            store.agenda.wait(again, now=now)
        raise


def describe_missed(missed: Sequence[Skip]) -> str:
    """The days written off, in a sentence."""
    first, last = missed[0], missed[-1]
    if first is last:
        return f"Skipped {first.day}: {first.reason}."
    return f"Skipped {len(missed)} editions, {first.day} to {last.day}; the last: {last.reason}."


def _decide(settings: Settings, store: Store, now: datetime) -> Decision:
    last = store.agenda.last_settled(today(now, settings.newsletter.timezone))
    return decide(now, last, store.agenda.waiting(), settings)


def _leave_mark(store: Store, now: datetime) -> None:
    found = store.marks.find(LOOKED)
    if found is None or not timedelta(0) <= now - found.set_at < _MARK_EVERY:
        store.marks.set(LOOKED, f"{socket.gethostname()}, process {os.getpid()}", now)
