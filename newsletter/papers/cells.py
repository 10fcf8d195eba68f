"""Values as people's own tables write them: counts, dates and names in many spellings.

An API is read strictly (`record.py`); a spreadsheet writes `1,234` and `14 Aug 2026`. What can
be read in one way only is read, whatever can be read in two is refused.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any

#: What programs write where they have nothing.
_NOTHING = {"", "-", "–", "—", "na", "n/a", "nan", "nat", "none", "null", "#n/a"}
_GROUPED = re.compile(r"[+-]?\d{1,3}([, '’_\u00a0\u2009\u202f])\d{3}(?:\1\d{3})*")
_WHOLE = re.compile(r"([+-]?\d+)(?:\.0*)?")
#: Every spelling of an arXiv id that stands in addresses, DOIs and feeds.
_ARXIV = re.compile(
    r"(?:arxiv\.org/(?:abs|pdf|html|format)/|huggingface\.co/papers/|oai:arxiv\.org:"
    r"|10\.48550/arxiv\.|^arxiv:\s*)"
    r"(?P<id>\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d+)?(?:\.pdf)?/?(?:$|[?#\s\]])",
    re.IGNORECASE,
)
#: Since 2015 five digits follow the point (https://info.arxiv.org/help/arxiv_identifier.html).
_CUT_ARXIV = re.compile(r"(?:1[5-9]|[2-8]\d)(?:0[1-9]|1[0-2])\.\d{1,4}")
#: What only the names of teams hold, such as `OpenAI`, `DeepSeek-AI` or `Qwen Team`.
_TEAM = re.compile(r"\d|[a-z][A-Z]{2}|\b(?:AI|Team|Labs?|Research|Group)\b")
_INITIALS = re.compile(r"(?:[^\W\d_]\.[ -]?)+")


def read_text(value: Any) -> Any:
    """Text as it is; nothing for an empty cell."""
    return None if _is_nothing(value, words=False) else value


def read_id(value: Any) -> Any:
    """An id; that of an arXiv address is taken out of it.

    Raises:
        ValueError: a program took it for a number, and its last zeros are gone.
    """
    value = read_text(value)
    if not isinstance(value, str):
        return value
    if _CUT_ARXIV.fullmatch(value.strip()):
        raise ValueError(f"is the text {value!r}, an arXiv id that lost a zero at its end")
    return find_arxiv_id(value) or value.strip()


def find_arxiv_id(text: str) -> str | None:
    """The arXiv id in an address, a DOI or a feed's own identifier, without its version."""
    match = _ARXIV.search(text.strip())
    return match["id"] if match else None


def read_count(value: Any) -> Any:
    """A whole number, also as `1,234`, `1 234`, `1'234` or `87.0`; other values as they are."""
    if _is_nothing(value):
        return None
    # Of a Decimal beyond 28 digits there is no remainder.
    if isinstance(value, (float, Decimal)) and math.isfinite(value) and value == round(value):
        return int(value)
    if not isinstance(value, str):
        return value
    written = value.strip()
    if _GROUPED.fullmatch(written):
        return int(re.sub(r"[^\d-]", "", written))
    whole = _WHOLE.fullmatch(written) if len(written) < 20 else None
    return int(whole[1]) if whole else value


def read_aside(value: Any) -> Any:
    """A count that is only shown: nothing where it is words, such as arXiv's `12 pages`."""
    count = read_count(value)
    return None if isinstance(count, str) else count


def read_moment(value: Any) -> Any:
    """A date or moment as ISO 8601 text, whatever form it was written in.

    Raises:
        ValueError: it is none, a part of it is missing, or it can be read in two ways.
    """
    if _is_nothing(value):
        return None
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return _parse(value.strip()).isoformat() if isinstance(value, str) else value


