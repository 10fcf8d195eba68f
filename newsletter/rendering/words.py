"""What the email says in words. English, whatever the locale of the machine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from newsletter.model import Edition, Paper
from newsletter.papers.text import shorten

#: Phones cut a subject about here.
SUBJECT_LENGTH = 60
#: Phones show about two lines of the preheader.
PREHEADER_LENGTH = 140

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


def counted(number: int, noun: str) -> str:
    """ "1 paper", "1,204 papers"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


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


def authors(names: Sequence[str], count: int) -> str:
    """ "A. Author, B. Author and 12 more"; "14 authors" where no name is known."""
    known = [shorten(name, _NAME_LENGTH) for name in map(one_line, names) if name]
    total = max(count, len(known))
    if not known:
        return counted(total, "author") if total else ""
    shown = known if total <= 3 else known[:2]
    rest = f"{total - len(shown):,} more" if total > len(shown) else ""
    parts = [*shown, rest] if rest else shown
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def byline(paper: Paper) -> str:
    """Who made it: authors and organisation."""
    organization = shorten(one_line(paper.organization), _NAME_LENGTH)
    return " · ".join(filter(None, (authors(paper.authors, paper.author_count), organization)))


def subject(edition: Edition) -> str:
    """The lead's title and how many more there are, in at most 60 characters.

    The newsletter's own name stands beside it in every inbox, as the sender.
    """
    others = len(edition.papers) - 1
    tail = f" and {others:,} more" if others else ""
    title = one_line(edition.papers[0].paper.title)
    return shorten(title, SUBJECT_LENGTH - len(tail)) + tail


def preheader(edition: Edition) -> str:
    """What the inbox shows after the subject: the next titles, or the lead's own summary."""
    lead, *others = (ranked.paper for ranked in edition.papers)
    if not others:
        return shorten(one_line(lead.summary or lead.abstract), PREHEADER_LENGTH)
    titles = (one_line(paper.title) for paper in others[:3])
    return shorten("Also: " + " · ".join(titles), PREHEADER_LENGTH)


def opening(edition: Edition) -> str:
    """The line under the masthead: "23 papers, led by …, with 61 upvotes."."""
    lead = edition.papers[0].paper
    votes = f", with {counted(lead.upvotes, 'upvote')}" if lead.upvotes else ""
    title = title_of(lead).rstrip(".")
    if len(edition.papers) == 1:
        return f"One paper today: {title}{votes}."
    return f"{counted(len(edition.papers), 'paper')}, led by {title}{votes}."
