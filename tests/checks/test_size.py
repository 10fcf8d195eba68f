"""A clipped email is stopped, a large one is told, and what weighs most is named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from checks.defects import find, make_edition, put, read, render_issue, sound_issue

from newsletter.checks.findings import Level
from newsletter.checks.mail import read_html
from newsletter.checks.size import COMFORT, STYLE_LIMIT, check, weigh
from newsletter.rendering.fitting import LIMIT, measure


def grow(to: int, piece: str = "x") -> str:
    """A piece of HTML that brings the sound issue to so many bytes, both ways."""
    missing = to - max(measure(sound_issue().html))
    return "<!--" + piece * (missing // len(piece) + 1) + "-->"


@pytest.mark.parametrize(
    ("to", "level"),
    [(LIMIT, Level.STOP), (COMFORT, Level.WARNING), (COMFORT - 9_000, Level.NOTE)],
)
def test_the_larger_the_worse(to: int, level: Level) -> None:
    (finding,) = find(put(sound_issue(), grow(to)), "size")

    assert finding.level is level


def test_what_grows_only_on_the_wire_counts_too() -> None:
    """An umlaut has two bytes, and six in quoted-printable."""
    issue = put(sound_issue(), "<p>" + "ü" * 20_000 + "</p>")

    (finding,) = find(issue, "size")

    assert measure(issue.html).html < COMFORT
    assert finding.level is Level.STOP


def test_the_heaviest_cards_are_named_with_their_place() -> None:
    edition = make_edition(12)
    heavy = replace(
        edition.papers[4].paper, title="The Heavy One", project_url=f"https://a.example/{'x' * 250}"
    )
    papers = (*edition.papers[:4], edition.papers[4]._replace(paper=heavy), *edition.papers[5:])
    edition = replace(edition, papers=papers)
    mail = read(render_issue(edition), edition)

    (finding,) = check(mail)

    assert finding.where[0].words.startswith("the card “The Heavy One”, ")
    (element,) = mail.page.root.xpath(finding.where[0].element)
    assert element.text_content() == "The Heavy One"


def test_of_a_file_the_heaviest_kinds_are_named() -> None:
    (finding,) = check(read_html("<p style='color:#000000'>" + "word " * 500 + "</p>"))

    assert finding.where[0].words.startswith("words: 2,499 bytes")


def test_the_kinds_sum_to_the_whole() -> None:
    mail = read(sound_issue())

    assert sum(weight for _, weight in weigh(mail)) == mail.size.html


def test_style_sheets_that_gmail_drops_are_told() -> None:
    rules = ".x { color: #000000 }\n" * (STYLE_LIMIT // 20)

    findings = find(put(sound_issue(), f"<style>{rules}</style>"), "size")

    assert any("Gmail drops" in finding.what for finding in findings)
