"""Stays up and sends on the schedule.

The `schedule` package only ticks; `newsletter.timetable` decides by time zone and store,
so that clock changes, a restart or a second program neither repeat nor lose a day.
"""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import FrameType
from zoneinfo import ZoneInfo

from schedule import Scheduler

from newsletter import pipeline
from newsletter.delivery.stop import Stop
from newsletter.due import describe_missed, look, send_due
from newsletter.errors import (
    Busy,
    NewsletterError,
    SourceUnavailable,
    StoreUnavailable,
    TryAgainLater,
    UsageError,
)
from newsletter.pipeline import Surroundings
from newsletter.reloading import Kit, Reloading
from newsletter.report import describe
from newsletter.supervisor import Supervisor
from newsletter.timetable import Slot, find_next
from newsletter.windows import in_words

_log = logging.getLogger(__name__)

#: How often the timetable is asked, and how often open deliveries are looked after.
_TICK_SECONDS = 5
_DISPATCH_MINUTES = 15
#: How soon a wish to stop is heard.
_LOOK_SECONDS = 0.2
#: After trouble with the relay or the store the next try is this much later.
_AGAIN_AFTER = timedelta(minutes=1)


class Stopped(BaseException):
    """A signal came while nothing was at stake."""


class Clockwork:
    """What happens at each tick; all that matters between two is in the store."""

    def __init__(
        self, kit: Kit, around: Surroundings, show: Callable[[str], None] = lambda line: None
    ) -> None:
        """Start with a kit; `show` is told when the next edition is due."""
        self._around = around
        self._show = show
        self._not_before: datetime | None = None
        self._open_again: datetime | None = None
        self._said: tuple[date, str] | None = None
        self.equip(kit)

    def equip(self, kit: Kit) -> None:
        """Work with other settings and templates from now on."""
        self._settings, self._outlet = kit.settings, kit.outlet
        self._around = replace(self._around, templates=kit.templates)

    def tick(self) -> None:
        """Send the day that is due, if one is; and what another try may get out."""
        if self._is_before(self._not_before):
            return
        self._not_before = None
        self._guard(self._look)
        if self._open_again and not self._is_before(self._open_again):
            self.look_after()

    def look_after(self) -> None:
        """Deliver what is open and due."""
        self._open_again = None
        self._guard(self._dispatch)

    def _is_before(self, moment: datetime | None) -> bool:
        # What lies far ahead was set before the clock was set back.
        now = self._around.clock()
        return moment is not None and now < moment <= now + _AGAIN_AFTER

    def say_next(self) -> None:
        """Tell when the next edition is due."""
        slot = find_next(self._around.clock(), self._settings)
        if slot is None:
            line = "Next edition: none, the settings of [schedule] leave no day"
        else:
            at = slot.at.astimezone(ZoneInfo(self._settings.newsletter.timezone))
            line = f"Next edition: {slot.day:%A %-d %B}, {at:%H:%M} ({at.tzname()})"
        _log.info(line)
        self._show(line)

    def _look(self) -> None:
        decision = look(self._settings, self._outlet, around=self._around)
        if decision.missed:
            _log.warning(describe_missed(decision.missed))
        if decision.due:
            self._send(decision.due)

    def _send(self, slot: Slot) -> None:
        try:
            report = send_due(self._settings, self._outlet, slot, around=self._around)
        except (SourceUnavailable, UsageError) as error:
            again = in_words(self._settings.schedule.look_again)
            self._say(slot.day, [f"{error} Tried again every {again}."], logging.WARNING)
            return
        self._say(slot.day, describe(report))
        if not report.waiting:
            self.say_next()

    def _dispatch(self) -> None:
        for report in pipeline.dispatch(self._settings, self._outlet, around=self._around):
            self._say(report.day, describe(report))

    def _say(self, day: date, lines: Iterable[str], level: int = logging.INFO) -> None:
        """Say what became of a day, unless that is what was said of it last."""
        words = " ".join(lines)
        if self._said != (day, words):
            self._said = (day, words)
            _log.log(level, words, extra={"day": str(day)})

    def _guard(self, act: Callable[[], None]) -> None:
        """Outlive what a later try may mend; anything else is a bug and ends the run."""
        try:
            act()
        except Busy as error:
            self._open_again = self._around.clock()
            _log.debug("%s", error)
        except TryAgainLater as error:
            again = self._around.clock() + _AGAIN_AFTER
            self._open_again = again
            self._not_before = again if isinstance(error, StoreUnavailable) else None
            _log.error("%s", error)
        except NewsletterError as error:
            _log.error("%s", error)


def log_progress(line: str) -> None:
    """Log where a send is."""
    _log.info(line)


def stay_up(
    clockwork: Clockwork, reloading: Reloading, supervisor: Supervisor, *, stop: Stop
) -> None:
    """Send on the schedule until a signal stops it; SIGHUP reloads."""
    signal.signal(signal.SIGHUP, lambda number, frame: reloading.ask())

    def refresh() -> None:
        if kit := reloading.look():
            supervisor.notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
            clockwork.equip(kit)
            supervisor.notify("READY=1")
            clockwork.say_next()

    supervisor.notify("READY=1")
    clockwork.say_next()
    with suppress(Stopped):
        _tick_until(stop, refresh, clockwork)
    supervisor.notify("STOPPING=1")
    _log.info("Stopped.")


@contextmanager
def ending_at_once(stop: Stop) -> Iterator[None]:
    """Let SIGTERM and Ctrl-C raise `Stopped` from whatever goes on, such as a wait for a source."""

    def end(number: int, frame: FrameType | None) -> None:
        stop.ask()
        raise Stopped

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        if stop.asked:
            raise Stopped
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tick_until(stop: Stop, refresh: Callable[[], None], clockwork: Clockwork) -> None:
    clockwork.tick()
    clockwork.look_after()
    ticking = _set_going(refresh, clockwork)
    while not stop.asked:
        ticking.run_pending()
        if (ticking.idle_seconds or 0) > _TICK_SECONDS:
            # The clock was set back, or summer time ended: `schedule` goes by local time.
            ticking = _set_going(refresh, clockwork)
        time.sleep(_LOOK_SECONDS)


def _set_going(refresh: Callable[[], None], clockwork: Clockwork) -> Scheduler:
    ticking = Scheduler()
    ticking.every(_TICK_SECONDS).seconds.do(refresh)
    ticking.every(_TICK_SECONDS).seconds.do(clockwork.tick)
    ticking.every(_DISPATCH_MINUTES).minutes.do(clockwork.look_after)
    return ticking
