"""Which column is what: by its name, by the settings, and never by likeness alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from newsletter.papers.columns import FIELDS, arrange, fold

DOCUMENT = Path(__file__).parents[2] / "docs" / "sources.md"


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("arxiv_id", "id"),
        ("arXiv ID", "id"),
        ("Title", "title"),
        ("abstract", "abstract"),
        ("summary", "abstract"),
        ("votes", "upvotes"),
        ("Likes", "upvotes"),
        ("score", "upvotes"),
        ("published", "published"),
        ("Publication Date", "published"),
        ("url", "url"),
        ("Link", "url"),
        ("tags", "keywords"),
        ("numComments", "comments"),
    ],
)
def test_the_usual_names_are_known_in_any_spelling(column: str, field: str) -> None:
    assert arrange((column,)).taken == ((field, column),)


def test_an_abstract_leaves_summary_to_the_one_line_summary() -> None:
    assert dict(arrange(("summary", "abstract")).taken) == {
        "abstract": "abstract",
        "summary": "summary",
    }


def test_of_two_names_for_one_thing_the_better_known_is_taken() -> None:
    columns = arrange(("score", "upvotes", "title"))
    assert dict(columns.taken)["upvotes"] == "upvotes"
    assert columns.unused == ("score",)


def test_the_settings_go_before_any_name() -> None:
    columns = arrange(("title", "headline", "score"), (("title", "headline"), ("stars", "score")))
    assert dict(columns.taken) == {"title": "headline", "stars": "score"}
    assert columns.unused == ("title",)


def test_a_column_that_only_resembles_a_known_one_is_a_hint_and_not_taken() -> None:
    columns = arrange(("Name of the Paper Title", "Num Likes", "Notes"))
    assert columns.taken == ()
    assert dict(columns.hints) == {"title": "Name of the Paper Title", "upvotes": "Num Likes"}
    assert 'such as title = "Name of the Paper Title"' in columns.complaint


def test_a_mapped_column_that_is_not_there_is_named_with_those_that_are() -> None:
    columns = arrange(("Title", "Votes"), (("upvotes", "Likes"),))
    assert columns.complaint == (
        "has no column 'Likes', which papers.columns names for upvotes;"
        " its columns are 'Title', 'Votes'"
    )


def test_no_name_is_claimed_by_two_fields_but_summary() -> None:
    names = [name for field in FIELDS.values() for name in field.names]
    assert {name for name in names if names.count(name) > 1} == {"summary"}
    assert all(fold(name) == name for name in names)


def test_every_field_and_name_is_documented() -> None:
    text = DOCUMENT.read_text().partition("## Columns")[2]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", text, re.MULTILINE)
    documented = {
        field: {fold(name) for name in [field, *re.findall(r"`(.*?)`", names)]}
        for field, names in rows
    }
    assert documented == {field: {fold(field), *known.names} for field, known in FIELDS.items()}
