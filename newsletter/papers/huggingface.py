"""The API of Hugging Face Daily Papers, asked day by day."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import stamina

from newsletter import __version__
from newsletter.errors import SourceUnavailable
from newsletter.papers.content import parse_list
from newsletter.papers.listing import Failed, Listing, check
from newsletter.settings import Papers as Settings

log = logging.getLogger(__name__)

API = "https://huggingface.co/api/daily_papers"

#: The most that the API gives at once; its default of 50 cuts busy days short.
PAGE = 100
#: No day comes near (78 papers were seen): a server that goes on and on ignores `p`.
PAGES = 10
#: A page of 100 papers has about half a megabyte.
PAGE_BYTES = 16 * 2**20
#: A server that asks to wait longer than this is not asked again.
PATIENCE = timedelta(minutes=1)
REDIRECTS = 3


def read_lists(
    url: str,
    day: date,
    *,
    look_back: int,
    now: datetime,
    settings: Settings,
    public_url: str,
) -> Iterator[Listing | Failed]:
    """Ask for the day's list and for those before it, until `window_days` of them hold papers.

    An older list that cannot be had does not stop the rest; without the day's own nothing more
    is asked.

    Args:
        look_back: how many calendar days to go back at most.
        public_url: the newsletter's own pages, told to the API's keepers; "" where there are none.
    """
    held = 0
    with _client(settings, public_url) as client:
        for listed_on in (day - timedelta(days=back) for back in range(look_back + 1)):
            result = _read_day(client, url, listed_on, now, settings)
            yield result
            held += isinstance(result, Listing) and bool(result.sightings)
            if held == settings.window_days or (isinstance(result, Failed) and listed_on == day):
                return


def _client(settings: Settings, public_url: str) -> httpx.Client:
    agent = f"papers-newsletter/{__version__}" + (f" (+{public_url})" if public_url else "")
    return httpx.Client(
        headers={b"User-Agent": agent.encode()},  # as bytes: httpx refuses a text beyond ASCII
        timeout=settings.timeout.total_seconds(),
        follow_redirects=True,
        max_redirects=REDIRECTS,
        event_hooks={"response": [_stay_on_host]},
    )


def _read_day(
    client: httpx.Client, url: str, listed_on: date, now: datetime, settings: Settings
) -> Listing | Failed:
    try:
        asked = _with(url, date=listed_on.isoformat(), limit=PAGE)
        items = _read_pages(client, asked, settings)
        read_at = datetime.now(UTC)
        listing = check(
            items,
            origin=_shown(asked),
            listed_on=listed_on,
            observed_at=read_at,
            read_at=read_at,
            wanted=lambda _: True,
            now=now,
        )
    except SourceUnavailable as error:
        return Failed(listed_on, error)
    log.info("Read %d records from %s.", listing.count, listing.origin)
    return listing


def _with(url: str | httpx.URL, **parameters: str | int) -> httpx.URL:
    try:
        return httpx.URL(url).copy_merge_params(parameters)
    except httpx.InvalidURL as error:
        raise SourceUnavailable(f"papers.source: {url!r} is no web address: {error}.") from error


def _shown(url: httpx.URL) -> str:
    """The address without a name and password that may stand in it."""
    return str(url.copy_with(userinfo=b""))


def _read_pages(client: httpx.Client, url: httpx.URL, settings: Settings) -> list[Any]:
    items: list[Any] = []
    for number in range(PAGES):
        address = _with(url, p=number)
        page = parse_list(_get(client, address, settings), _shown(address))
        items += page
        if len(page) < PAGE:
            return items
    raise SourceUnavailable(
        f"{_shown(url)} gives page after page without an end; is it the right API?"
    )


def _get(client: httpx.Client, url: httpx.URL, settings: Settings) -> bytes:
    """Ask until there is an answer, as often as the settings allow."""
    retries = stamina.retry_context(
        on=pause, attempts=settings.attempts, timeout=None, wait_initial=1.0, wait_max=30.0
    )
    try:
        for attempt in retries:
            with attempt:
                return _ask(client, url, settings.timeout)
    # Of the last two, one comes of a bad redirect, the other of a name that DNS cannot hold.
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise SourceUnavailable(f"{_shown(url)} {_in_words(error, settings.timeout)}.") from error
    raise AssertionError("stamina gives at least one attempt")


def _ask(client: httpx.Client, url: httpx.URL, timeout: timedelta) -> bytes:
    """Ask once; httpx bounds each wait for bytes, this the whole answer and its size."""
    deadline = time.monotonic() + timeout.total_seconds()
    body = bytearray()
    with client.stream("GET", url) as response:
        response.raise_for_status()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > PAGE_BYTES:
                raise SourceUnavailable(
                    f"{_shown(url)} answers with more than {PAGE_BYTES >> 20} MiB."
                )
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout("byte by byte", request=response.request)
    return bytes(body)


def _stay_on_host(response: httpx.Response) -> None:
    """Follow a redirect on the same host only, and never from https to http."""
    if not response.has_redirect_location:
        return
    here, there = response.url, response.url.join(response.headers["Location"])
    if there.host != here.host or (here.scheme, there.scheme) == ("https", "http"):
        raise SourceUnavailable(
            f"{_shown(here)} sends us on to {there}; if you trust it, make it your papers.source."
        )


def pause(error: Exception) -> bool | timedelta:
    """Whether to ask again after an error, and how long to wait where the server says so."""
    if isinstance(error, httpx.HTTPStatusError):
        if error.response.status_code != 429 and not error.response.is_server_error:
            return False
        wait = _retry_after(error.response)
        return True if wait is None else wait <= PATIENCE and wait
    lasting = isinstance(error, (httpx.UnsupportedProtocol, httpx.LocalProtocolError))
    return isinstance(error, httpx.TransportError) and not lasting and not _distrust(error)


def _retry_after(response: httpx.Response) -> timedelta | None:
    """Read seconds or an HTTP date, the latter by the server's own clock (RFC 9110, 10.2.3)."""
    said = response.headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return timedelta(seconds=min(int(said), 86_400))
    try:
        wait = parsedate_to_datetime(said) - parsedate_to_datetime(response.headers["Date"])
    except (KeyError, TypeError, ValueError):
        return None
    return max(wait, timedelta(0))


def _distrust(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error


def _in_words(error: Exception, timeout: timedelta) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        status = f"answers HTTP {error.response.status_code} {error.response.reason_phrase}".strip()
        hint = "; the day may not be open yet" if error.response.status_code == 400 else ""
        return status + hint
    if isinstance(error, httpx.TimeoutException):
        return f"did not answer within {timeout.total_seconds():g} s"
    if distrust := _distrust(error):
        return f"cannot be trusted: {distrust.verify_message or distrust}"
    return f"cannot be reached: {str(error) or type(error).__name__}"
