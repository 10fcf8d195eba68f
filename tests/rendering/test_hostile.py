"""Nothing from a paper can break out of its place in the email."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.checks.links import judge
from newsletter.message import escape_html, escape_nothing, fill
from newsletter.model import Card, Edition, Issue, Paper, Part, Ranked
from newsletter.rendering import render
from newsletter.rendering.attributes import attribute
from newsletter.rendering.links import safe_picture, safe_url
from newsletter.rendering.mjml import to_html
from newsletter.rendering.words import text_direction
from newsletter.settings import Brand, Settings

TEMPLATES = Path(__file__).parents[2] / "templates"
NOW = datetime(2026, 8, 14, 8, tzinfo=UTC)
READER = {
    "unsubscribe_url": "https://papers.example.org/unsubscribe/abc",
    "name": "Ada",
    "address": "ada@example.org",
}
NASTY = [
    "</td></tr></table>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "-->",
    "<!--", "<![CDATA[", "]]>", "<mj-raw>", "</mj-table>", "</mjml>", "<?xml", "<!DOCTYPE html>",
    "{{ brand }}", "{% raw %}", "&amp;", "&#0;", "&lt;b&gt;", "&nbsp", '"', "'", "`", "\\",
    "\\u{a0}", "\xa0", "\u200d", "\ufe0f", "\u0301", "\u202e", "\u2028", "\ufeff", "\x00",
    "\x1b", "\x85", "\r\n", "\t", "<EOS>", "<a href=", "style='x:expression(1)'", "=3D", "\n.\n",
    "مرحبا", "論文", "🧪",
]  # fmt: skip
hostile = st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=12)), max_size=5).map(
    lambda pieces: "".join(pieces)[:100]
)
hostile_url = st.one_of(
    hostile,
    hostile.map("https://example.org/".__add__),
    hostile.map("https://".__add__),
    hostile.map("javascript:".__add__),
    hostile.map("data:text/html,".__add__),
)


@st.composite
def papers(draw: st.DrawFn) -> Paper:
    """A paper whose every word is hostile."""
    return Paper(
        key=draw(hostile),
        id=None,
        title=draw(hostile),
        abstract=draw(hostile),
        summary=draw(hostile),
        authors=(draw(hostile)[:60],),
        organization=draw(hostile)[:60],
        observed_at=NOW,
        upvotes=1,
        comments=2,
        url=draw(hostile_url),
        arxiv_url=draw(hostile_url),
        code_url=draw(hostile_url),
        image_url=draw(hostile_url),
    )


def make_edition(*papers: Paper, why: str = "because") -> Edition:
    ranked = tuple(Ranked(paper, 1.0, (Part("votes", 1.0, why),)) for paper in papers)
    return Edition(day=date(2026, 8, 14), papers=ranked)


def make_issue(
    edition: Edition,
    config: Settings = Settings(),  # noqa: B008
    template: str = "digest",
) -> Issue:
    config = replace(config, brand=Brand(template=template))
    return render(edition, config, templates=TEMPLATES, dated=NOW, salt="salt")


def clean(text: str) -> str:
    """What a reader is to see: one line, without what XML cannot hold."""
    line = " ".join(text.split())
    return "".join(
        character
        for character in line
        if unicodedata.category(character) not in ("Cc", "Cs") and character not in "\ufffe\uffff"
    )


def read_html(issue: Issue) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(fill(issue.html, READER, escape_html))


def shape(issue: Issue) -> Counter[tuple[str, ...]]:
    """Every element with the names of its attributes; comments too."""
    return Counter((str(node.tag), *sorted(node.attrib)) for node in read_html(issue).iter())


def tame_word(text: str) -> str:
    """A harmless word in the place and of the direction of a hostile one."""
    return ("كلمة" if text_direction(text) == "rtl" else "word") if text.split() else ""


def tame(paper: Paper) -> Paper:
    """The same paper with harmless words and links in the same places."""
    words = {
        name: tame_word(getattr(paper, name))
        for name in ("title", "abstract", "summary", "organization")
    }
    author = tame_word(paper.authors[0])
    urls: dict[str, str] = {}
    for name in ("url", "arxiv_url", "code_url"):
        url = safe_url(getattr(paper, name))
        known = urls.setdefault(url, f"https://example.org/{len(urls)}") if url else ""
        words[name] = known
    words["image_url"] = "https://example.org/a.png" if safe_picture(paper.image_url) else ""
    return replace(paper, **words, authors=(author,))  # type: ignore[arg-type]


def shown(page: lxml.html.HtmlElement, *classes: str) -> list[str]:
    wanted = " or ".join(f"contains(concat(' ', @class, ' '), ' {name} ')" for name in classes)
    return [node.text_content() for node in page.xpath(f"//*[{wanted}]")]


def expected_texts(papers: list[Paper], template: str) -> list[str]:
    """Summary and abstract of each paper that is shown with them, short as they all are."""
    if template == "compact":
        return []
    with_text = papers[:1] if template == "spotlight" else papers
    texts = [text for paper in with_text for text in (paper.summary, paper.abstract)]
    return [clean(text) for text in texts if text.split()]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(papers(), min_size=2, max_size=3, unique_by=lambda paper: paper.key),
    hostile,
    st.sampled_from(["digest", "compact", "spotlight"]),
)
def test_the_html_shows_exactly_the_text_and_nothing_is_added(
    chosen: list[Paper], why: str, template: str
) -> None:
    """With ten hostile strings a paper that makes more than 1,500 of them."""
    issue = make_issue(make_edition(*chosen, why=why), template=template)
    page = read_html(issue)

    titles = [clean(paper.title) for paper in chosen]
    assert [node.text_content() for node in page.iter("h2")] == titles
    assert shown(page, "standfirst", "summary", "abstract") == expected_texts(chosen, template)
    for image in page.iter("img"):
        composed = unicodedata.normalize("NFC", f"Preview of {titles[0]}")
        assert " ".join(str(image.get("alt")).split()) == " ".join(composed.split())
        assert image.get("src") == safe_picture(chosen[0].image_url)
    quiet = "\n".join(shown(page, "quiet", "by"))
    for paper in chosen if template == "digest" else chosen[:0]:
        assert clean(paper.authors[0]) in quiet
        assert clean(paper.organization) in quiet
        assert clean(why) in quiet
    because = tame_word(why)
    tamed = make_issue(make_edition(*map(tame, chosen), why=because), template=template)
    assert shape(issue) == shape(tamed)


@settings(max_examples=60, deadline=None)
@given(papers())
def test_links_lead_where_the_paper_says_or_nowhere(paper: Paper) -> None:
    issue = make_issue(make_edition(paper))

    links = [str(node.get("href")) for node in read_html(issue).iter("a")]

    known = {safe_url(url) for url in (paper.url, paper.arxiv_url, paper.code_url)}
    known.add(safe_picture(paper.image_url) if not any(known) else "")
    assert {link.removesuffix("#community") for link in links} - {READER["unsubscribe_url"]} == (
        known - {""}
    )
    assert all(urlsplit(link).scheme.lower() in ("http", "https") for link in links)


@settings(max_examples=60, deadline=None)
@given(st.lists(papers(), min_size=1, max_size=3, unique_by=lambda paper: paper.key))
def test_slots_and_cards_survive(chosen: list[Paper]) -> None:
    issue = make_issue(make_edition(*chosen))

    for segments in (issue.html, issue.text):
        cards = [part for part in segments if isinstance(part, Card)]
        assert [card.key for card in cards] == [paper.key for paper in chosen]
        for card in cards:
            assert {slot.name for slot in card.segments if hasattr(slot, "name")} == {"rank"}
    assert {slot.name for slot in issue.html if hasattr(slot, "name")} == {
        "address",
        "unsubscribe_url",
    }


@settings(max_examples=60, deadline=None)
@given(papers())
def test_the_text_part_shows_the_same_title_unescaped(paper: Paper) -> None:
    text = fill(make_issue(make_edition(paper)).text, READER, escape_nothing)

    assert "".join(clean(paper.title).split()) in "".join(text.split())


@settings(max_examples=300, deadline=None)
@given(hostile)
def test_an_attribute_keeps_its_value_through_mrml(text: str) -> None:
    source = (
        "<mjml><mj-body><mj-section><mj-column><mj-table><tr>"
        f'<td title="{attribute(text)}">x</td>'
        "</tr></mj-table></mj-column></mj-section></mj-body></mjml>"
    )

    page = lxml.html.document_fromstring(to_html(source))

    (cell,) = (node for node in page.iter("td") if "title" in node.attrib)
    expected = " ".join(unicodedata.normalize("NFC", clean(text)).split())
    assert " ".join(str(cell.get("title")).split()) == expected
    assert set(cell.attrib) == {"title"}


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//example.org",
        "https://",
        "https://[::1",
        "https://paypal.com@evil.example/",
        "https://example.org/" + "a" * 300,
        "https://☃.example/",
        "https://я..example/",
        "https://" + "я" * 64 + ".example/",
        "",
    ],
)
def test_an_address_that_may_not_be_linked_is_dropped(url: str) -> None:
    assert safe_url(url) == ""


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://arxiv.org/abs/2608.1", "https://arxiv.org/abs/2608.1"),
        ("HTTP://example.org/a?b=c&d=%20#e", "HTTP://example.org/a?b=c&d=%20#e"),
        ('https://example.org/"<é>\\', "https://example.org/%22%3C%C3%A9%3E%5C"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://пример.рф:8443/я?a#b", "https://xn--e1afmkfd.xn--p1ai:8443/%D1%8F?a#b"),
        ("http://faß.example", "http://xn--fa-hia.example"),
    ],
)
def test_what_is_special_in_an_address_is_percent_encoded(url: str, linked: str) -> None:
    assert safe_url(url) == linked
    assert judge(linked) in ("", "http")


def test_settings_are_escaped_like_papers() -> None:
    config = Settings(
        newsletter=replace(Settings().newsletter, title='A & B <"C">', language='e"n'),
        sender=replace(Settings().sender, postal_address="<b>12 Street</b>"),
    )
    paper = Paper(key="k", id=None, title="T", observed_at=NOW)

    page = read_html(make_issue(make_edition(paper), config))

    assert page.findtext(".//h1") == 'A & B <"C">'
    assert page.get("lang") == 'e"n'
    assert "<b>12 Street</b>" in page.text_content()


def test_a_control_character_survives_no_filter(tmp_path: Path) -> None:
    """One of them would make the whole day's document unreadable."""
    copy = Path(shutil.copytree(TEMPLATES, tmp_path / "templates"))
    part = copy / "parts/title.mjml"
    part.write_text(part.read_text().replace("{{ card.title }}", "{{ card.title | escape }}"))
    edition = make_edition(Paper(key="k", id=None, title="a\x00b<\x1b", observed_at=NOW))

    issue = render(edition, Settings(), templates=copy, dated=NOW, salt="salt")

    assert read_html(issue).findtext(".//h2") == "ab<"


def test_a_nonce_cannot_be_planted() -> None:
    """A paper that names the marks of its own edition changes them by doing so."""
    paper = Paper(key="k", id=None, title="T", observed_at=NOW)
    first = make_issue(make_edition(paper))
    marks = re.compile(r"n[0-9a-f]{24}")

    assert not marks.search(fill(first.html, READER, escape_html))
    assert first == make_issue(make_edition(paper))
