"""The shipped templates have nothing to be told of, whatever the day and the language."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import emails
from newsletter.checks import contrast, language
from newsletter.checks.findings import Level
from newsletter.checks.mail import Mail, read_issue
from newsletter.rendering import render

HEBREW = {"authors": ("דוד כהן", "Ada Lovelace"), "author_count": 2, "organization": ""}
ARABIC = {"authors": ("Ada Lovelace",), "author_count": 1, "organization": "الجامعة"}


def read(template: str, papers: Any, said: str = "en", title: str = "Morning Papers") -> Mail:
    settings = emails.make_settings(template)
    named = replace(settings.newsletter, language=said, title=title)
    edition = replace(emails.make_edition(1), papers=tuple(papers))
    issue = render(
        edition,
        replace(settings, newsletter=named),
        templates=emails.SHIPPED,
        dated=emails.NOW,
        salt="salt",
    )
    return read_issue(issue, edition, emails.READER, language=said)


@pytest.mark.parametrize("template", emails.TEMPLATES)
@pytest.mark.parametrize("changes", [{}, HEBREW, ARABIC])
@pytest.mark.parametrize(("said", "title"), [("en", "Papers"), ("ar", "أوراق اليوم"), ("ar", "P")])
def test_every_text_runs_the_way_it_is_written(
    template: str, changes: Any, said: str, title: str
) -> None:
    papers = [emails.make_ranked(number, **changes) for number in range(4)]

    found = list(language.check(read(template, papers, said, title)))

    assert found == []


@pytest.mark.parametrize("template", emails.TEMPLATES)
def test_that_papers_were_left_out_can_be_read_in_any_light(template: str) -> None:
    papers = [emails.make_ranked(n, title="𝔸" * 500, key=f"k{n}") for n in range(100)]

    mail = read(template, papers)

    assert "did not fit into one email" in mail.page.words
    assert [one for one in contrast.check(mail) if one.level is Level.WARNING] == []
