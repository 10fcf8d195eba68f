"""Asks a web address, patiently and with suspicion: bounded in time and size, on one host."""

from __future__ import annotations

import logging
import ssl
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime

import httpx
import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from newsletter import __version__
from newsletter.errors import SourceUnavailable
from newsletter.papers.deadline import bounded
from newsletter.settings import Papers as Settings
from newsletter.sources import hide_secrets

log = logging.getLogger(__name__)

#: A page of 100 papers has about half a megabyte, the largest feeds a few.
MOST_BYTES = 16 * 2**20
#: A server that asks to wait longer than this is not asked again.
PATIENCE = timedelta(minutes=1)
REDIRECTS = 3


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address answered."""

    content: bytes
    #: The media type it calls itself, with its parameters; "" where it does not say.
    media_type: str


def make_client(settings: Settings, public_url: str) -> httpx.Client:
    """A client that says who asks.

    Args:
        settings: how long to wait for an answer.
        public_url: the newsletter's own pages, told to the source's keepers; "" for none.
    """
    agent = f"papers-newsletter/{__version__}" + (f" (+{public_url})" if public_url else "")
    return httpx.Client(
        headers={
            b"User-Agent": agent.encode(),  # as bytes: httpx refuses a text beyond ASCII
            b"Accept-Encoding": b"gzip",  # the one that `_unpack` holds to a measure
            b"Connection": b"close",  # a new line each time, which `bounded` can cut
        },
        timeout=settings.timeout.total_seconds(),
    )


def make_url(url: str | httpx.URL, **parameters: str | int) -> httpx.URL:
    """An address with these parameters in its query.

    Raises:
        SourceUnavailable: it is no address.
    """
    try:
        return httpx.URL(url).copy_merge_params(parameters)
    except httpx.InvalidURL as error:
        # What is wrong with it is not said: httpx quotes what it takes for the port.
        place = hide_secrets(str(url))
        raise SourceUnavailable(f"papers.source: {place!r} is no web address.") from error


def shown(url: httpx.URL) -> str:
    """The address without the secrets that may stand in it."""
    return hide_secrets(str(url))


def fetch(client: httpx.Client, url: httpx.URL, settings: Settings) -> Fetched:
    """Ask until there is an answer, as often as the settings allow.

    Raises:
        SourceUnavailable: there is none, or none that is to be trusted.
    """
    retries = stamina.retry_context(
        on=pause, attempts=settings.attempts, timeout=None, wait_initial=1.0, wait_max=30.0
    )
    try:
        for attempt in retries:
            with attempt:
                return _ask(client, url, settings.timeout)
    # Of the last two, one comes of a bad redirect, the other of a name that DNS cannot hold.
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise SourceUnavailable(f"{shown(url)} {_in_words(error)}.") from error
    raise AssertionError("stamina gives at least one attempt")


def _tell(details: RetryDetails) -> None:
    error = details.caused_by
    if details.retry_num == 1 and isinstance(error, (httpx.RequestError, httpx.HTTPStatusError)):
        log.warning("%s %s; it is asked again.", shown(error.request.url), _in_words(error))


# Its own words are for programmers, and there are some for every attempt.
set_on_retry_hooks([_tell])


def _ask(client: httpx.Client, url: httpx.URL, timeout: timedelta) -> Fetched:
    """Ask once, and where the same host sends us on there; httpx would read what is there."""
    request = client.build_request("GET", url)
    with bounded(request, timeout):
        for _ in range(REDIRECTS + 1):
            with closing(client.send(request, stream=True)) as response:
                if response.next_request is None:
                    response.raise_for_status()
                    media_type = response.headers.get("Content-Type", "")
                    return Fetched(_read(response), media_type)
                _stay_on_host(response, response.next_request.url)
                request = response.next_request
    raise httpx.TooManyRedirects(f"more than {REDIRECTS} redirects", request=request)


def _read(response: httpx.Response) -> bytes:
    """All of the answer, if it is of a size that an answer has."""
    body = bytearray()
    for chunk in _unpack(response):
        body += chunk
        if len(body) > MOST_BYTES:
            raise SourceUnavailable(
                f"{shown(response.url)} answers with more than {MOST_BYTES >> 20} MiB."
            )
    return bytes(body)


def _unpack(response: httpx.Response) -> Iterator[bytes]:
    """The answer's bytes, unpacked here because httpx sets no limit to what comes of a few."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        yield from response.iter_raw()
        return
    if encoding not in ("gzip", "x-gzip"):
        raise SourceUnavailable(
            f"{shown(response.url)} answers packed as {encoding[:40]!r}, which was not asked for."
        )
    gunzip = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        for chunk in response.iter_raw():
            yield gunzip.decompress(chunk, MOST_BYTES + 1)
    except zlib.error as error:
        raise httpx.DecodingError(str(error), request=response.request) from error
    if not gunzip.eof:
        raise httpx.ReadError("the packed answer is cut off", request=response.request)


def _stay_on_host(response: httpx.Response, there: httpx.URL) -> None:
    """Follow a redirect on the same host only, and never from https to http."""
    here = response.url
    if there.host != here.host or (here.scheme, there.scheme) == ("https", "http"):
        raise SourceUnavailable(
            f"{shown(here)} sends us on to {shown(there)}; if you trust it, make it your"
            " papers.source."
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


def _in_words(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        status = f"answers HTTP {error.response.status_code} {error.response.reason_phrase}".strip()
        hint = "; the day may not be open yet" if error.response.status_code == 400 else ""
        return status + hint
    if isinstance(error, httpx.TimeoutException):
        return f"did not answer within {error.request.extensions['timeout']['read']:g} s"
    if distrust := _distrust(error):
        return f"cannot be trusted: {distrust.verify_message or distrust}"
    return f"cannot be reached: {str(error) or type(error).__name__}"
