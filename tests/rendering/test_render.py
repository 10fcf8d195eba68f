"""What an issue of the shipped `digest` looks like."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
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
from newsletter.settings import Brand, Newsletter, Sender, Settings, Web

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
    web=Web(archive=True),
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


def only_card(issue: Issue) -> lxml.html.HtmlElement:
    """The second paper's: the first is the lead."""
    (card,) = read_html(issue).find_class("card")
    return card


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
        public_url="https://papers.example.org",
    )


def test_a_title_without_latin_letters_still_makes_a_list_id() -> None:
    settings = replace(SETTINGS, newsletter=Newsletter(title="論文"))

    assert make_issue(make_edition(), settings).letterhead.list_id == "newsletter.example.org"


def test_a_card_says_who_when_why_and_where_to_read_on() -> None:
    issue = make_issue(make_edition(2))

    assert [node.text_content() for node in only_card(issue)] == [
        "Paper 2: A Study of Things",
        "Ada Lovelace, Alan Turing and 2 more · Analytical Society",
        ("We study things. " * 28).strip(),
        "Paper page · arXiv · PDF · Code ★ 1,204 · Project page · 3 comments",
        "14 August · 98 upvotes in 9 h",
    ]
    (mark,) = read_html(issue).find_class("mark")
    assert [node.text_content() for node in mark] == ["2", "▲\xa098"]


def test_the_lead_is_larger_and_has_its_picture() -> None:
    picture = "https://cdn.example.org/1.png"
    edition = replace(make_edition(1), papers=(make_ranked(1, image_url=picture),))

    (lead,) = read_html(make_issue(edition)).find_class("lead")

    (image,) = lead.iter("img")
    assert image.get("src") == picture
    assert (image.get("width"), image.get("height")) == ("552", "310")
    assert image.get("alt") == "Preview of Paper 1: A Study of Things"
    assert image.getparent().get("href") == "https://huggingface.co/papers/2608.00001"
    assert lead.find_class("title")[0].get("style").endswith("font-size:28px; line-height:34px")
    assert lead.find_class("standfirst")[0].text == ("We study things. " * 37).strip()
    assert [node.text_content() for node in lead.find_class("above")] == ["1\xa0\xa0▲\xa099"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://cdn.example.org/1.png",
        "https://cdn.example.org/1.webp",
        "https://cdn.example.org/1.AVIF?x=1",
        "https://cdn.example.org/1.svg",
        "https://cdn.example.org/1.mp4",
        "data:image/png;base64,AAAA",
    ],
)
def test_a_picture_that_some_client_cannot_show_is_left_out(url: str) -> None:
    edition = replace(make_edition(1), papers=(make_ranked(1, image_url=url),))

    assert list(read_html(make_issue(edition)).iter("img")) == []


def test_the_summary_comes_first_where_there_is_one() -> None:
    papers = (make_ranked(1, summary="In short."), make_ranked(2, summary="In brief."))
    page = read_html(make_issue(replace(make_edition(2), papers=papers)))
    text = read_text(make_issue(replace(make_edition(2), papers=papers)))

    assert [node.text for node in page.find_class("standfirst")] == ["In short."]
    assert [node.text for node in page.find_class("summary")] == ["In brief."]
    assert [len(node.text) for node in page.find_class("abstract")] == [628, 305]
    for summary in ("In short.", "In brief."):
        assert f"\n    {summary}\n\n    We study" in text


def test_the_title_and_every_link_lead_somewhere() -> None:
    page = read_html(make_issue(make_edition(1)))

    assert [node.get("href") for node in page.iter("a")] == [
        "https://papers.example.org/archive/2026-08-14",
        READER["unsubscribe_url"],
        "https://huggingface.co/papers/2608.00001",
        "https://huggingface.co/papers/2608.00001",
        "https://arxiv.org/abs/2608.00001",
        "https://arxiv.org/pdf/2608.00001",
        "https://github.com/example/things",
        "https://example.org/things",
        "https://huggingface.co/papers/2608.00001#community",
        READER["unsubscribe_url"],
        "https://papers.example.org/archive/2026-08-14",
    ]


def test_the_links_of_the_text_are_numbered_by_paper() -> None:
    text = read_text(make_issue(make_edition(2)))

    numbers = re.findall(r"^ {4}\[(\d\.\d)\] .{12} (https://\S+)$", text, re.MULTILINE)
    assert [number for number, _ in numbers] == [
        f"{paper}.{link}" for paper in (1, 2) for link in range(1, 7)
    ]
    assert numbers[7] == ("2.2", "https://arxiv.org/abs/2608.00002")


@pytest.mark.parametrize("template", ["digest", "compact", "spotlight"])
def test_the_ways_to_leave_and_to_look_stand_above_and_below(template: str) -> None:
    settings = replace(SETTINGS, brand=Brand(template=template, footer=("One.", "<Two>")))
    issue = make_issue(make_edition(3), settings)
    html, text = fill(issue.html, READER, escape_html), read_text(issue)

    for page, first, link in (
        (html, "<h1", 'unsubscribe/abc?a=1&amp;b=2"'),
        (text, "1. Paper", "unsubscribe/abc?a=1&b=2\n"),
    ):
        assert page.count(link) == page.count("/archive/2026-08-14") == 2
        assert page.index(link) < page.index(first) < page.rindex(link)
    assert [node.text for node in parse(issue.html).find_class("foot")[0]][1:3] == ["One.", "<Two>"]
    assert "\nOne.\n<Two>\n" in text


