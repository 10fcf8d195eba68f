"""When mail may leave: quiet hours, and the time after which it is no news. Reads no clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from newsletter.delivery.policy import LONGEST_WAIT
from newsletter.settings import Settings

_DAY = timedelta(days=1)


def next_time(after: datetime, at: time, zone: str) -> datetime:
    """The first moment after another at which clocks in a zone show a time (UTC)."""
    return next(moment for moment in _times(after, at, zone, -1) if moment > after)


def last_time(until: datetime, at: time, zone: str) -> datetime:
    """The last moment up to another at which clocks in a zone showed a time (UTC)."""
    return next(moment for moment in _times(until, at, zone, 1, step=-1) if moment <= until)


def quiet_until(now: datetime, settings: Settings) -> datetime | None:
    """When the quiet hours end that it is now; None where mail may leave."""
    spans = _quiet_spans(now, settings)
    return next((end for begin, end in spans if begin <= now < end), None)


def next_halt(now: datetime, settings: Settings) -> datetime | None:
    """When a send that runs now has to stop by itself; None where nothing stops it."""
    times = [begin for begin, _ in _quiet_spans(now, settings) if begin > now]
    if settings.delivery.latest is not None:
        times.append(next_time(now, settings.delivery.latest, settings.newsletter.timezone))
    return min(times, default=None)


def stale_before(now: datetime, settings: Settings) -> datetime:
    """What was queued before this moment is no news any more, and is not sent.

    That is the last `delivery.latest`; and always what is older than a delivery lives, of
    which a store that was restored from a backup may be full.
    """
    oldest = now - settings.delivery.give_up_after - LONGEST_WAIT
    if settings.delivery.latest is None:
        return oldest
    last = last_time(now, settings.delivery.latest, settings.newsletter.timezone)
    return max(oldest, last)


def in_words(length: timedelta) -> str:
    """A length of time as people say it, in its two largest units: 2 days 3 h, 25 min."""
    minutes = int(length.total_seconds()) // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    units = [("1 day" if days == 1 else f"{days} days", days), (f"{hours} h", hours)]
    units.append((f"{rest} min", rest))
    said = [words for words, count in units if count][:2]
    return " ".join(said) or f"{int(length.total_seconds())} s"


def _quiet_spans(now: datetime, settings: Settings) -> Iterator[tuple[datetime, datetime]]:
    """The quiet hours around now; a clock change may leave out those of a day."""
    if settings.delivery.quiet_hours is None:
        return
    begin, end = settings.delivery.quiet_hours
    zone = ZoneInfo(settings.newsletter.timezone)
    today = now.astimezone(zone).date()
    for day in (today + _DAY * offset for offset in (-1, 0, 1)):
        first = _moment(day, begin, zone)
        last = _moment(day if begin < end else day + _DAY, end, zone)
        if first < last:
            yield first, last


def _times(near: datetime, at: time, name: str, first: int, *, step: int = 1) -> Iterator[datetime]:
    zone = ZoneInfo(name)
    day = near.astimezone(zone).date()
    for offset in range(first, first + 4 * step, step):
        yield _moment(day + _DAY * offset, at, zone)


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
