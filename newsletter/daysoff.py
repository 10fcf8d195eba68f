"""Days on which no edition is due, and why. Reads no clock."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from newsletter.settings import Schedule

if TYPE_CHECKING:
    from holidays import HolidayBase

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def weekday(day: date) -> str:
    """The day's name as the settings write it."""
    return _WEEKDAYS[day.weekday()]


def why_off(day: date, schedule: Schedule) -> str:
    """Why nothing is sent on a day, in words that name the setting; "" where it is."""
    if weekday(day) not in schedule.days:
        return f"{day:%A} is not one of schedule.days"
    if day in schedule.skip:
        return "it is one of schedule.skip"
    if schedule.holidays and (name := find_holidays(schedule.holidays).get(day)):
        return f"it is {name} (schedule.holidays {schedule.holidays})"
    return ""


@lru_cache(maxsize=8)
def find_holidays(country: str) -> HolidayBase:
    """A country's public holidays, or those of a part of it: "DE", "DE-BE".

    Raises:
        ValueError: the `holidays` package does not know them.
    """
    from holidays import country_holidays, list_supported_countries

    code, dash, part = country.partition("-")
    known = list_supported_countries()
    if code not in known or (dash and part not in known[code]):
        raise ValueError(
            f"{country!r} is no country or part of one whose holidays are known;"
            " write DE, US or DE-BE"
        )
    return country_holidays(code, subdiv=part or None)
