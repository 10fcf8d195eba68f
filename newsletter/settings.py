"""The settings, one frozen record a section, each key with its default.

Plain dataclasses, so that the core and a sender process hold them without pydantic;
`newsletter.config` reads and checks them. What every key means stands in `config.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from annotated_types import Ge, Interval, MinLen

from newsletter.limits import Limit, read_limits, read_rate
from newsletter.sources import Source, read_columns, read_sources
from newsletter.wording import suggest

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


#: A family of fonts (CSS Fonts 4, 2.1.2): between quotes, or of words such as `-apple-system`.
_FAMILY = re.compile(r"""('[\w -]+'|"[\w -]+"|(-?[^\W\d][\w-]*(\s+|$))+)""")


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
    match = re.fullmatch(r"(\d{1,9}(?:\.\d+)?)([smhd])", str(value).strip())
    if match is None:
        raise ValueError(f"{value!r} is not a duration; write 90s, 15m, 24h or 30d")
    duration = float(match[1]) * _UNITS[match[2]]
    if not timedelta(milliseconds=1) <= duration <= timedelta(days=3650):
        raise ValueError(f"{value!r} is too short or too long to be meant")
    return duration


def _read_duration_or_none(value: Any) -> Any:
    """Also `0s`, where that means never."""
    return timedelta(0) if value == "0s" else read_duration(value)


def _read_zone(value: Any) -> Any:
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(value)
    except (KeyError, ValueError, TypeError, OSError):
        near = suggest(str(value), available_timezones())
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


def _read_font(value: Any) -> Any:
    """A list of families as CSS has it: what else a stylesheet knows would break out of it."""
    families = value.split(",") if isinstance(value, str) and value else ["?"]
    if all(_FAMILY.fullmatch(family.strip()) for family in families):
        return value.replace('"', "'")
    raise ValueError(
        f"{value!r} is not a list of fonts; write Inter, Arial, sans-serif, and a name with digits"
        " between quotes"
    )


def _read_days(value: Any) -> Any:
    """A list, or from the environment words with commas between them."""
    return tuple(re.split(r"[,\s]+", value.strip())) if isinstance(value, str) else value


def _read_hours(value: Any) -> Any:
    """A table of weekday and time, or from the environment "mon 07:30, sat 10:00"."""
    if isinstance(value, str):
        pairs = [pair.split() for pair in re.split(r"[,;]", value) if pair.strip()]
        if any(len(pair) != 2 for pair in pairs):
            raise ValueError(f'{value!r} is no list of hours; write "mon 07:30, sat 10:00"')
        value = dict(pairs)
    return tuple(value.items()) if isinstance(value, Mapping) else value


def _read_dates(value: Any) -> Any:
    """Dates, or from the environment words with commas between them."""
    return tuple(re.findall(r"[^,\s]+", value)) if isinstance(value, str) else value


def _read_country(value: Any) -> Any:
    """A country of the `holidays` package, with a part of it or without: DE, DE-BE."""
    if isinstance(value, str) and value:
        from newsletter.daysoff import find_holidays

        find_holidays(value)
    return value


def _read_span(value: Any) -> Any:
    """Two times of day, such as 22:00-06:30; they may lie around midnight."""
    if not isinstance(value, str) or not value:
        return value or None
    begin, dash, end = (part.strip() for part in value.partition("-"))
    if not (begin and dash and end) or _read_time(begin) == _read_time(end):
        raise ValueError(f"{value!r} is no span of the day; write 22:00-06:30")
    return _read_time(begin), _read_time(end)


def _read_time_or_none(value: Any) -> Any:
    return _read_time(value) if value else None


def _read_address(value: Any) -> Any:
    from newsletter.addresses import normalize

    address = normalize(value) if value else value
    if isinstance(address, str) and not address.isascii():
        # Every relay must take it in MAIL FROM, and every mail program in From.
        raise ValueError(f"{value!r} is not ASCII before the @; few relays would send for it")
    return address


def _read_host(value: Any) -> Any:
    """A host name (RFC 1123), an IP address, or nothing."""
    label = r"(?!-)[A-Za-z0-9_-]{1,63}"
    if not isinstance(value, str) or not (
        _is_ip(value.strip("[]")) or re.fullmatch(rf"|{label}(\.{label})*\.?", value)
    ):
        raise ValueError(f"{value!r} is not the name of a host; write smtp.example.org")
    return value


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _read_public_url(value: Any) -> Any:
    # Printable ASCII without what would end it in a header or in HTML (RFC 3986, RFC 2369).
    if not isinstance(value, str) or not re.fullmatch(r"|https?://[^\s?#<>,;\"'@\\]+", value):
        raise ValueError(f"{value!r} is not a web address; write https://papers.example.org")
    if not value.isascii():
        raise ValueError(f"{value!r} is not ASCII; write its host as xn--…, as browsers send it")
    return value.rstrip("/")


def _read_line(value: Any) -> Any:
    """Header text: one line, so that nothing can add a header of its own."""
    if isinstance(value, str) and re.search(r"[\x00-\x1f\x7f]", value):
        raise ValueError("must be one line without control characters")
    return value


def _read_weights(value: Any) -> Any:
    """A table, or from the environment one as it is written in the file."""
    import tomllib

    if not isinstance(value, str):
        return value
    try:
        return tomllib.loads(f"weights = {value}")["weights"]
    except tomllib.TOMLDecodeError:
        raise ValueError(f'{value!r} is not a table; write {{ "agents" = 0.7 }}') from None


def _read_phrase(value: Any) -> Any:
    if isinstance(value, str) and not value.strip():
        raise ValueError("is blank, which would match everything")
    return value


Duration = Annotated[timedelta, _ReadBy(read_duration)]
DurationOrNone = Annotated[timedelta, _ReadBy(_read_duration_or_none)]
#: One that must leave time for something to happen.
Patience = Annotated[timedelta, Ge(timedelta(seconds=1)), _ReadBy(read_duration)]
Zone = Annotated[str, _ReadBy(_read_zone)]
TimeOfDay = Annotated[time, _ReadBy(_read_time)]
MaybeTime = Annotated[time | None, _ReadBy(_read_time_or_none)]
Span = Annotated[tuple[time, time] | None, _ReadBy(_read_span)]
Colour = Annotated[str, _ReadBy(_read_colour)]
Font = Annotated[str, _ReadBy(_read_font)]
Address = Annotated[str, _ReadBy(_read_address)]
Host = Annotated[str, _ReadBy(_read_host)]
PublicUrl = Annotated[str, _ReadBy(_read_public_url)]
Line = Annotated[str, _ReadBy(_read_line)]
Phrase = Annotated[str, _ReadBy(_read_phrase)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Weekdays = Annotated[tuple[Weekday, ...], MinLen(1), _ReadBy(_read_days)]
Hours = Annotated[tuple[tuple[Weekday, TimeOfDay], ...], _ReadBy(_read_hours)]
Dates = Annotated[tuple[date, ...], _ReadBy(_read_dates)]
Country = Annotated[str, _ReadBy(_read_country)]
Count = Annotated[int, Ge(1)]
Rate = Annotated[float, _ReadBy(read_rate)]
#: Added to a score: 0.7 is worth as much as twice the votes, -0.7 as half of them.
Weight = Annotated[float, Interval(ge=-20, le=20)]
Weights = Annotated[Mapping[Phrase, Weight], _ReadBy(_read_weights)]


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
    source: Annotated[str | tuple[Source, ...], _ReadBy(read_sources)] = "sample"
    columns: Annotated[Mapping[str, str], _ReadBy(read_columns)] = field(default_factory=dict)
    minimum: Count = 1
    thin: Annotated[int, Ge(0)] = 1
    maximum: Annotated[int, Interval(ge=1, le=100)] = 25
    minimum_upvotes: Annotated[int, Ge(0)] = 0
    window_days: Annotated[int, Interval(ge=1, le=7)] = 3
    timeout: Duration = timedelta(seconds=20)
    attempts: Count = 4
    stand_in: DurationOrNone = timedelta(hours=6)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The source or sources, those named first before the others."""
        return (Source(at=self.source),) if isinstance(self.source, str) else self.source


