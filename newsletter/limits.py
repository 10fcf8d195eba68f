"""How fast mail may go, as the settings say it: `30/s`, `600/m`, `10000/h`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SECONDS = {"s": 1, "m": 60, "h": 3600}
_KEYS = ("rate", "connections")


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What the readers of one domain may be sent."""

    #: Messages per second; 0: any number.
    rate: float = 0.0
    #: How many at a time; 0: any number.
    connections: int = 0


def read_rate(value: Any) -> Any:
    """Messages per second; 0 for nothing, which is no limit.

    Raises:
        ValueError: it is no rate; the message says how to write one.
    """
    if value == "" or (isinstance(value, float) and value == 0):
        return 0.0
    match = re.fullmatch(r"(\d{1,9})\s*/\s*([smh])", str(value).strip())
    if match is None or int(match[1]) == 0:
        raise ValueError(f"{value!r} is not a rate; write 30/s, 600/m, 10000/h, or nothing")
    return int(match[1]) / _SECONDS[match[2]]


def read_limits(value: Any) -> Any:
    """A table of domain and limit; from the environment one as it is written in the file.

    Raises:
        ValueError: it is none, or one of its domains or limits is wrong.
    """
    if isinstance(value, str):
        value = _read_table(value)
    if not isinstance(value, Mapping):
        raise ValueError('should be a table of domains, such as "example.com" = "20/s"')
    limits: dict[str, Limit] = {}
    for domain, one in value.items():
        read = _read_domain(domain)
        if read in limits:
            raise ValueError(f"{domain!r} is {read}, which has a limit already; write it once")
        limits[read] = _read_limit(domain, one)
    return limits


def _read_table(text: str) -> Any:
    import tomllib

    try:
        return tomllib.loads(f"domains = {text}")["domains"]
    except tomllib.TOMLDecodeError:
        raise ValueError(f'{text!r} is not a table; write {{ "example.com" = "20/s" }}') from None


def _read_domain(domain: str) -> str:
    from newsletter.addresses import normalize
    from newsletter.errors import AddressError

    try:
        return normalize(f"reader@{domain}").partition("@")[2]
    except AddressError:
        raise ValueError(f"{domain!r} is not the domain of an address") from None


def _read_limit(domain: str, value: Any) -> Limit:
    if isinstance(value, Limit):
        return value
    if isinstance(value, str):
        value = {"rate": value}
    if not isinstance(value, Mapping) or not value or set(value) - set(_KEYS):
        raise ValueError(
            f'{domain}: should be a rate, such as "20/s", or a table such as'
            ' { rate = "20/s", connections = 2 }'
        )
    connections = value.get("connections", 0)
    if isinstance(connections, bool) or not isinstance(connections, int) or connections < 0:
        raise ValueError(f"{domain}: connections should be a whole number")
    return Limit(rate=read_rate(value.get("rate", "")), connections=connections)
