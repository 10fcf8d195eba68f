"""What stops a send: an unfilled slot, a missing link to leave; never a paper's own words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from checks.defects import (
    READER,
    TEMPLATES,
    change,
    find,
    make_edition,
    put,
    read,
    render_issue,
    sound_issue,
    whats,
    without_slot,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.checks.checklist import look_over
from newsletter.checks.findings import Finding, Level, Part
from newsletter.checks.mail import read_html
from newsletter.checks.slots import leave_empty
from newsletter.checks.unsubscribe import check
from newsletter.model import Slot

BRACES = st.sampled_from(
    [
        "{{",
        "}}",
        "{%",
        "%}",
        "{",
        "\x00",
        "{{ name }}",
        "{{name}}",
        "%7B%7B",
        "name",
        "%7D%7D",
        "\n",
    ]
)
#: All that the shipped templates say, `{{ name }}` among it.
WRITTEN = "{{ name }} {{name}} " + " ".join(
    path.read_text() for path in TEMPLATES.rglob("*") if path.suffix in (".mjml", ".txt")
)
WORDS = st.lists(BRACES, min_size=1, max_size=6).map("".join)


def stops(findings: list[Finding]) -> list[str]:
    return [finding.what for finding in findings if finding.level is Level.STOP]


def test_a_slot_without_a_value_stops() -> None:
    issue = replace(sound_issue(), text=(*sound_issue().text, Slot("topics")))

    (finding,) = find(issue, "slots")

    assert finding.level is Level.STOP
    assert finding.where[0].part is Part.TEXT
    assert "'topics'" in finding.what


def test_the_rank_outside_of_a_card_stops() -> None:
    issue = replace(sound_issue(), html=(Slot("rank"), *sound_issue().html))

    assert stops(find(issue, "slots")) == ["Nothing fills the slot 'rank'"]


def test_a_forced_issue_loses_the_slots_that_nothing_fills_and_no_other() -> None:
    sound = sound_issue()
    broken = replace(sound, html=(Slot("rank"), *sound.html), text=(*sound.text, Slot("topics")))

    assert leave_empty(broken) == sound
    assert leave_empty(sound) == sound


def test_braces_in_subject_and_text_stop_with_their_place() -> None:
    issue = replace(put(sound_issue(), text="\nDear {{ name }},\n"), subject="For {{ day }}")

    subject, text = find(issue, "slots")

    assert (subject.where[0].part, text.where[0].part) == (Part.SUBJECT, Part.TEXT)
    lines = (read(issue).text or "").splitlines()
    assert lines[text.where[0].line - 1] == "Dear {{ name }},"


@settings(max_examples=50, deadline=None)  # each is a whole email
@given(title=WORDS, abstract=WORDS)
def test_what_a_paper_says_never_stops_the_day(title: str, abstract: str) -> None:
    url = f"https://a.example/{title}"
    edition = make_edition(2, title=f"On {title}", abstract=f"Of {abstract}", url=url)

    findings = look_over(read(render_issue(edition), edition, WRITTEN))

    assert stops(list(findings)) == []


@pytest.mark.parametrize("part", ["html", "text"])
def test_a_missing_link_to_leave_stops(part: str) -> None:
    sound = sound_issue()
    issue = replace(sound, **{part: without_slot(getattr(sound, part), "unsubscribe_url")})

    (finding,) = find(issue, "unsubscribe")

    assert finding.level is Level.STOP
    assert finding.where[0].part == part


def test_a_hidden_link_to_leave_is_none() -> None:
    issue = put(sound_issue(), "<style>a { display: none }</style>")

    assert whats(issue, "unsubscribe") == {"No link to unsubscribe can be seen in the HTML part"}


def test_a_link_to_leave_without_words_is_none() -> None:
    issue = change(sound_issue(), ">Unsubscribe<", "> <")

    assert len(whats(issue, "unsubscribe")) == 1


def test_a_sound_issue_has_its_link() -> None:
    assert READER["unsubscribe_url"] in read(sound_issue()).page.html
    assert find(sound_issue(), "unsubscribe") == []


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<a href='https://a.example/unsubscribe/abc'>Abmelden</a>", True),
        ("<a href='https://a.example/abc'>Unsubscribe here</a>", True),
        ("<a href='https://a.example/abc'>Read on</a>", False),
        ("<a href='https://a.example/unsubscribe' style='display:none'>x</a>", False),
    ],
)
def test_in_a_file_a_link_that_speaks_of_leaving_counts(html: str, found: bool) -> None:
    assert (list(check(read_html(html))) == []) is found
