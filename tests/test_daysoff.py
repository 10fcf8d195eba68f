"""Days on which nothing is sent."""

from __future__ import annotations

from datetime import date

import pytest

from newsletter.daysoff import find_holidays, why_off
from newsletter.settings import Schedule

CHRISTMAS = date(2026, 12, 25)  # a Friday


def test_a_working_day_is_not_off() -> None:
    assert why_off(date(2026, 8, 14), Schedule(holidays="DE")) == ""


def test_a_holiday_is_named() -> None:
    assert why_off(CHRISTMAS, Schedule()) == ""
    assert why_off(CHRISTMAS, Schedule(holidays="DE")) == (
        "it is Christmas Day (schedule.holidays DE)"
    )


def test_a_part_of_a_country_has_holidays_of_its_own() -> None:
    womens_day = date(2027, 3, 8)  # in Berlin, since 2019

    assert why_off(womens_day, Schedule(holidays="DE")) == ""
    assert "schedule.holidays DE-BE" in why_off(womens_day, Schedule(holidays="DE-BE"))


@pytest.mark.parametrize("country", ["XX", "DE-XX", "Germany!", "../x"])
def test_an_unknown_country_is_refused_in_words(country: str) -> None:
    with pytest.raises(ValueError, match="write DE, US or DE-BE"):
        find_holidays(country)
