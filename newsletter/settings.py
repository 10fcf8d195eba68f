"""The settings, one frozen record a section, each key with its default.

Plain dataclasses, so that the core and a sender process hold them without pydantic;
`newsletter.config` reads and checks them. What every key means stands in `config.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from annotated_types import Ge, Interval, MinLen

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class _ReadBy:
    """Tells pydantic which function turns a written value into the field's type."""

    read: Callable[[Any], Any]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(self.read, handler(source))


def read_duration(value: Any) -> Any:
    """Read `90s`, `15m`, `24h` or `30d`.

    Raises:
        ValueError: the value is text of another form, or not text.
    """
    if isinstance(value, timedelta):
        return value
    match = (
        re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", value.strip()) if isinstance(value, str) else None
    )
    if match is None:
        raise ValueError(f"{value!r} is not a duration; write 90s, 15m, 24h or 30d")
    return timedelta(**{_UNITS[match[2]]: float(match[1])})


def _read_zone(value: Any) -> Any:
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(value)
    except (KeyError, ValueError, TypeError, OSError):
        near = _nearest(str(value), available_timezones())
        raise ValueError(f"{value!r} is not a time zone{near}") from None
    return value


def _read_time(value: Any) -> Any:
    if isinstance(value, time):
        return value
    try:
        return time.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"{value!r} is not a time of day; write 08:00") from None


def _read_colour(value: Any) -> Any:
    """Six digits: mrml does not expand three, and Outlook ignores names."""
    if isinstance(value, str) and re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        return value.lower()
    raise ValueError(f"{value!r} is not a colour; write six hexadecimal digits, such as #9a3412")


def _read_days(value: Any) -> Any:
    """A list, or from the environment words with commas between them."""
    return tuple(re.split(r"[,\s]+", value.strip())) if isinstance(value, str) else value


def _read_address(value: Any) -> Any:
    from newsletter.addresses import normalize

    return normalize(value) if value else value


def _read_public_url(value: Any) -> Any:
    if not isinstance(value, str) or (value and not re.fullmatch(r"https?://[^\s?#]+", value)):
        raise ValueError(f"{value!r} is not a web address; write https://papers.example.org")
    return value.rstrip("/")


def _read_line(value: Any) -> Any:
    """Header text: one line, so that nothing can add a header of its own."""
    if isinstance(value, str) and re.search(r"[\x00-\x1f\x7f]", value):
        raise ValueError("must be one line without control characters")
    return value


def _nearest(word: str, known: Any) -> str:
    from difflib import get_close_matches

    match = get_close_matches(word, list(known), n=1)
    return f"; did you mean {match[0]!r}?" if match else ""


Duration = Annotated[timedelta, _ReadBy(read_duration)]
Zone = Annotated[str, _ReadBy(_read_zone)]
TimeOfDay = Annotated[time, _ReadBy(_read_time)]
Colour = Annotated[str, _ReadBy(_read_colour)]
Address = Annotated[str, _ReadBy(_read_address)]
PublicUrl = Annotated[str, _ReadBy(_read_public_url)]
Line = Annotated[str, _ReadBy(_read_line)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Count = Annotated[int, Ge(1)]


@dataclass(frozen=True, kw_only=True)
class Newsletter:
    title: Annotated[Line, MinLen(1)] = "Daily Papers"
    tagline: Line = "The research people are talking about"
    language: Annotated[Line, MinLen(2)] = "en"
    timezone: Zone = "UTC"
    public_url: PublicUrl = ""


@dataclass(frozen=True, kw_only=True)
class Sender:
    address: Annotated[Address, MinLen(3)] = "papers@example.org"
    name: Line = ""
    reply_to: Address = ""
    postal_address: Line = ""


@dataclass(frozen=True, kw_only=True)
class Papers:
    source: Annotated[str, MinLen(1)] = "sample"
    minimum: Count = 1
    maximum: Annotated[int, Interval(ge=1, le=100)] = 25
    minimum_upvotes: Annotated[int, Ge(0)] = 0
    window_days: Annotated[int, Interval(ge=1, le=7)] = 3
    timeout: Duration = timedelta(seconds=20)
    attempts: Count = 4


@dataclass(frozen=True, kw_only=True)
class Ranking:
    exponent: Annotated[float, Interval(ge=0, le=5)] = 0.3


@dataclass(frozen=True, kw_only=True)
class Brand:
    template: Annotated[str, MinLen(1)] = "digest"
    accent: Colour = "#9a3412"
    ink: Colour = "#1f1d1a"
    quiet: Colour = "#66615a"
    line: Colour = "#e3ded5"
    paper: Colour = "#fffdf9"
    dark_accent: Colour = "#f0a074"
    dark_ink: Colour = "#ece7df"
    dark_quiet: Colour = "#a8a198"
    dark_line: Colour = "#3b3833"
    dark_paper: Colour = "#1c1b19"
    font: Line = "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
    title_font: Line = "Georgia, 'Times New Roman', serif"
    width: Annotated[int, Interval(ge=320, le=1000)] = 600


@dataclass(frozen=True, kw_only=True)
class Smtp:
    host: str = ""
    port: Annotated[int, Interval(ge=0, le=65535)] = 0
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    #: Extra certificate authorities (PEM), for a relay with a certificate of one's own.
    ca_file: Path | None = None
    local_hostname: Line = ""
    connections: Annotated[int, Interval(ge=1, le=200)] = 10
    messages_per_connection: Count = 100
    connect_timeout: Duration = timedelta(seconds=30)
    command_timeout: Duration = timedelta(minutes=5)
    data_timeout: Duration = timedelta(minutes=2)
    dot_timeout: Duration = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    give_up_after: Duration = timedelta(hours=24)
    in_doubt: Literal["resend", "hold"] = "resend"
    drain: Duration = timedelta(seconds=60)
    relay_patience: Duration = timedelta(minutes=2)
    lease: Duration = timedelta(seconds=30)
    keep_days: Annotated[int, Interval(ge=7)] = 90


@dataclass(frozen=True, kw_only=True)
class Schedule:
    at: TimeOfDay = time(8)
    days: Annotated[tuple[Weekday, ...], _ReadBy(_read_days)] = ("mon", "tue", "wed", "thu", "fri")
    catch_up: Duration = timedelta(hours=6)


@dataclass(frozen=True, kw_only=True)
class StoreSection:
    url: Annotated[str, MinLen(1)] = field(default="sqlite:///var/newsletter.db", repr=False)


@dataclass(frozen=True, kw_only=True)
class Web:
    #: Signs links; empty: made at first use and kept in the store.
    signing_key: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The whole tree, as `config.toml` and the environment give it."""

    newsletter: Newsletter = Newsletter()
    sender: Sender = Sender()
    papers: Papers = Papers()
    ranking: Ranking = Ranking()
    brand: Brand = Brand()
    smtp: Smtp = Smtp()
    delivery: Delivery = Delivery()
    schedule: Schedule = Schedule()
    store: StoreSection = StoreSection()
    web: Web = Web()
    #: The folder that paths in the settings are relative to: where config.toml lies.
    home: Path = Path()
