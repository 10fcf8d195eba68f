"""The API of Hugging Face Daily Papers, asked day by day."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

import httpx

from newsletter.errors import SourceUnavailable
from newsletter.papers.answers import Answer, Answers
from newsletter.papers.columns import Mapped
from newsletter.papers.content import parse_list
from newsletter.papers.dating import SETTLED
from newsletter.papers.fetching import fetch, make_client, make_url, shown
from newsletter.papers.listing import Failed, Listing, read_as_one
from newsletter.papers.standing_in import Asking
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
    asking: Asking,
    *,
    look_back: int,
    answers: Answers,
    mapped: Mapped = (),
) -> Iterator[Listing | Failed]:
    """Ask for the day's list and for those before it, until `window_days` of them hold papers.

    An older list that cannot be had does not stop the rest; without the day's own nothing more
    is asked. With it, one more list is: that of the newest day whose votes have settled, for
    its votes alone. An address that goes by no days gives one list.

    Args:
        asking: with what the API is asked.
        look_back: how many calendar days to go back at most.
        answers: where good answers are kept.
        mapped: which key of a record is what, where an API like it has others.
    """
    with make_client(asking.settings, asking.public_url) as client:
        read = partial(
            _read_day, client=client, url=url, asking=asking, answers=answers, mapped=mapped
        )
        results = list(_read_window(read, day, look_back, asking.settings))
        settled_on = (asking.now - SETTLED).date()
        is_good = isinstance(results[0], Listing)
        if is_good and settled_on not in {result.listed_on for result in results}:
            results += _read_settled(read, settled_on, asking, answers, mapped)
    yield from read_as_one([each for each in results if isinstance(each, Listing)])
    yield from (each for each in results if isinstance(each, Failed))


def _read_window(
    read: Callable[[date], Listing | Failed], day: date, look_back: int, settings: Settings
) -> Iterator[Listing | Failed]:
    held = 0
    for listed_on in (day - timedelta(days=back) for back in range(look_back + 1)):
        result = read(listed_on)
        yield result
        held += isinstance(result, Listing) and bool(result.sightings)
        if held == settings.window_days or (isinstance(result, Failed) and listed_on == day):
            return


def _read_settled(
    read: Callable[..., Listing | Failed],
    listed_on: date,
    asking: Asking,
    answers: Answers,
    mapped: Mapped,
) -> Iterator[Listing]:
    """The list of a day whose votes have settled: asked for until it was read once since."""
    since = datetime.combine(listed_on, time(), UTC) + SETTLED
    kept = answers.find(listed_on, since=since)
    if kept:
        result = kept.try_check(now=asking.now, mapped=mapped)
    else:
        once = replace(asking.settings, attempts=1)
        result = read(listed_on, asking=replace(asking, settings=once))
    if isinstance(result, Listing):
        yield replace(result, is_settled=True)
    else:
        log.info("The settled votes of %s cannot be had: %s", listed_on, result.error)


def _read_day(
    listed_on: date,
    *,
    client: httpx.Client,
    url: str,
    asking: Asking,
    answers: Answers,
    mapped: Mapped,
) -> Listing | Failed:
    try:
        asked = make_url(url, date=listed_on.isoformat(), limit=PAGE)
        items = _read_pages(client, asked, asking.settings)
        answer = Answer(
            origin=shown(asked), listed_on=listed_on, read_at=asking.clock(), items=items
        )
        listing = answer.check(now=asking.now, mapped=mapped)
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
