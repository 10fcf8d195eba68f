"""The API of Hugging Face Daily Papers, asked day by day."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

from newsletter.errors import SourceUnavailable
from newsletter.papers.answers import Answer, Answers
from newsletter.papers.columns import Mapped
from newsletter.papers.content import parse_list
from newsletter.papers.fetching import fetch, make_client, make_url, shown
from newsletter.papers.listing import Failed, Listing
from newsletter.settings import Papers as Settings

log = logging.getLogger(__name__)

API = "https://huggingface.co/api/daily_papers"

#: The most that the API gives at once; its default of 50 cuts busy days short.
PAGE = 100
#: No day comes near (78 papers were seen): a server that goes on and on ignores `p`.
PAGES = 10


def read_lists(
    url: str,
    day: date,
    *,
    look_back: int,
    now: datetime,
    settings: Settings,
    public_url: str,
    answers: Answers,
    mapped: Mapped = (),
) -> Iterator[Listing | Failed]:
    """Ask for the day's list and for those before it, until `window_days` of them hold papers.

    An older list that cannot be had does not stop the rest; without the day's own nothing more
    is asked.

    Args:
        look_back: how many calendar days to go back at most.
        public_url: the newsletter's own pages, told to the API's keepers; "" where there are none.
        answers: where good answers are kept.
        mapped: which key of a record is what, where an API like it has others.
    """
    held = 0
    with make_client(settings, public_url) as client:
        for listed_on in (day - timedelta(days=back) for back in range(look_back + 1)):
            result = _read_day(client, url, listed_on, now, settings, answers, mapped)
            yield result
            held += isinstance(result, Listing) and bool(result.sightings)
            if held == settings.window_days or (isinstance(result, Failed) and listed_on == day):
                return


def _read_day(
    client: httpx.Client,
    url: str,
    listed_on: date,
    now: datetime,
    settings: Settings,
    answers: Answers,
    mapped: Mapped,
) -> Listing | Failed:
    try:
        asked = make_url(url, date=listed_on.isoformat(), limit=PAGE)
        items = _read_pages(client, asked, settings)
        answer = Answer(
            origin=shown(asked), listed_on=listed_on, read_at=datetime.now(UTC), items=items
        )
        listing = answer.check(now=now, mapped=mapped)
    except SourceUnavailable as error:
        return Failed(listed_on, error)
    answers.keep(answer)
    log.info("Read %d records from %s.", listing.count, listing.origin)
    return listing


def _read_pages(client: httpx.Client, url: httpx.URL, settings: Settings) -> list[Any]:
    items: list[Any] = []
    for number in range(PAGES):
        address = make_url(url, p=number)
        page = parse_list(fetch(client, address, settings).content, shown(address))
        items += page
        if len(page) < PAGE:
            return items
    raise SourceUnavailable(
        f"{shown(url)} gives page after page without an end; is it the right API?"
    )
