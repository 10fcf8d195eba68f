"""What a live source said before, standing in while it is down; told, and never for today's."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path

from newsletter.edition import LOOK_BACK
from newsletter.errors import SourceUnavailable
from newsletter.papers.answers import Answers
from newsletter.papers.columns import Mapped
from newsletter.papers.listing import Failed, Listing, keep_near, read_as_one
from newsletter.settings import Papers as Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """For what and with what the sources are asked."""

    #: The edition's day; None: whatever there is.
    day: date | None
    now: datetime
    settings: Settings
    home: Path
    #: The sample papers for a `home` that has none.
    fallback: Path
    public_url: str
    #: The newsletter's: where its days are days.
    zone: tzinfo
    #: Tells when an answer was read.
    clock: Callable[[], datetime]


def find_stand_ins(
    answers: Answers, days: Iterable[date | None], *, held: int, asking: Asking, mapped: Mapped
) -> Sequence[Listing]:
    """What was said of these days, no longer ago than the settings allow.

    Args:
        answers: the source's.
        days: newest first; None is a feed's.
        held: of how many days the source itself gave papers; the window counts them too.
        asking: for what.
        mapped: which of the source's columns is what.
    """
    since = asking.clock() - asking.settings.stand_in
    found: list[Listing] = []
    for listed_on in days:
        answer = answers.find(listed_on, since=since)
        if answer is None or held >= asking.settings.window_days:
            continue
        try:
            listing = answer.check(now=asking.now, mapped=mapped)
        except SourceUnavailable as error:  # papers.columns may be others than when it was kept
            log.warning("An earlier answer is of no use: %s", error)
            continue
        found.append(listing)
        held += bool(listing.sightings)
    return [keep_near(each, asking.day, LOOK_BACK, asking.now) for each in read_as_one(found)]


def describe(failed: Failed, stand_ins: Sequence[Listing], asking: Asking, *, is_lost: bool) -> str:
    """What went wrong, and what stands in for it, in words."""
    day = asking.day
    own = [each for each in stand_ins if each.listed_on == failed.listed_on]
    if own or (is_lost and stand_ins):
        read_at = max(each.observed_at for each in own or stand_ins)
        words = f"{failed.error} What it said at {read_at:%Y-%m-%d %H:%M} UTC stands in"
        if is_lost and day and not any(each.has_news(day, asking.zone) for each in stand_ins):
            words += f"; that is not the list of {day}"
        return f"{words}."
    return str(failed.error)