@pytest.mark.parametrize("settings", [Settings(), replace(SETTINGS, web=Web())])
def test_without_a_web_page_there_is_nothing_to_view_in_a_browser(settings: Settings) -> None:
    issue = make_issue(make_edition(), settings)

    assert "browser" not in fill(issue.html, READER, escape_html)
    assert "browser" not in read_text(issue)


def test_a_paper_of_which_little_is_known_has_no_empty_places() -> None:
    bare = Ranked(Paper(key="k", id=None, title="Only a Title", observed_at=NOW), 0.0, ())
    other = bare._replace(paper=replace(bare.paper, key="l"))
    for template in ("digest", "compact", "spotlight"):
        settings = replace(SETTINGS, brand=Brand(template=template))
        issue = make_issue(Edition(day=date(2026, 8, 14), papers=(bare, other)), settings)
        page = read_html(issue)

        assert len(page.findall(".//h2")) == 2
        assert page.find_class("votes") == []
        assert [node for node in page.iter("p", "div", "h2") if not node.text_content()] == []
        assert "1. Only a Title\n\n" in read_text(issue)


def test_no_votes_known_is_not_shown_as_zero_and_zero_is() -> None:
    edition = Edition(
        day=date(2026, 8, 14),
        papers=(make_ranked(1), make_ranked(2, upvotes=None), make_ranked(3, upvotes=0)),
    )

    marks = read_html(make_issue(edition)).find_class("mark")

    assert [[node.text_content() for node in mark] for mark in marks] == [["2"], ["3", "▲\xa00"]]


def test_the_address_of_the_reader_and_of_the_sender_stand_in_the_foot() -> None:
    issue = make_issue(make_edition())
    foot = read_html(issue).find_class("foot")[0].text_content()

    assert "ada@example.org" in foot
    assert "12 Example Street, Berlin" in foot
    assert "12 Example Street, Berlin" in read_text(issue)
    assert f"Unsubscribe:     {READER['unsubscribe_url']}\n" in read_text(issue)


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


@pytest.mark.parametrize("title", ["Morning Papers", "The Papers of an Institute of Renown " * 3])
def test_the_text_stays_within_72_columns_but_for_links(title: str) -> None:
    settings = replace(SETTINGS, newsletter=replace(SETTINGS.newsletter, title=title))
    lines = read_text(make_issue(make_edition(12), settings)).splitlines()

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


def test_every_token_of_the_brand_is_used() -> None:
    changed = {
        "accent": "#112212",
        "ink": "#111123",
        "quiet": "#222234",
        "line": "#ddddef",
        "paper": "#eefffe",
        "dark_accent": "#ddffde",
        "dark_ink": "#eeeefe",
        "dark_quiet": "#ccccde",
        "dark_line": "#333345",
        "dark_paper": "#001112",
    }
    others = {"font": "Verdana", "title_font": "Palatino", "width": 612, "corners": 7}
    more = {"logo": "https://a.example/logo.png", "logo_width": 123, "footer": ("At the Lab",)}
    more["logo_dark"] = "https://a.example/dark.png"
    brand = Brand(template="spotlight", **changed, **others, **more)  # type: ignore[arg-type]
    picture = make_ranked(1, image_url="https://cdn.example.org/1.png")
    edition = replace(make_edition(3), papers=(picture, *make_edition(3).papers[1:]))

    issue = make_issue(edition, replace(SETTINGS, brand=brand))
    digest = make_issue(edition, replace(SETTINGS, brand=replace(brand, template="digest")))
    html = fill((*issue.html, *digest.html), READER, str)

    shown = [
        "Verdana",
        "Palatino",
        "612px",
        "border-radius:7px",
        'src="https://a.example/logo.png"',
        'src="https://a.example/dark.png"',
    ]
    for value in [*changed.values(), *shown, 'width="123"', "At the Lab", "Also today"]:
        assert value in html, value
    known = {field.name for field in fields(Brand)}
    assert known == {*changed, *others, *more, "template"}


def test_cards_stand_on_their_own() -> None:
    """A reader may be sent any of them: the same card comes out whatever stands beside it."""
    edition = make_edition(5)
    chosen = replace(edition, papers=tuple(edition.papers[at] for at in (0, 3, 1)))

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


@pytest.mark.parametrize(
    ("template", "limit"), [("digest", 64_000), ("compact", 25_000), ("spotlight", 32_000)]
)
def test_twenty_five_papers_stay_small(template: str, limit: int) -> None:
    settings = replace(SETTINGS, brand=Brand(template=template))
    issue = make_issue(make_edition(25), settings)

    assert {card.rung for card in cards(issue)} == {"full"}
    assert len(fill(issue.html, READER, escape_html).encode()) < limit


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
