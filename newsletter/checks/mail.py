"""An email as the checks read it: filled in for one reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields

from newsletter.checks.findings import Part
from newsletter.checks.page import Page, squeeze
from newsletter.embedding import Picture, detach
from newsletter.message import encode, escape_html, escape_nothing, fill, place_cards
from newsletter.model import Card, Edition, Issue, Paper, Segment, Slot
from newsletter.rendering.attributes import printable
from newsletter.rendering.fitting import Size, measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What there is to check; what is not known of it is empty."""

    page: Page
    #: The plain-text part; None where only a file of HTML is known.
    text: str | None = None
    subject: str = ""
    #: The language it says it is written in (BCP 47).
    language: str = ""
    #: The reader's own link to leave.
    unsubscribe_url: str = ""
    #: The slots that nothing fills.
    unfilled: tuple[tuple[Part, str], ...] = ()
    #: With the longest a reader's slots may come to.
    size: Size
    #: The pictures that travel with it.
    pictures: tuple[Picture, ...] = ()
    #: The title of each card, and its bytes of HTML.
    cards: tuple[tuple[str, int], ...] = ()
    #: What the papers themselves say, on one line: no fault of a template.
    quoted: str = ""
    #: The templates it was made from, by the name of the file.
    templates: Mapping[str, str] = field(default_factory=dict)
    #: What the operator wrote, in templates and settings, on one line; None where not known.
    written: str | None = None


def read_issue(
    issue: Issue,
    edition: Edition,
    values: Mapping[str, str],
    *,
    language: str = "",
    templates: Mapping[str, str] | None = None,
    written: str | None = None,
) -> Mail:
    """Read an issue as one reader gets it.

    Args:
        edition: what the issue was rendered from.
        values: what stands in the slots of that reader.
        language: the newsletter's (BCP 47).
        templates: the files in use, by name.
        written: the operator's own words, where they are known.
    """
    titles = {ranked.paper.key: ranked.paper.title for ranked in edition.papers}
    filled = _Forgiving(values)
    # As it goes out: pictures of our own are parts of the mail.
    html, pictures = detach(issue.html, issue.letterhead.list_id)
    return Mail(
        page=Page(fill(html, filled, escape_html)),
        text=fill(issue.text, filled, escape_nothing),
        subject=issue.subject,
        language=language,
        unsubscribe_url=values.get("unsubscribe_url", ""),
        unfilled=tuple(_unfilled(issue, values)),
        size=measure(issue.html),
        pictures=pictures,
        cards=tuple(
            (squeeze(titles.get(part.key, part.key)), measure((part,)).html)
            for part in issue.html
            if isinstance(part, Card)
        ),
        quoted=squeeze(printable(" ".join(_words_of(one.paper) for one in edition.papers))),
        templates=templates or {},
        written=None if written is None else squeeze(written),
    )


def read_html(html: str) -> Mail:
    """Read a file of HTML, of whatever origin."""
    return Mail(page=Page(html), size=Size(len(html.encode()), len(encode(html))))


class _Forgiving(dict[str, str]):
    """Leaves a slot empty that has no value; what that means is for a check to say."""

    def __missing__(self, name: str) -> str:
        return ""


def _unfilled(issue: Issue, values: Mapping[str, str]) -> Iterator[tuple[Part, str]]:
    parts: tuple[tuple[Part, tuple[Segment, ...]], ...] = (
        (Part.HTML, issue.html),
        (Part.TEXT, issue.text),
    )
    for part, segments in parts:
        names = {one.name for one in place_cards(segments) if isinstance(one, Slot)}
        yield from ((part, name) for name in sorted(names) if name not in values)


def _words_of(paper: Paper) -> str:
    return " ".join(_strings(getattr(paper, each.name) for each in fields(paper)))


def _strings(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            yield from _strings(value)
