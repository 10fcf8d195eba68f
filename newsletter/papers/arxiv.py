"""arXiv's API: what to ask it, and on which day it lists a paper.

https://info.arxiv.org/help/api/user-manual.html
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import httpx

from newsletter.papers.fetching import make_url

API = "https://export.arxiv.org/api/query"
PREFIX = "arxiv:"

#: The newest of a week; busy categories have more, which are older than all of these.
MOST = 500
_HOME = ZoneInfo("America/New_York")
_DEADLINE = time(14)
_FRIDAY, _SATURDAY = 4, 5
_CATEGORIES = re.compile(r"[a-z-]+(?:\.[A-Za-z-]+)?(?:[,\s]+[a-z-]+(?:\.[A-Za-z-]+)?)*")


def make_address(query: str, day: date | None, look_back: int) -> httpx.URL:
    """The address of a query's papers of some days, newest first.

    Args:
        query: categories such as `cs.CL, cs.LG`, or a query in arXiv's own language such as
            `cat:cs.CL AND abs:retrieval`.
        day: the last day they may be listed on; None: the newest there are.
        look_back: how many days before it.
    """
    if _CATEGORIES.fullmatch(query):
        query = " OR ".join(f"cat:{name}" for name in re.split(r"[,\s]+", query))
    if day:
        # What was sent in on a Thursday afternoon is listed on the Monday.
        first = day - timedelta(days=look_back + 4)
        query = f"({query}) AND submittedDate:[{first:%Y%m%d}0000 TO {day:%Y%m%d}2359]"
    return make_url(
        API, search_query=query, sortBy="submittedDate", sortOrder="descending", max_results=MOST
    )


def find_listing_day(submitted: datetime) -> date:
    """The day whose list has what was submitted then.

    What arrives by 14:00 in New York is announced that evening, on Fridays on Sunday evening,
    and stands in the list of the next day (https://info.arxiv.org/help/availability.html).
    Holidays are not known here: their papers are listed later than is said.
    """
    local = submitted.astimezone(_HOME)
    closing = local.date() + timedelta(days=local.time() >= _DEADLINE)
    while closing.weekday() >= _SATURDAY:
        closing += timedelta(days=1)
    return closing + timedelta(days=3 if closing.weekday() == _FRIDAY else 1)