def read_people(value: Any) -> Any:
    """Authors: a list of names or objects, or text with `;` or, where there is none, commas.

    `Lovelace, Ada` is one, and so is each of `Lovelace, Ada and Babbage, Charles`; what may as
    well be two, such as `Gemini Team, Google`, is two.
    """
    value = _unpack(value)
    if isinstance(value, str):
        value = _split_names(value.strip())
    if not isinstance(value, list):
        return value
    return [{"name": one} if isinstance(one, str) else one for one in value if one != ""]


def _split_names(written: str) -> list[str]:
    if ";" in written:
        return re.split(r"\s*;\s*", written)
    written = written.strip(", ")
    names = re.split(r"\s+and\s+", written)
    if all(_is_family_first(name, is_alone=len(names) == 1) for name in names):
        return names
    return re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", written)


def _is_family_first(name: str, *, is_alone: bool) -> bool:
    """Whether a text with a comma is one name, of a person.

    One word each, as in `Lovelace, Ada`, is taken for one: it is seldom that two people have
    but one name each. `van Rossum` has two, and begins with a small letter.
    """
    family, _, given = (part.strip() for part in name.partition(","))
    if not family or not given or "," in given or _TEAM.search(name):
        return False
    words = len(family.split()), len(given.split())
    if not is_alone:
        return 1 in words
    is_family = words[0] == 1 or family[0].islower()
    return (is_family and words[1] <= 2) or bool(_INITIALS.fullmatch(given))


def read_words(value: Any) -> Any:
    """Keywords: a list, or text with `;` or commas between them."""
    value = _unpack(value)
    return re.split(r"\s*[;,]\s*", value.strip()) if isinstance(value, str) else value


def _unpack(value: Any) -> Any:
    """A list that stands in a cell as JSON text."""
    if _is_nothing(value, words=False):
        return None
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _is_nothing(value: Any, *, words: bool = True) -> bool:
    """Whether a cell is empty; `words` such as "n/a" may be a real title."""
    if isinstance(value, str):
        return value.strip().casefold() in _NOTHING if words else not value.strip()
    return value is None or value != value  # NaN and NaT


@lru_cache(maxsize=4096)
def _parse(written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        moment = _parse_words(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _parse_words(written: str) -> datetime:
    """`14 Aug 2026`, `Fri, 14 Aug 2026 05:00 +0200`, `2026/08/14`, `14.08.2026`.

    What is not written is taken from a default, so two defaults tell what is missing; day and
    month may change places only where both ways give the same day.
    """
    if not re.search(r"\d{4}", written):  # 26/08/14 can be read in three ways
        raise ValueError(f"is the text {written[:60]!r}, no date with a year of four digits")
    readings = [
        _parse_one(written, day_first, default)
        for day_first in (False, True)
        for default in (date(2001, 1, 1), date(2002, 2, 2))
    ]
    found = {reading for reading in readings if reading}
    if not found or None in readings:
        raise ValueError(f"is the text {written[:60]!r}, not a date such as 2026-08-14")
    if readings[0] != readings[1] or readings[2] != readings[3]:
        raise ValueError(f"is the text {written[:60]!r}, which lacks its day, month or year")
    if len(found) > 1:
        one, other = sorted({f"{reading:%Y-%m-%d}" for reading in found})
        raise ValueError(
            f"is the text {written[:60]!r}, which may be {one} or {other}; write it like these"
        )
    return found.pop()


def _parse_one(written: str, day_first: bool, default: date) -> datetime | None:
    from dateutil import parser

    try:
        moment: datetime = parser.parse(
            written,
            dayfirst=day_first,
            default=datetime.combine(default, time()),
            tzinfos=_zone,
        )
        return moment
    except (ValueError, OverflowError, TypeError):  # dateutil's ParserError is a ValueError
        return None


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    """Only offsets and UTC: abbreviations such as CST have several meanings."""
    if name is None and offset is None:
        return None
    if offset is None:
        raise ValueError(f"the time zone {name} is not known")
    return timezone(timedelta(seconds=offset))


#: How a value becomes one that a record is read from.
Reader = Callable[[Any], Any]
