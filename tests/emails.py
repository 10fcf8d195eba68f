"""A day that has everything, in each of the shipped templates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from newsletter.message import escape_html, fill
from newsletter.model import Edition, Issue, Paper, Part, Ranked
from newsletter.rendering import render
from newsletter.settings import Brand, Newsletter, Sender, Settings, Web

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "templates"
TEMPLATES = ("digest", "compact", "spotlight")
NOW = datetime(2026, 8, 14, 8, tzinfo=UTC)
READER = {
    "unsubscribe_url": "https://papers.example.org/unsubscribe/abc?a=1&b=2",
    "name": "Ada",
    "address": "ada@example.org",
}
TITLES = (
    "GenLIP: Let Vision Transformers Speak",
    "دراسة في نماذج اللغة الكبيرة",
    "大規模言語モデルの研究：今日の論文はこれです",
    "A Study of Things with a Title that Takes More than One Line on Every Screen There Is",
)


def make_ranked(number: int, **changes: Any) -> Ranked:
    paper = Paper(
        key=f"2608.{number:05}",
        id=f"2608.{number:05}",
        title=TITLES[number % len(TITLES)],
        abstract="We study things, and find them to be as they are. " * 30,
        summary="Things are as they are." if number % 3 == 0 else "",
        authors=("Ada Lovelace", "Alan Turing", "Grace Hopper", "Emmy Noether"),
        author_count=4,
        organization="Analytical Society" if number % 2 else "",
        listed_on=date(2026, 8, 14),
        observed_at=NOW,
        upvotes=1204 - number,
        comments=3,
        stars=1204,
        url=f"https://huggingface.co/papers/2608.{number:05}",
        arxiv_url=f"https://arxiv.org/abs/2608.{number:05}",
        pdf_url=f"https://arxiv.org/pdf/2608.{number:05}",
        code_url=f"https://github.com/example/things-{number}",
        project_url=f"https://example.org/things/{number}",
        image_url=f"https://cdn.example.org/{number}.png",
    )
    parts = (Part("upvotes", 4.0, f"{100 - number} upvotes"), Part("recency", -1.0, "in 9 h"))
    return Ranked(replace(paper, **changes), 3.0, parts)


def make_settings(template: str, **brand: Any) -> Settings:
    return Settings(
        newsletter=Newsletter(title="Morning Papers", public_url="https://papers.example.org"),
        sender=Sender(address="papers@example.org", postal_address="12 Example Street, Berlin"),
        brand=Brand(template=template, footer=("Made at the Lab.",), **brand),
        web=Web(archive=True),
    )


def make_edition(count: int) -> Edition:
    return Edition(day=date(2026, 8, 14), papers=tuple(map(make_ranked, range(count))))


def make_issue(
    template: str,
    count: int = 8,
    papers: tuple[Ranked, ...] | None = None,
    language: str = "en",
    **brand: Any,
) -> Issue:
    edition = make_edition(count)
    if papers is not None:
        edition = replace(edition, papers=papers)
    settings = make_settings(template, **brand)
    newsletter = replace(settings.newsletter, language=language)
    settings = replace(settings, newsletter=newsletter)
    return render(edition, settings, templates=SHIPPED, dated=NOW, salt="salt")


def read_html(issue: Issue) -> str:
    return fill(issue.html, READER, escape_html)
