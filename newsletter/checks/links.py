"""Where links lead, as far as their address tells; `reach` follows them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from lxml.html import HtmlElement

from newsletter.checks.findings import Finding, Level, Place
from newsletter.checks.mail import Mail
from newsletter.checks.page import spoken

_MAIL_SCHEMES = ("mailto", "tel", "sms")
_FAULTS = {
    "empty": ("A link leads nowhere", "Give it an address, or print the words without a link."),
    "broken": ("A link's address is none", "Write it as https://host/path, without blanks."),
    "scheme": (
        "A link is of a kind that mail clients do not follow",
        "Link to https:// or mailto: only.",
    ),
    "relative": (
        "A link has no host, and a mail has no page it would be relative to",
        "Write the whole address, from https:// on.",
    ),
    "local": (
        "A link leads to a machine that readers cannot reach",
        "Set newsletter.public_url to an address on the internet.",
    ),
    "http": (
        "A link uses http: what is read can be seen and changed on the way",
        "Write https:// where the site has it.",
    ),
    "silent": (
        "A link has no words",
        "Put words between <a> and </a>.",
    ),
}
#: These spoil the link; the others make it worse.
_ORDER = tuple(_FAULTS)


def check(mail: Mail) -> Iterator[Finding]:
    """Every visible link, each kind of fault once with all its places."""
    found: dict[str, list[Place]] = {}
    for element in mail.page.named("a"):
        for fault in _faults(element):
            found.setdefault(fault, []).append(mail.page.place(element))
    for fault in sorted(found, key=_ORDER.index):
        what, do = _FAULTS[fault]
        yield Finding(Level.WARNING, "links", tuple(found[fault]), what, do)


def _faults(element: HtmlElement) -> Iterator[str]:
    href = element.get("href")
    if href is None:
        if element.get("name") is None and element.get("id") is None:
            yield "empty"
        return
    if fault := judge(href):
        yield fault
    # Of a picture in a link its own check speaks.
    if not spoken(element) and element.find(".//img") is None:
        yield "silent"


def judge(href: str) -> str:
    """What is wrong with an address, by the name of the fault; "" where nothing is."""
    address = href.strip()
    if address in ("", "#"):
        return "empty"
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - it raises where it is no number
    except ValueError:
        return "broken"
    if re.search(r"\s", address):
        return "broken"
    if parts.scheme in _MAIL_SCHEMES:
        return "" if parts.path else "empty"
    return _judge_web(parts)


def _judge_web(parts: SplitResult) -> str:
    if not parts.scheme:
        return "" if not parts.path and parts.fragment else "relative"
    if parts.scheme not in ("http", "https"):
        return "scheme"
    host = parts.hostname or ""
    if not re.fullmatch(r"[\w-]+(?:\.[\w-]+)*\.?|\[?[0-9a-f:.]+\]?", host):
        return "broken"
    if _is_local(host):
        return "local"
    return "http" if parts.scheme == "http" else ""


def _is_local(host: str) -> bool:
    name = host.rstrip(".")
    try:
        return not ipaddress.ip_address(name).is_global
    except ValueError:
        # No name ends in a number: to a browser 127.1 and 0x7f.0.0.1 are both 127.0.0.1.
        is_odd = re.search(r"(^|\.)(\d+|0x[0-9a-f]*)$", name) is not None
        return is_odd or "." not in name or name.endswith((".localhost", ".local", ".internal"))
