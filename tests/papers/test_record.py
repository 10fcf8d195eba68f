"""One record from outside: what is taken from it, and what is told of a bad one."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.model import Paper
from newsletter.papers.record import TITLE_LIMIT, Unfit, listed_at, read_record, to_paper

NOW = datetime(2026, 8, 14, 8, tzinfo=UTC)
HORIZON = NOW + timedelta(days=1)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def item(**fields: Any) -> dict[str, Any]:
    """An item as the API gives it; fields the API has outside of `paper` go there."""
    outside = {"numComments", "thumbnail"}
    paper = {"id": "2608.13489", "title": "A paper", "upvotes": 23, **fields}
    return {
        "paper": {name: value for name, value in paper.items() if name not in outside},
        **{name: value for name, value in paper.items() if name in outside},
    }


def paper_of(record: dict[str, Any]) -> Paper:
    checked = read_record(record, horizon=HORIZON)
    return to_paper(checked, key=checked.key, listed_on=None, listed_at=None, observed_at=NOW)


def complaint(record: Any) -> str:
    with pytest.raises(Unfit) as caught:
        paper_of(record)
    return str(caught.value)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"title": None}, "paper.title: is null, not text"),
        ({"title": 7}, "paper.title: is the number 7, not text"),
        ({"title": " \n "}, "paper.title: is empty"),
        ({"title": "\0"}, "title: is the text '\\x00', which leaves nothing to print"),
        ({"upvotes": -5}, "paper.upvotes: is the number -5, below zero"),
        ({"upvotes": "87"}, "paper.upvotes: is the text '87', not a whole number"),
        ({"upvotes": "1,234"}, "paper.upvotes: is the text '1,234', not a whole number"),
        ({"upvotes": 8.5}, "paper.upvotes: is the number 8.5, not a whole number"),
        ({"upvotes": True}, "paper.upvotes: is true, not a whole number"),
        ({"upvotes": float("nan")}, "paper.upvotes: is the number nan, not a whole number"),
        ({"upvotes": 10**30}, "paper.upvotes: is the number 1e+30, beyond all reason"),
        ({"numComments": "two"}, "numComments: is the text 'two', not a whole number"),
        ({"authors": "Ada"}, "paper.authors: is the text 'Ada', not a list"),
        ({"authors": [1]}, "paper.authors.0: is the number 1, not an object"),
        ({"authors": [{"hidden": False}]}, "paper.authors.0.name: is missing"),
        ({"summary": {}}, "paper.summary: is an object, not text"),
        (
            {"publishedAt": "yesterday"},
            "paper.publishedAt: is the text 'yesterday', not a date such as 2026-08-14",
        ),
        (
            {"publishedAt": 20260813},
            "paper.publishedAt: is the number 20260813, not a date such as 2026-08-14",
        ),
        (
            {"publishedAt": "0001-01-01T00+14"},
            "paper.publishedAt: is the text '0001-01-01T00+14', not a date such as 2026-08-14",
        ),
        ({"publishedAt": "2026-08-16"}, "paper.publishedAt: lies in the future: 2026-08-16"),
        (
            {"submittedOnDailyAt": "2099-01-01"},
            "paper.submittedOnDailyAt: lies in the future: 2099-01-01",
        ),
    ],
)
def test_a_bad_field_is_named_with_what_is_wrong_with_it(fields: dict[str, Any], told: str) -> None:
    assert complaint(item(**fields)) == told


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (1, "record: is the number 1, not an object"),
        (None, "record: is null, not an object"),
        ([], "record: is a list, not an object"),
        ({"paper": 1}, "paper: is the number 1, not an object"),
        ({"paper": {"id": "2608.13489"}}, "title: is missing"),
        ({}, "title: is missing"),
        (
            {"title": "A", "published": 7},
            "published: is the number 7, not a date such as 2026-08-14",
        ),
        ({"title": "A", "comments": -1}, "comments: is the number -1, below zero"),
        (ValueError("line 3, column 9: oops"), "record: is not JSON: line 3, column 9: oops"),
    ],
)
def test_what_is_no_record_is_told_in_words(found: Any, told: str) -> None:
    assert complaint(found) == told


@given(JSON)
def test_no_json_value_gives_anything_but_a_paper_or_a_complaint(value: Any) -> None:
    for record in (value, {"paper": value}, {"title": "A paper", "id": value, "upvotes": value}):
        with suppress(Unfit):
            paper_of(record)


@given(st.sampled_from(["id", "title", "upvotes", "authors", "githubRepo", "ai_keywords"]), JSON)
def test_a_paper_keeps_its_promises_whatever_a_field_holds(field: str, value: Any) -> None:
    try:
        paper = paper_of(item(**{field: value}))
    except Unfit:
        return
    assert paper.title.split(" ") == paper.title.split()
    assert paper.title.encode("utf-8").decode() == paper.title
    assert len(paper.title) <= TITLE_LIMIT
    assert paper.upvotes is None or paper.upvotes >= 0
    assert paper.code_url == "" or paper.code_url.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2401.10020", "2401.10020"),
        ("2401.10020v2", "2401.10020"),
        ("arXiv:2401.10020v12", "2401.10020"),
        ("cs/0112017", "cs/0112017"),
        ("math.GT/0309136v1", "math.GT/0309136"),
        (" 2401.10020 ", "2401.10020"),
        ("my-own_id.7", "my-own_id.7"),
    ],
)
def test_an_id_stays_text_and_loses_only_its_version(written: str, read: str) -> None:
    assert paper_of(item(id=written)).id == read


@pytest.mark.parametrize(
    "written",
    ["", "a b", "../etc", "x?y", "x#y", "x%2e", "a//b", "/a", "<b>", "a\nb", "é", "x" * 201],
)
def test_an_id_that_cannot_stand_in_a_web_address_is_refused(written: str) -> None:
    assert complaint(item(id=written)).endswith("which cannot stand in a web address")


@pytest.mark.parametrize("written", [2401.10020, 7, True])
def test_an_id_that_came_as_a_number_is_refused_as_its_end_may_be_lost(written: Any) -> None:
    assert "write it as text" in complaint(item(id=written))


def test_without_an_id_the_key_is_a_hash_of_the_folded_title() -> None:
    one = paper_of({"title": "Attention  Is\n All You Need"})
    other = paper_of({"title": "ATTENTION is all you need"})
    assert one.id is None
    assert one.key == other.key == "title-" + one.key.removeprefix("title-")
    assert paper_of({"title": "Attention is not all you need"}).key != one.key


def test_titles_without_letters_still_have_keys_of_their_own() -> None:
    assert paper_of({"title": "???"}).key != paper_of({"title": "!!!"}).key


def test_web_addresses_are_made_from_an_arxiv_id() -> None:
    paper = paper_of(item(id="2401.10020v3"))
    assert paper.url == "https://huggingface.co/papers/2401.10020"
    assert paper.arxiv_url == "https://arxiv.org/abs/2401.10020"
    assert paper.pdf_url == "https://arxiv.org/pdf/2401.10020"


def test_another_id_leads_nowhere() -> None:
    paper = paper_of(item(id="internal-7"))
    assert (paper.url, paper.arxiv_url, paper.pdf_url) == ("", "", "")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://github.com/a/b?c=d#e", "https://github.com/a/b?c=d#e"),
        ("http://example.org", "http://example.org"),
        (" https://example.org/a", "https://example.org/a"),
        ("https://example.org/\nname", "https://example.org/name"),
        ("javascript:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("data:text/html,<script>", ""),
        ("//example.org", ""),
        ("https://", ""),
        ("https://example.org/a b", ""),
        ('https://example.org/"><script>', ""),
        ("https://example.org/\u202egnp", ""),
        ("https://example.org/" + "a" * 2000, ""),
        (7, ""),
        (None, ""),
    ],
)
def test_only_http_and_https_addresses_are_kept(written: Any, kept: str) -> None:
    assert paper_of(item(githubRepo=written)).code_url == kept


def test_ornaments_of_a_wrong_type_cost_nobody_the_paper() -> None:
    paper = paper_of(
        item(ai_summary=1, ai_keywords={"a": 1}, organization=7, thumbnail=[], projectPage={})
    )
    assert (paper.summary, paper.keywords, paper.organization) == ("", (), "")
    assert (paper.image_url, paper.project_url) == ("", "")


def test_unknown_fields_are_ignored() -> None:
    assert paper_of(item(githubRepoAddedBy="user", brandNew={"a": [1]})).title == "A paper"


def test_missing_votes_are_none_which_is_not_zero() -> None:
    assert paper_of({"title": "A paper"}).upvotes is None
    assert paper_of(item(upvotes=None)).upvotes is None
    assert paper_of(item(upvotes=0)).upvotes == 0


def test_a_search_result_is_read_flat_or_wrapped() -> None:
    flat = {"id": "2608.13489", "title": "A paper", "upvotes": 3, "publishedAt": "2026-08-13"}
    assert paper_of(flat) == paper_of({"paper": flat})
    assert paper_of(flat).published_on == date(2026, 8, 13)


def test_the_seed_listing_s_own_names_are_read() -> None:
    paper = paper_of(
        {
            "title": "A paper",
            "abstract": "What it says.",
            "published": "2024-05-29",
            "comments": 2,
            "authors_count": 3,
            "organization": {"name": "baidu", "fullname": "BAIDU"},
        }
    )
    assert paper.abstract == "What it says."
    assert (paper.comments, paper.author_count, paper.authors) == (2, 3, ())
    assert (paper.published_on, paper.organization) == (date(2024, 5, 29), "BAIDU")


def test_hidden_authors_are_counted_but_not_named() -> None:
    authors = [{"name": "Ada", "hidden": False}, {"name": "Bob", "hidden": True}, {"name": "Cy"}]
    paper = paper_of(item(authors=authors))
    assert paper.authors == ("Ada", "Cy")
    assert paper.author_count == 3


def test_a_very_long_title_is_kept_but_shortened() -> None:
    paper = paper_of(item(title="word " * 1000))
    assert 250 < len(paper.title) <= TITLE_LIMIT
    assert paper.title.startswith("word word")


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("Hello\r\nBcc: everyone@example.org", "Hello Bcc: everyone@example.org"),
        ("Two\n  lines", "Two lines"),
        ('{% include "x" %}', '{% include "x" %}'),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("Nul\0l", "Null"),
        ("\u202eReversed\u202c", "Reversed"),
        ("A <EOS> token", "A <EOS> token"),
    ],
)
def test_what_could_break_out_of_a_title_is_text_on_one_line(title: str, read: str) -> None:
    assert paper_of(item(title=title)).title == read


def test_template_syntax_in_a_title_is_never_worked_out() -> None:
    # Cleaning may take its braces for LaTeX's.
    assert "7*7" in paper_of(item(title="{{7*7}}")).title


def test_half_a_surrogate_pair_does_not_reach_the_wire() -> None:
    paper = paper_of(item(title="Broken \ud83d emoji", authors=[{"name": "A\udc00da"}]))
    assert "Broken" in paper.title.encode("utf-8").decode()
    assert paper.authors[0].encode("utf-8")


def test_the_listing_moment_is_the_source_s_where_it_has_a_time_of_day() -> None:
    day = date(2025, 6, 3)
    record = read_record(item(submittedOnDailyAt="2025-06-03T03:09:30.655Z"), horizon=HORIZON)
    assert listed_at(record, day) == datetime(2025, 6, 3, 3, 9, 30, 655000, tzinfo=UTC)


def test_the_listing_moment_is_midnight_where_the_source_names_only_the_day() -> None:
    day = date(2026, 8, 14)
    record = read_record(item(submittedOnDailyAt="2026-08-14T00:00:00.000Z"), horizon=HORIZON)
    assert listed_at(record, day) == datetime(2026, 8, 14, tzinfo=UTC)
    assert listed_at(record, None) is None
