"""Text and HTML are held beside each other, both ways."""

from __future__ import annotations

from dataclasses import replace

import pytest
from checks.defects import change, find, put, read, sound_issue, whats

from newsletter.checks.findings import Part
from newsletter.model import Literal


def told(html: str = "", text: str = "") -> list[str]:
    return sorted(whats(put(sound_issue(), html, text), "twin"))


@pytest.mark.parametrize(
    ("html", "text", "said"),
    [
        ("<p>Words that stand in the HTML alone</p>", "", "does not say what the HTML says"),
        ("<h2>Only Here</h2>", "", "does not say what the HTML says"),
        ("", "\nWords that stand in the text alone\n", "says what the HTML does not"),
        ("<p><a href='https://b.example/1'>Words</a></p>", "", "HTML is missing in the text"),
        ("", "\nhttps://b.example/1\n", "text part is missing in the HTML"),
        ("", "\n<p>x</p>\n", "HTML stands in the text part"),
        ("", "\nQ&amp;A\n", "HTML stands in the text part"),
        ("", "\n" + "ab " * 1 + "x" * 80 + "\n", "longer than 78 columns"),
    ],
)
def test_what_one_part_lacks_is_told(html: str, text: str, said: str) -> None:
    (what,) = told(html, text)

    assert said in what


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>The same words <b>in both</b> parts</p>", "\nThe same words\n   in both parts\n"),
        ("<h2>Only Here</h2>", "\nONLY HERE\n"),
        ("<p><a href='https://b.example/1'>Words</a></p>", "\nWords: https://b.example/1.\n"),
        ("<p><a href='https://b.example/1'>Words</a></p>", "\n[1] https://b.example/1\n"),
        ("<p>Read <i>a &lt;b&gt; c</i></p>", "\nRead a <b> c\n"),
        ("", "\nhttps://b.example/" + "x" * 80 + "\n<p>x</p>"[:0]),
        ("<p>One two</p>", ""),
    ],
)
def test_the_same_in_another_shape_is_the_same(html: str, text: str) -> None:
    assert [what for what in told(html, text) if "missing in the HTML" not in what] == []


def test_places_are_lines_of_the_text_and_elements_of_the_html() -> None:
    issue = put(
        sound_issue(),
        "<p>Words that stand in the HTML alone</p>",
        "\nA line that is here alone too\n",
    )

    html, text = find(issue, "twin")

    assert html.where[0].element.startswith("(//p)[")
    lines = (read(issue).text or "").splitlines()
    assert text.where[0].part is Part.TEXT
    assert lines[text.where[0].line - 1] == "A line that is here alone too"


def test_an_empty_text_part_is_told() -> None:
    (finding,) = find(replace(sound_issue(), text=(Literal(" \n"),)), "twin")

    assert finding.what == "The text part is empty"


def test_a_title_that_the_text_lacks_is_told_for_its_card() -> None:
    issue = change(sound_issue(), "Paper 2: A Study", "Paper 2: Another Study")

    (finding, *_) = find(issue, "twin")

    assert "Paper 2: Another Study" in str(finding.where[0])
