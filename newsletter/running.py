"""Stays up and sends on the schedule.

The `schedule` package only ticks; `newsletter.timetable` decides by time zone and store,
so that clock changes, a restart or a second program neither repeat nor lose a day.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta

from schedule import Scheduler

from newsletter import pipeline
from newsletter.errors import NewsletterError, SourceUnavailable, TryAgainLater
from newsletter.outlet import Outlet
from newsletter.pipeline import Surroundings
from newsletter.report import Report, describe
from newsletter.settings import Settings
from newsletter.store import open_store
from newsletter.timetable import find_due, find_next

_log = logging.getLogger(__name__)

#: How often the timetable is asked, and how often open deliveries are looked after.
_TICK_SECONDS = 5
_DISPATCH_MINUTES = 15
#: How soon a wish to stop is heard.
_LOOK_SECONDS = 0.2
#: After a failed try the same slot is tried again this much later, within `catch_up`.
_AGAIN_AFTER = timedelta(minutes=5)


class Clockwork:
    """What happens at each tick; all that matters between two is in the store."""

    def __init__(
        self,
        settings: Settings,
        outlet: Outlet,
        around: Surroundings,
        tell: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._outlet = outlet
        self._around = around
        self._tell = tell
        self._not_before: datetime | None = None
        self._quiet_day: date | None = None

    def tick(self) -> None:
        """Send the day that is due, if one is."""
        now = self._around.clock()
        if self._not_before and now < self._not_before:
            return
        with open_store(self._outlet.store_url) as store:
            published = store.editions.days()
        newsletter = self._settings.newsletter
        slot = find_due(now, published, self._settings.schedule, newsletter.timezone)
        if slot is not None and slot.day != self._quiet_day:
            self._guard(lambda: self._send(slot.day))

    def look_after(self) -> None:
        """Deliver what is open and due."""
        self._guard(lambda: self._tell_all(self._dispatch()))

    def say_next(self) -> None:
        """Tell when the next edition is due."""
        zone = self._settings.newsletter.timezone
        slot = find_next(self._around.clock(), self._settings.schedule, zone)
        self._tell(f"Next edition: {slot.day:%A %-d %B}, {slot.at:%H:%M} UTC")

    def _send(self, day: date) -> None:
        report = pipeline.send(self._settings, self._outlet, asked=day, around=self._around)
        self._quiet_day = day if report.quiet else None
        self._tell_all([report])
        self.say_next()

    def _dispatch(self) -> list[Report]:
        return pipeline.dispatch(self._settings, self._outlet, around=self._around)

    def _tell_all(self, reports: list[Report]) -> None:
        for line in (line for report in reports for line in describe(report)):
            self._tell(line)

    def _guard(self, act: Callable[[], None]) -> None:
        """Outlive what a later try may mend; anything else is a bug and ends the run."""
        try:
            act()
        except (SourceUnavailable, TryAgainLater) as error:
            self._not_before = self._around.clock() + _AGAIN_AFTER
            self._tell(f"{error} Trying again at {self._not_before:%H:%M} UTC.")
        except NewsletterError as error:
            self._not_before = self._around.clock() + _AGAIN_AFTER
            self._tell(f"{error}")


def stay_up(
    settings: Settings,
    outlet: Outlet,
    *,
    around: Surroundings,
    tell: Callable[[str], None],
) -> None:
    """Send on the schedule until a signal stops it."""
    clockwork = Clockwork(settings, outlet, around, tell)
    ticking = Scheduler()
    ticking.every(_TICK_SECONDS).seconds.do(clockwork.tick)
    ticking.every(_DISPATCH_MINUTES).minutes.do(clockwork.look_after)
    clockwork.say_next()
    clockwork.tick()
    while not around.stop.asked:
        ticking.run_pending()
        time.sleep(_LOOK_SECONDS)
    tell("Stopped.")
