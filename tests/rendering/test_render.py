"""What an issue of the shipped `digest` looks like."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import lxml.html
import pytest

import recorded
from newsletter.message import escape_html, escape_nothing, fill
from newsletter.model import (
    Card,
    Edition,
    Issue,
    Letterhead,
    Literal,
    Paper,
    Part,
    Ranked,
    Segment,
    Slot,
)
from newsletter.rendering import render
from newsletter.settings import Brand, Newsletter, Sender, Settings

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
NOW = datetime(2026, 8, 14, 8, tzinfo=UTC)
READER = {
    "unsubscribe_url": "https://papers.example.org/unsubscribe/abc?a=1&b=2",
    "name": "Ada",
    "address": "ada@example.org",
}
SETTINGS = Settings(
    newsletter=Newsletter(title="Morning Papers", public_url="https://papers.example.org"),
    sender=Sender(address="papers@example.org", postal_address="12 Example Street, Berlin"),
)


def make_ranked(number: int, **changes: object) -> Ranked:
    paper = Paper(
        key=f"2608.{number:05}",
        id=f"2608.{number:05}",
        title=f"Paper {number}: A Study of Things",
        abstract="We study things. " * 100,
        authors=("Ada Lovelace", "Alan Turing", "Grace Hopper", "Emmy Noether"),
        author_count=4,
        organization="Analytical Society",
        listed_on=date(2026, 8, 14),
        observed_at=NOW,
        upvotes=100 - number,
        comments=3,
        stars=1204,
        url=f"https://huggingface.co/papers/2608.{number:05}",
        arxiv_url=f"https://arxiv.org/abs/2608.{number:05}",
        pdf_url=f"https://arxiv.org/pdf/2608.{number:05}",
        code_url="https://github.com/example/things",
        project_url="https://example.org/things",
    )
    parts = (Part("upvotes", 4.0, f"{100 - number} upvotes"), Part("recency", -1.0, "in 9 h"))
    return Ranked(replace(paper, **changes), 3.0, parts)  # type: ignore[arg-type]


def make_edition(count: int = 3) -> Edition:
    papers = tuple(make_ranked(number) for number in range(1, count + 1))
    return Edition(day=date(2026, 8, 14), papers=papers)


def make_issue(edition: Edition, settings: Settings = SETTINGS) -> Issue:
    return render(edition, settings, templates=TEMPLATES, dated=NOW, salt="salt")


def read_html(issue: Issue) -> lxml.html.HtmlElement:
    return parse(issue.html)


def parse(segments: Iterable[Segment]) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(fill(segments, READER, escape_html))


def read_text(issue: Issue) -> str:
    return fill(issue.text, READER, escape_nothing)


def cards(issue: Issue) -> list[Card]:
    return [part for part in issue.html if isinstance(part, Card)]


def test_the_issue_carries_the_day_the_sender_and_what_the_caller_gives() -> None:
    issue = make_issue(make_edition())

    assert (issue.day, issue.dated, issue.salt) == (date(2026, 8, 14), NOW, "salt")
    assert issue.letterhead == Letterhead(
        sender_address="papers@example.org",
        sender_name="Morning Papers",
        reply_to="",
        list_id="morning-papers.example.org",
        list_name="Morning Papers",
        public_url="https://papers.example.org",
    )


def test_a_title_without_latin_letters_still_makes_a_list_id() -> None:
    settings = replace(SETTINGS, newsletter=Newsletter(title="論文"))

    assert make_issue(make_edition(), settings).letterhead.list_id == "newsletter.example.org"


def test_a_card_says_who_when_why_and_where_to_read_on() -> None:
    page = read_html(make_issue(make_edition(1)))

    assert [node.text_content() for node in page.find_class("card")[0]] == [
        "Paper 1: A Study of Things",
        "Ada Lovelace, Alan Turing and 2 more · Analytical Society",
        ("We study things. " * 28).strip(),
        "Paper page · arXiv · PDF · Code ★ 1,204 · Project page · 3 comments",
        "14 August · 99 upvotes in 9 h",
    ]
    assert [node.text_content() for node in page.find_class("mark")[0]] == ["1", "▲\xa099"]


def test_the_title_and_every_link_lead_somewhere() -> None:
    page = read_html(make_issue(make_edition(1)))

    assert [node.get("href") for node in page.iter("a")] == [
        "https://huggingface.co/papers/2608.00001",
        "https://huggingface.co/papers/2608.00001",
        "https://arxiv.org/abs/2608.00001",
        "https://arxiv.org/pdf/2608.00001",
        "https://github.com/example/things",
        "https://example.org/things",
        "https://huggingface.co/papers/2608.00001#community",
        READER["unsubscribe_url"],
    ]


def test_a_paper_of_which_little_is_known_has_no_empty_places() -> None:
    bare = Paper(key="k", id=None, title="Only a Title", observed_at=NOW)
    edition = Edition(day=date(2026, 8, 14), papers=(Ranked(bare, 0.0, ()),))
    issue = make_issue(edition)
    page = read_html(issue)

    assert [node.tag for node in page.find_class("card")[0]] == ["h2"]
    assert page.find_class("votes") == []
    assert "1. Only a Title\n\n" in read_text(issue)


def test_no_votes_known_is_not_shown_as_zero_and_zero_is() -> None:
    edition = Edition(
        day=date(2026, 8, 14),
        papers=(make_ranked(1, upvotes=None), make_ranked(2, upvotes=0)),
    )

    marks = read_html(make_issue(edition)).find_class("mark")

    assert [[node.text_content() for node in mark] for mark in marks] == [["1"], ["2", "▲\xa00"]]


def test_the_address_of_the_reader_and_of_the_sender_stand_in_the_foot() -> None:
    issue = make_issue(make_edition())
    foot = read_html(issue).find_class("foot")[0].text_content()

    assert "ada@example.org" in foot
    assert "12 Example Street, Berlin" in foot
    assert "12 Example Street, Berlin" in read_text(issue)
    assert f"Unsubscribe: {READER['unsubscribe_url']}\n" in read_text(issue)


def test_the_text_says_the_same_as_the_html() -> None:
    edition = make_edition(12)
    issue = make_issue(edition)
    html, text = read_html(issue).text_content(), " ".join(read_text(issue).split())

    for ranked in edition.papers:
        assert ranked.paper.title in html
        assert ranked.paper.title in text
    assert "Friday, 14 August 2026" in html
    assert "Friday, 14 August 2026" in text
    assert "&" not in text.replace(READER["unsubscribe_url"], "")


def test_the_text_stays_within_72_columns_but_for_links() -> None:
    lines = read_text(make_issue(make_edition(12))).splitlines()

    assert [line for line in lines if len(line) > 72 and "://" not in line] == []


def test_a_screen_reader_finds_its_way() -> None:
    page = read_html(make_issue(make_edition(3)))

    assert (page.get("lang"), page.get("dir")) == ("en", "ltr")
    assert page.findtext(".//title") == "Paper 1: A Study of Things and 2 more"
    assert len(page.findall(".//h1")) == 1
    assert len(page.findall(".//h2")) == 3
    assert {table.get("role") for table in page.iter("table")} == {"presentation"}
    assert page.find_class("votes")[0].get("aria-label") == "99 upvotes"


def test_a_language_written_from_the_right_is_set_so() -> None:
    settings = replace(SETTINGS, newsletter=Newsletter(language="ar-EG"))

    assert read_html(make_issue(make_edition(), settings)).get("dir") == "rtl"


def test_no_text_is_smaller_than_14_pixels() -> None:
    page = read_html(make_issue(make_edition(3)))

    assert [text for text, size in shown_texts(page.find("body"), "") if size < 14] == []


def shown_texts(node: lxml.html.HtmlElement, font: str) -> Iterator[tuple[str, float]]:
    """Every visible text with its size in pixels, as inherited."""
    if not isinstance(node.tag, str) or node.get("class") == "preheader":
        return
    font = find_size(str(node.get("style", ""))) or font
    texts = [node.text or "", *(child.tail or "" for child in node)]
    yield from ((text, float(font)) for text in texts if text.strip())
    for child in node:
        yield from shown_texts(child, font)


def find_size(style: str) -> str:
    found = re.search(r"font(?:-size)?:(?:\d+ )?(\d+)px", style)
    return found[1] if found else ""


@pytest.mark.parametrize("dark", [False, True])
def test_the_default_colours_can_be_read(dark: bool) -> None:
    """WCAG 2.2, 1.4.3: a contrast of 4.5 to 1."""
    brand, prefix = Brand(), "dark_" if dark else ""
    paper = getattr(brand, f"{prefix}paper")

    for name in ("accent", "ink", "quiet"):
        assert contrast(getattr(brand, f"{prefix}{name}"), paper) >= 4.5


def contrast(first: str, second: str) -> float:
    darker, lighter = sorted(map(luminance, (first, second)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(part * c for part, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_every_token_of_the_brand_is_used() -> None:
    brand = Brand(
        accent="#000001",
        ink="#000002",
        quiet="#000003",
        line="#000004",
        paper="#000005",
        dark_accent="#000006",
        dark_ink="#000007",
        dark_quiet="#000008",
        dark_line="#000009",
        dark_paper="#00000a",
        font="Verdana",
        title_font="Palatino",
        width=612,
    )

    html = fill(make_issue(make_edition(), replace(SETTINGS, brand=brand)).html, READER, str)

    for value in [*(f"#00000{digit}" for digit in "123456789a"), "Verdana", "Palatino", "612px"]:
        assert value in html


def test_cards_stand_on_their_own() -> None:
    """A reader may be sent any of them: the same card comes out whatever stands beside it."""
    edition = make_edition(5)
    chosen = replace(edition, papers=(edition.papers[3], edition.papers[1]))

    for part in ("html", "text"):
        whole = {c.key: c for c in getattr(make_issue(edition), part) if isinstance(c, Card)}
        for card in getattr(make_issue(chosen), part):
            assert not isinstance(card, Card) or card == whole[card.key]


def test_cards_can_be_chosen_and_joined() -> None:
    issue = make_issue(make_edition(5))
    chosen = [c for c in issue.html if not isinstance(c, Card) or c.key.endswith(("2", "4"))]
    text = [c for c in issue.text if not isinstance(c, Card) or c.key.endswith(("2", "4"))]
    page = parse(chosen)

    assert [node.text for node in page.find_class("rank")] == ["1", "2"]
    assert len(page.findall(".//h2")) == 2
    assert "\n\n\n2. Paper 4: A Study of Things\n" in fill(text, READER, escape_nothing)


def test_cards_lie_between_one_head_and_one_foot() -> None:
    issue = make_issue(make_edition(4))

    for segments in (issue.html, issue.text):
        kinds = "".join("C" if isinstance(part, Card) else "." for part in segments)
        assert kinds.strip(".") == "CCCC"
        assert kinds.startswith(".")
        assert kinds.endswith(".")


def test_only_known_slots_are_left_and_no_mark() -> None:
    issue = make_issue(make_edition())
    slots = {part.name for part in (*issue.html, *issue.text) if isinstance(part, Slot)}
    literals = [part.text for part in issue.html if isinstance(part, Literal)]

    assert slots == {"address", "unsubscribe_url"}
    assert all("<!--n" not in literal for literal in literals)
    assert all(literals)


def test_twenty_five_papers_stay_under_60_kilobytes() -> None:
    issue = make_issue(make_edition(25))

    assert {card.rung for card in cards(issue)} == {"full"}
    assert len(fill(issue.html, READER, escape_html).encode()) < 60_000


def test_the_phone_and_the_dark_are_provided_for() -> None:
    html = fill(make_issue(make_edition()).html, READER, escape_html)

    assert html.startswith("<!DOCTYPE html>")
    assert "@media (prefers-color-scheme: dark)" in html
    assert "@media (max-width: 480px)" in html
    assert "!important" in html
    assert "[data-ogsc] .title a" in html
    assert "<!--[if mso" in html
    assert "fonts.googleapis" not in html


@recorded.needs_recorded
def test_real_papers_of_a_day_are_rendered_whole() -> None:
    path = recorded.FOLDER / "daily_papers" / "2026-08-14_seen_20260814T0847Z.json"
    items = [item["paper"] for item in json.loads(path.read_text())]
    ranked = tuple(
        make_ranked(number, key=item["id"], title=item["title"], abstract=item["summary"])
        for number, item in enumerate(items)
    )

    page = read_html(make_issue(Edition(day=date(2026, 8, 14), papers=ranked)))

    titles = [" ".join(item["title"].split()) for item in items]
    assert [node.text_content() for node in page.iter("h2")] == titles