@dataclass(frozen=True, kw_only=True)
class Ranking:
    exponent: Annotated[float, Interval(ge=0, le=5)] = 0.3
    comments: Weight = 0.0
    stars: Weight = 0.0
    keywords: Weights = field(default_factory=dict)
    authors: Weights = field(default_factory=dict)
    organizations: Weights = field(default_factory=dict)
    #: At most so many papers of one organisation in an edition; 0: any number.
    per_organization: Annotated[int, Ge(0)] = 0


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
    font: Font = "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
    title_font: Font = "Georgia, 'Times New Roman', serif"
    width: Annotated[int, Interval(ge=320, le=1000)] = 600
    corners: Annotated[int, Interval(ge=0, le=40)] = 4
    logo: Line = ""
    logo_dark: Line = ""
    logo_width: Annotated[int, Interval(ge=16, le=1000)] = 160
    footer: tuple[Line, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Smtp:
    host: Host = ""
    port: Annotated[int, Interval(ge=0, le=65535)] = 0
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    #: Extra certificate authorities (PEM), for a relay with a certificate of one's own.
    ca_file: Path | None = None
    local_hostname: Host = ""
    #: In all, over all processes.
    connections: Annotated[int, Interval(ge=1, le=200)] = 20
    #: 0: as many as make sense.
    processes: Annotated[int, Interval(ge=0, le=64)] = 0
    messages_per_connection: Count = 100
    rate: Rate = 0.0
    domains: Annotated[Mapping[str, Limit], _ReadBy(read_limits)] = field(default_factory=dict)
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
    lease: Patience = timedelta(seconds=30)
    keep_days: Annotated[int, Interval(ge=7)] = 90
    quiet_hours: Span = None
    latest: MaybeTime = None


@dataclass(frozen=True, kw_only=True)
class Schedule:
    at: TimeOfDay = time(8)
    days: Weekdays = ("mon", "tue", "wed", "thu", "fri")
    hours: Hours = ()
    skip: Dates = ()
    holidays: Country = ""
    catch_up: Duration = timedelta(hours=6)
    look_again: Patience = timedelta(minutes=10)
    latest: Duration = timedelta(hours=2)
    when_thin: Literal["send", "skip"] = "send"


@dataclass(frozen=True, kw_only=True)
class StoreSection:
    url: Annotated[str, MinLen(1)] = field(default="sqlite:///var/newsletter.db", repr=False)


@dataclass(frozen=True, kw_only=True)
class Web:
    #: Signs links; empty: made at first use and kept in the store.
    signing_key: str = field(default="", repr=False)
    #: Past editions are read at `newsletter.public_url`: the email links there.
    archive: bool = False


@dataclass(frozen=True, kw_only=True)
class Log:
    format: Literal["text", "json"] = "text"
    addresses: Literal["masked", "shown"] = "masked"


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
    log: Log = Log()
    #: The folder that paths in the settings are relative to: where config.toml lies.
    home: Path = Path()
