"""The words around the papers: short, countable, English."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.model import Edition, Paper, Ranked
from newsletter.papers.text import shorten
from newsletter.rendering.cards import describe
from newsletter.rendering.lines import columns, wrap
from newsletter.rendering.words import (
    authors,
    brief,
    long_day,
    opening,
    short_day,
    text_direction,
)

NOW = datetime(2026, 8, 14, 8, tzinfo=UTC)


def make_edition(*titles: str, upvotes: int | None = 61) -> Edition:
    papers = [
        Paper(
            key=str(number),
            id=None,
            title=title,
            abstract="We study things.",
            observed_at=NOW,
            upvotes=upvotes,
        )
        for number, title in enumerate(titles)
    ]
    return Edition(day=date(2026, 8, 14), papers=tuple(Ranked(p, 1.0, ()) for p in papers))


@pytest.mark.parametrize(
    ("names", "count", "expected"),
    [
        ((), 0, ""),
        ((), 1, "1 author"),
        ((), 1204, "1,204 authors"),
        (("A. One",), 1, "A. One"),
        (("A. One", "B. Two"), 2, "A. One and B. Two"),
        (("A. One", "B. Two", "C. Three"), 3, "A. One, B. Two and C. Three"),
        (("A. One", "B. Two", "C. Three", "D. Four"), 4, "A. One, B. Two and 2 more"),
        (("A. One",), 3, "A. One and 2 more"),
        (("A. One", "B. Two", "C. Three"), 14, "A. One, B. Two and 12 more"),
        (("A. One", " ", "B.\nTwo"), 0, "A. One and B. Two"),
    ],
)
def test_authors_are_cut_with_a_count(names: tuple[str, ...], count: int, expected: str) -> None:
    assert authors(names, count) == expected


def test_days_are_written_out() -> None:
    day = date(2026, 8, 14)

    assert long_day(day) == "Friday, 14 August 2026"
    assert short_day(day, day) == "14 August"
    assert short_day(date(2025, 12, 31), day) == "31 December 2025"


@pytest.mark.parametrize(
    ("title", "length", "expected"),
    [
        ("Short: Enough", 20, "Short: Enough"),
        ("OpenART: Scaling Agent Red Teaming", 20, "OpenART"),
        ("AI: Scaling Agent Red Teaming", 20, "AI: Scaling Agent…"),
        ("A Name as Long as a Title Itself: Why", 20, "A Name as Long as a…"),
    ],
)
def test_a_title_that_is_too_long_gives_its_name(title: str, length: int, expected: str) -> None:
    assert brief(title, length) == expected


@given(st.text(min_size=1, max_size=300), st.integers(4, 100))
def test_a_brief_title_keeps_its_length(title: str, length: int) -> None:
    assert len(brief(title, length)) <= length


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A study", "ltr"),
        ("دراسة GPT-4", "rtl"),
        ("GPT-4 دراسة", "ltr"),
        ("42 — שלום", "rtl"),
        ("大規模言語", "ltr"),
        ("123", "ltr"),
        ("", "ltr"),
    ],
)
def test_the_first_letter_decides_the_direction(text: str, expected: str) -> None:
    assert text_direction(text) == expected


def test_the_opening_line_counts_and_names_the_lead() -> None:
    assert opening(make_edition("One", "Two")) == "2 papers, led by One, with 61 upvotes."
    assert opening(make_edition("One", upvotes=None)) == "One paper today: One."
    assert opening(make_edition("One", upvotes=1)) == "One paper today: One, with 1 upvote."
    assert opening(make_edition("Is It?", "Two", upvotes=0)) == "2 papers, led by Is It?."
    assert opening(make_edition("Name: " + "word " * 20, "Two", upvotes=0)) == (
        "2 papers, led by Name."
    )


def test_the_same_address_is_linked_once() -> None:
    address = "https://arxiv.org/abs/1"
    paper = Paper(
        key="k", id=None, title="T", observed_at=NOW, url=address, arxiv_url=address, comments=1
    )

    card = describe(Ranked(paper, 1.0, ()), rung="full", rank="1", today=date(2026, 8, 14))

    assert [(link.text, link.url) for link in card.links] == [
        ("Paper page", address),
        ("1 comment", address),
    ]


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [
        ("Short.", 6, "Short."),
        ("One. Three four five.", 16, "One. Three four…"),
        ("One two three. Four five.", 20, "One two three."),
        ("Is it? So it is, they say.", 10, "Is it?"),
        ("Small models, e.g. Tiny ones, are good enough.", 30, "Small models, e.g. Tiny ones…"),
        ("As shown by Doe et al. Further work is needed.", 31, "As shown by Doe et al. Further…"),
        ("See Fig. 2 for the results of the work.", 15, "See Fig. 2 for…"),
        ("論文を読む。今日の論文はこれです。", 10, "論文を読む。"),
        ("論" * 30, 10, "論" * 9 + "…"),
        ("e" + "\u0301" * 30, 10, "…"),
        ("abcdefghi e\u0301\u0301xyz", 12, "abcdefghi…"),
    ],
)
def test_text_ends_at_a_sentence_or_a_word(text: str, length: int, expected: str) -> None:
    assert shorten(text, length) == expected


@given(st.text(), st.integers(1, 200))
def test_a_shortened_text_is_a_beginning_of_it(text: str, length: int) -> None:
    cut = shorten(text, length)

    assert len(cut) <= length
    assert text.startswith(cut.removesuffix("…")) or cut == text


@given(st.text(alphabet="ab \u0301\ufe0f\u200d", min_size=12), st.integers(2, 10))
def test_no_accent_is_cut_from_its_letter(text: str, length: int) -> None:
    cut = shorten(text, length)

    if cut.endswith("…") and cut != "…":
        rest = text[len(cut) - 1 :].lstrip(" ")
        assert not rest or text[len(cut) - 1] == " " or not unicodedata.combining(rest[0])


def test_lines_are_indented_but_the_first() -> None:
    wrapped = wrap("word " * 30, 3)

    first, *others = wrapped.splitlines()
    assert first.startswith("word")
    assert all(line.startswith("   word") and len(line) <= 72 for line in others)
    assert len("   " + first) <= 72


def test_a_long_link_is_not_broken() -> None:
    link = "https://example.org/" + "a-" * 60

    assert link in wrap(f"see {link} there")


@pytest.mark.parametrize(
    "text",
    [
        "大規模言語モデルの研究" * 20,
        "GPT-4 による大規模言語モデルの研究、それに「引用」。" * 9,
        "한국어 문장입니다. " * 20,
        "🧑‍🔬👩🏽‍🚀 " * 60,
        "e\u0301" * 10 + " word" * 40,
        "دراسة في نماذج اللغة " * 12,
    ],
)
def test_lines_are_measured_in_columns_of_the_terminal(text: str) -> None:
    lines = wrap(text, 4).splitlines()

    assert len(lines) > 1
    assert max(columns(line) for line in ["    " + lines[0], *lines[1:]]) <= 72
    assert min(columns(line) for line in lines[:-1]) > 50
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_no_line_begins_with_what_ends_a_clause() -> None:
    for start in range(12):
        lines = wrap("x" * start + "研究、それに「引用」。" * 20).splitlines()
        assert not [line for line in lines if line.lstrip()[0] in "、。」"]
        assert not [line for line in lines if line[-1] == "「"]


@given(st.text(max_size=300), st.integers(0, 8))
def test_wrapping_changes_nothing_but_the_white_space(text: str, indent: int) -> None:
    assert "".join(wrap(text, indent).split()) == "".join(text.split())
