"""Asks the addresses of an email whether they answer, a few at a time."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urldefrag, urlsplit

import httpx
from lxml.html import HtmlElement

from newsletter.checks.findings import Finding, Level
from newsletter.checks.images import describe_format
from newsletter.checks.links import judge
from newsletter.checks.mail import Mail

#: So many requests at once, and so many of them to one site.
_AT_ONCE, _AT_ONE_SITE = 8, 2
#: For one address, redirects included.
_SECONDS = 15.0
_AGENT = "papers-newsletter (link check)"
#: Some sites answer HEAD so and GET otherwise.
_ASK_AGAIN = frozenset({400, 403, 404, 405, 406, 500, 501, 503})
#: Sites answer a program so, and a person perhaps otherwise (999 is LinkedIn's).
_UNTOLD = frozenset({401, 403, 406, 429, 503, 999})
#: IPv6 addresses that end in that of a machine with IPv4 (RFC 6052, 2.1).
_NAT64 = ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address said."""

    #: What is wrong; "" where nothing is.
    fault: str
    #: Nobody answered at all.
    is_silent: bool = False
    #: It may be there all the same.
    is_untold: bool = False
    #: From here, it is a machine of this network.
    is_near: bool = False
    #: The MIME type; "" where it gave none.
    kind: str = ""


class _Refused(httpx.RequestError):
    """We do not ask there."""


class _Near(_Refused):
    """It is a machine of this network."""


def is_public(address: str) -> bool:
    """Whether to ask an address: a paper could name one of this network, where asking acts."""
    return judge(address) in ("", "http")


def is_global(ip: str) -> bool:
    """Whether to ask the machine that a name stands for: it could be one of this network."""
    found = _without_tunnel(ip_address(ip))
    return found.is_global and not found.is_multicast


def _without_tunnel(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one leads to, where it does."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(ip.packed[-4:])
    return ip.ipv4_mapped or ip.sixtofour or ip


def reach(
    mail: Mail,
    *,
    seconds: float = _SECONDS,
    may_ask: Callable[[str], bool] = is_public,
    may_connect: Callable[[str], bool] = is_global,
) -> tuple[Finding, ...]:
    """Ask each address of a link or a picture whether it answers; not the link to leave.

    Args:
        seconds: how long to wait for one address.
        may_ask: whether to ask an address, or to follow it from one that was asked.
        may_connect: whether to ask at an IP address, of all those that its host has.
    """
    wanted = {
        address: elements for address, elements in _addresses(mail).items() if may_ask(address)
    }
    answers = asyncio.run(_ask_all(wanted, seconds, may_ask, may_connect))
    return tuple(_tell(mail, wanted, answers))


def _addresses(mail: Mail) -> dict[str, list[HtmlElement]]:
    """Each address once, without what stands behind `#`, with the elements that have it."""
    found: dict[str, list[HtmlElement]] = {}
    for element in mail.page.named("a", "img"):
        address = (element.get("href") or element.get("src") or "").strip()
        is_web = address.startswith(("http://", "https://"))
        if is_web and address != mail.unsubscribe_url:
            found.setdefault(urldefrag(address).url, []).append(element)
    return found


async def _ask_all(
    addresses: Iterable[str],
    seconds: float,
    may_ask: Callable[[str], bool],
    may_connect: Callable[[str], bool],
) -> dict[str, Answer]:
    turn = asyncio.Semaphore(_AT_ONCE)
    turns = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(_AT_ONE_SITE))
    headers = {"User-Agent": _AGENT}

    async def refuse(request: httpx.Request) -> None:
        if not may_ask(str(request.url)):
            raise _Refused(f"it leads to {request.url}")
        for ip in await _resolve(request.url.raw_host.decode("ascii")):
            if not may_connect(ip):
                raise _Near(f"{request.url.host} is {ip}, which is not on the internet")

    async with httpx.AsyncClient(
        follow_redirects=True,
        headers=headers,
        timeout=seconds,
        event_hooks={"request": [refuse]},
    ) as client:

        async def ask(address: str) -> tuple[str, Answer]:
            async with turns[urlsplit(address).netloc], turn:
                return address, await _ask(client, address, seconds)

        return dict(await asyncio.gather(*map(ask, addresses)))


async def _resolve(host: str) -> set[str]:
    """The IP addresses of a host; none where only a proxy may know them, or nobody."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
    except (OSError, UnicodeError):
        return set()
    return {str(address[0]) for *_, address in found}


async def _ask(client: httpx.AsyncClient, address: str, seconds: float) -> Answer:
    try:
        async with asyncio.timeout(seconds):
            response = await client.head(address)
            if response.status_code in _ASK_AGAIN:
                async with client.stream("GET", address) as response:
                    pass
    except (TimeoutError, httpx.TimeoutException):
        return Answer(f"does not answer within {seconds:.0f} seconds", is_silent=True)
    except _Refused as error:
        return Answer(f"is not asked: {error}", is_near=isinstance(error, _Near))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        said = re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__
        return Answer(f"cannot be reached ({said})", is_silent=True)
    status = response.status_code
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    fault = f"answers {status}" if status >= 400 else ""
    return Answer(fault, is_untold=status in _UNTOLD, kind=kind)


def _tell(
    mail: Mail, wanted: Mapping[str, list[HtmlElement]], answers: Mapping[str, Answer]
) -> Iterator[Finding]:
    if len(answers) > 1 and all(answer.is_silent for answer in answers.values()):
        what = f"None of {len(answers)} addresses can be reached"
        yield Finding(Level.WARNING, "reach", (), what, "See whether this machine is online.")
        return
    for address, elements in wanted.items():
        answer = answers[address]
        places = tuple(map(mail.page.place, elements))
        if answer.is_untold:
            what = f"{address} {answer.fault}: it may refuse programs alone"
            yield Finding(Level.NOTE, "reach", places, what, "Open it in a browser.")
        elif answer.is_near:  # a host of one's own has other addresses for the world outside
            what = f"{address} {answer.fault}"
            advice = "Open it from another network, as readers do."
            yield Finding(Level.NOTE, "reach", places, what, advice)
        elif answer.fault:
            what = f"{address} {answer.fault}"
            yield Finding(Level.WARNING, "reach", places, what, "Correct it, or leave it out.")
        elif elements[0].tag == "img":
            yield from _tell_kind(address, answer, mail, elements)
    answering = sum(not answer.fault for answer in answers.values())
    told = f"{answering} of {len(answers)} addresses answer"
    yield Finding(Level.NOTE, "reach", (), told)


def _tell_kind(
    address: str, answer: Answer, mail: Mail, elements: list[HtmlElement]
) -> Iterator[Finding]:
    places = tuple(map(mail.page.place, elements))
    if not answer.kind.startswith("image/"):
        what = f"{address} is no picture, but {answer.kind or 'of an unknown kind'}"
        yield Finding(Level.WARNING, "reach", places, what, "Link to the picture itself.")
    elif described := describe_format(answer.kind.removeprefix("image/").partition("+")[0]):
        yield Finding(Level.WARNING, "reach", places, *described)
