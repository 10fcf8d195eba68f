"""What the email says in words. English, whatever the locale of the machine."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date

from newsletter.model import Edition, Paper
from newsletter.papers.text import shorten
from newsletter.wording import counted

#: The lead's whole title stands just below.
_OPENING_LENGTH = 60
#: "AI: …" names nothing.
_SHORTEST_NAME = 4
#: The longest of 12,000 real titles has 202 characters.
_TITLE_LENGTH = 210
_NAME_LENGTH = 60
# Not from the calendar module or strftime, which speak the machine's locale.
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"})


def one_line(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())


def title_of(paper: Paper) -> str:
    """The title, cut where it is no title any more."""
    return shorten(one_line(paper.title), _TITLE_LENGTH)


def long_day(day: date) -> str:
    """ "Friday, 14 August 2026"."""
    return f"{_WEEKDAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_day(day: date, today: date) -> str:
    """ "14 August", with the year where it is not today's."""
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day.day} {_MONTHS[day.month - 1]}{year}"


def direction(language: str) -> str:
    """The direction a language is written in: "ltr" or "rtl"."""
    return "rtl" if language.split("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"


def text_direction(text: str) -> str:
    """The direction of a text: that of its first letter that has one (Unicode 9, P2, P3)."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("L", "R", "AL"):
            return "ltr" if kind == "L" else "rtl"
    return "ltr"


def authors(names: Sequence[str], count: int, *, shown: int = 2) -> str:
    """ "A. Author, B. Author and 12 more"; "14 authors" where no name is known."""
    known = [shorten(name, _NAME_LENGTH) for name in map(one_line, names) if name]
    total = max(count, len(known))
    if not known:
        return counted(total, "author") if total else ""
    # "and 1 more" takes the room of the name.
    named = known if total <= shown + 1 else known[:shown]
    rest = f"{total - len(named):,} more" if total > len(named) else ""
    parts = [*named, rest] if rest else named
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def organization_of(paper: Paper) -> str:
    """The organisation, cut where it is no name any more."""
    return shorten(one_line(paper.organization), _NAME_LENGTH)


def byline(paper: Paper) -> str:
    """Who made it: authors and organisation."""
    people = authors(paper.authors, paper.author_count)
    return " · ".join(filter(None, (people, organization_of(paper))))


def brief(text: str, length: int) -> str:
    """A title in at most `length` characters: whole, or the name before its colon, or cut."""
    if len(text) <= length:
        return text
    name = text.partition(": ")[0]
    return name if _SHORTEST_NAME <= len(name) <= length else shorten(text, length)


def opening(edition: Edition) -> str:
    """The line under the masthead: "23 papers, led by …, with 61 upvotes."."""
    lead = edition.papers[0].paper
    votes = f", with {counted(lead.upvotes, 'upvote')}" if lead.upvotes else ""
    title = brief(title_of(lead), _OPENING_LENGTH).rstrip(".")
    if len(edition.papers) == 1:
        return f"One paper today: {title}{votes}."
    return f"{counted(len(edition.papers), 'paper')}, led by {title}{votes}."
