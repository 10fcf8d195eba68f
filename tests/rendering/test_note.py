"""The editor's note in the email."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import make
from newsletter.message import escape_html, escape_nothing, fill
from newsletter.model import Edition, Issue, Steering
from newsletter.rendering import render
from newsletter.rendering.note import read_note
from newsletter.settings import Settings

TEMPLATES = Path(__file__).parents[2] / "templates"
READER = {"unsubscribe_url": "https://e.org/u", "name": "", "address": "ada@example.org"}
ALLOWED = {"p", "a", "em", "strong", "code", "ul", "ol", "li", "blockquote", "br", "div"}


def issue(**steering: str) -> Issue:
    edition = Edition(day=date(2026, 8, 14), papers=(make.ranked(),), steering=Steering(**steering))
    return render(
        edition,
        Settings(),
        templates=TEMPLATES,
        dated=datetime(2026, 8, 14, 8, tzinfo=UTC),
        salt="salt",
    )


def html_of(note: str) -> lxml.html.HtmlElement | None:
    page = lxml.html.document_fromstring(fill(issue(note=note).html, READER, escape_html))
    found = page.find_class("note")
    return found[0] if found else None


def text_of(note: str) -> str:
    return fill(issue(note=note).text, READER, escape_nothing)


def test_a_note_stands_above_the_papers_in_both_parts() -> None:
    note = "Good **morning**, [read this](https://lab.example/a?b=1&c=2).\n\n- one\n- two"

    block = html_of(note)
    assert block is not None
    said = [" ".join(node.text_content().split()) for node in block.iter("p", "li")]
    assert said == ["Good morning, read this.", "one", "two"]
    assert [link.get("href") for link in block.iter("a")] == ["https://lab.example/a?b=1&c=2"]
    assert [node.tag for node in block.iter("strong", "ul", "li")] == ["strong", "ul", "li", "li"]
    text = text_of(note)
    assert "[read this](https://lab.example/a?b=1&c=2)" in text
    assert text.index("- two") < text.index("1. Paper 2608.00001")


def test_without_a_note_there_is_no_block_and_no_gap() -> None:
    assert html_of("") is None
    assert "\n\n\n\n\n" not in text_of("")


def test_an_editors_subject_stands_as_it_is_written() -> None:
    subject = "A subject that is quite a bit longer than sixty characters, on purpose"

    assert issue(subject=subject).subject == subject
    assert issue().subject.startswith("Paper 2608.00001")


@pytest.mark.parametrize(
    "note",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>)",
        "[x]( vbscript:a )",
        "![x](https://tracker.example/pixel.gif)",
        '[x](https://e.org "onmouseover=alert(1)")',
        "<https://e.org/\"onclick='a'>",
        "[x][y]\n\n[y]: javascript:alert(1)",
        "</div></td></tr></table><h1>Out</h1>",
        "<!-- --><mj-raw>x</mj-raw>",
        "```html\n<b>x</b>\n```",
        "{{ unsubscribe_url }} {% raw %}",
        "a\u00a0b  \nc &nbsp; &copy; \u202e \x0b\x00 \ud7ff",
    ],
)
def test_nothing_in_a_note_breaks_out(note: str) -> None:
    block = html_of(note)

    assert block is not None
    assert {node.tag for node in block.iter()} <= ALLOWED
    for link in block.iter("a"):
        assert (link.get("href") or "https://").startswith(("http://", "https://"))
        assert not any(name.startswith("on") for name in link.attrib)


@settings(max_examples=60, deadline=None)
@given(
    st.text(
        alphabet=st.sampled_from([*"<>\"'&[](){}!#*_`\\-+1.\n ahtps:/%;\u00a0\u2028é"]), max_size=80
    )
)
def test_any_note_can_be_sent_and_holds_allowed_elements_only(note: str) -> None:
    html = str(read_note(note).html)

    assert set(re.findall(r"<(\w+)", html)) <= ALLOWED
    block = html_of(note)
    assert block is None or {node.tag for node in block.iter()} <= ALLOWED


def test_headings_and_pictures_are_shown_as_they_were_written() -> None:
    assert str(read_note("# Hello").html) == "<p># Hello</p>"
    assert read_note("Hello\n---").html.startswith("<p>Hello")
