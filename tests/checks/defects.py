"""Real rendered issues, and a single defect put into one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import make
from newsletter.checks.checklist import look_over
from newsletter.checks.findings import Finding
from newsletter.checks.mail import Mail, read_issue
from newsletter.model import Card, Edition, Issue, Literal, Segment, Slot
from newsletter.rendering import render
from newsletter.settings import Newsletter, Settings

TEMPLATES = Path(__file__).parents[2] / "templates"
LINK = "https://papers.example.org/unsubscribe/abc"
READER = {"unsubscribe_url": LINK, "name": "Ada", "address": "ada@example.org"}
# Without a tagline, as the text part of the shipped digest does not print one.
SETTINGS = Settings(newsletter=Newsletter(title="Morning Papers", tagline=""))


def make_edition(count: int = 3, **changes: object) -> Edition:
    """An edition of papers that have everything a paper can have."""
    papers = (
        make.ranked(**{**_describe(number), **changes})  # type: ignore[arg-type]
        for number in range(1, count + 1)
    )
    return Edition(day=make.DAY, papers=tuple(papers))


def _describe(number: int) -> dict[str, object]:
    key = f"2608.{number:05}"
    return {
        "key": key,
        "title": f"Paper {number}: A Study of Things and Others",
        "abstract": "We study many things. They turn out to be as they are. " * 6,
        "authors": ("Ada Lovelace", "Alan Turing", "Grace Hopper", "Emmy Noether"),
        "author_count": 4,
        "arxiv_url": f"https://arxiv.org/abs/{key}",
        "pdf_url": f"https://arxiv.org/pdf/{key}",
        "code_url": f"https://github.com/example/things{number}",
        "stars": 1204,
        "comments": 3,
    }


@cache
def sound_issue(count: int = 3) -> Issue:
    """An issue of the shipped templates with nothing wrong."""
    return render_issue(make_edition(count))


def render_issue(edition: Edition, settings: Settings = SETTINGS) -> Issue:
    return render(edition, settings, templates=TEMPLATES, dated=make.MORNING, salt="salt")


def put(issue: Issue, html: str = "", text: str = "") -> Issue:
    """The issue with a piece more at the end of each part."""
    return replace(
        issue,
        html=_insert(issue.html, html, before="</body>"),
        text=(*issue.text, Literal(text)),
    )


def change(issue: Issue, old: str, new: str) -> Issue:
    """The issue with something of its HTML replaced wherever it stands."""
    changed = _replace(issue.html, old, new)
    assert changed != issue.html, f"{old} is nowhere"
    return replace(issue, html=changed)


def without_slot(segments: Iterable[Segment], name: str) -> tuple[Segment, ...]:
    return tuple(segment for segment in segments if segment != Slot(name))


def read(issue: Issue, edition: Edition | None = None, written: str | None = None) -> Mail:
    edition = edition or make_edition()
    return read_issue(issue, edition, READER, language="en", written=written)


def find(issue: Issue, check: str, **known: object) -> list[Finding]:
    """What one check finds, in an issue or in a sound one with a piece of HTML more."""
    found = look_over(read(issue, **known))  # type: ignore[arg-type]
    return [finding for finding in found if finding.check == check]


def whats(issue: Issue, check: str) -> set[str]:
    """What a check says of an issue that it does not say of a sound one."""
    sound = {finding.what for finding in find(sound_issue(), check)}
    return {finding.what for finding in find(issue, check)} - sound


def _insert(segments: tuple[Segment, ...], piece: str, before: str) -> tuple[Segment, ...]:
    return _replace(segments, before, piece + before)


def _replace(segments: Iterable[Segment], old: str, new: str) -> tuple[Segment, ...]:
    return tuple(_replace_one(segment, old, new) for segment in segments)


def _replace_one(segment: Segment, old: str, new: str) -> Segment:
    match segment:
        case Literal(text):
            return Literal(text.replace(old, new))
        case Card(key, rung, inner):
            pieces = tuple(
                Literal(piece.text.replace(old, new)) if isinstance(piece, Literal) else piece
                for piece in inner
            )
            return Card(key, rung, pieces)
        case Slot():
            return segment
