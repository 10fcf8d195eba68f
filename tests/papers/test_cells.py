"""Values as people write them: read where there is one reading, refused where there are two."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.papers import cells


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-08-14", "2026-08-14T00:00:00+00:00"),
        ("2026-08-14T05:00:00Z", "2026-08-14T05:00:00+00:00"),
        ("2026-08-14 05:00", "2026-08-14T05:00:00+00:00"),
        ("2026-08-14T22:00:00-05:00", "2026-08-14T22:00:00-05:00"),
        ("2026-08-14 05:00 +05:30", "2026-08-14T05:00:00+05:30"),
        ("Fri, 14 Aug 2026 05:00:00 GMT", "2026-08-14T05:00:00+00:00"),
        ("Fri, 14 Aug 2026 05:00:00 +0200", "2026-08-14T05:00:00+02:00"),
        ("14 Aug 2026", "2026-08-14T00:00:00+00:00"),
        ("August 14, 2026", "2026-08-14T00:00:00+00:00"),
        ("2026/08/14", "2026-08-14T00:00:00+00:00"),
        ("14.08.2026", "2026-08-14T00:00:00+00:00"),
        ("8/14/2026", "2026-08-14T00:00:00+00:00"),
        ("04/04/2026", "2026-04-04T00:00:00+00:00"),
        ("", None),
        ("n/a", None),
        (float("nan"), None),
        (None, None),
    ],
)
def test_a_date_is_read_in_any_form_and_zone_that_has_one_meaning(
    written: Any, read: str | None
) -> None:
    assert cells.read_moment(written) == read


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("03/04/2026", "which may be 2026-03-04 or 2026-04-03"),
        ("26/08/14", "no date with a year of four digits"),
        ("Aug 2026", "lacks its day, month or year"),
        ("2026", "lacks its day, month or year"),
        ("2026-08-14 05:00 CST", "not a date"),
        ("2026-13-01", "not a date"),
        ("1755129600", "not a date"),
        ("yesterday", "no date"),
    ],
)
def test_a_date_that_can_be_read_in_two_ways_or_none_is_refused(written: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        cells.read_moment(written)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("87", 87),
        ("1,234", 1234),
        ("1 234", 1234),
        ("1\u202f234\u202f567", 1234567),
        ("1'234", 1234),
        ("87.0", 87),
        (87.0, 87),
        (Decimal("87.00"), 87),
        (Decimal(10) ** 37, 10**37),
        (Decimal("87.5"), Decimal("87.5")),
        (float("inf"), float("inf")),
        ("-5", -5),
        ("", None),
        ("N/A", None),
        (float("nan"), None),
        ("1.234", "1.234"),  # a German thousand, or a bit more than one
        ("1,23", "1,23"),
        ("87.5", "87.5"),
        ("many", "many"),
    ],
)
def test_a_count_may_have_separators_and_anything_else_stays_for_the_check(
    written: Any, read: Any
) -> None:
    assert cells.read_count(written) == read


@given(st.integers(min_value=0, max_value=2**40), st.sampled_from([",", " ", "'", "\u00a0", "_"]))
def test_a_number_grouped_by_thousands_is_the_number(number: int, separator: str) -> None:
    assert cells.read_count(f"{number:,}".replace(",", separator)) == number


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://arxiv.org/abs/2608.01234v2", "2608.01234"),
        ("http://arxiv.org/pdf/2608.01234v1.pdf", "2608.01234"),
        ("https://huggingface.co/papers/2608.01234", "2608.01234"),
        ("10.48550/arXiv.2608.01234", "2608.01234"),
        ("oai:arXiv.org:2608.01234v1", "2608.01234"),
        ("arXiv: 2608.01234v1", "2608.01234"),
        ("https://arxiv.org/abs/cs/0112017v1", "cs/0112017"),
        ("0704.0001", "0704.0001"),
        (" internal-7 ", "internal-7"),
    ],
)
def test_an_arxiv_id_is_found_in_what_people_paste(written: str, read: str) -> None:
    assert cells.read_id(written) == read


@pytest.mark.parametrize("written", ["2401.1002", "2608.1", "1501.0001"])
def test_an_id_that_a_spreadsheet_took_for_a_number_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="lost a zero"):
        cells.read_id(written)


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Ada Lovelace; Bob B", ["Ada Lovelace", "Bob B"]),
        ("Lovelace, Ada; B, Bob", ["Lovelace, Ada", "B, Bob"]),
        ("Ada, Bob, and Cy", ["Ada", "Bob", "Cy"]),
        ("Lovelace, Ada", ["Lovelace, Ada"]),
        ("Knuth, Donald E.", ["Knuth, Donald E."]),
        ("van Rossum, Guido", ["van Rossum, Guido"]),
        ("Gauss, Carl Friedrich", ["Gauss, Carl Friedrich"]),
        ("Tolkien, J. R. R.", ["Tolkien, J. R. R."]),
        ("Le Cun, Y.", ["Le Cun, Y."]),
        ("Lovelace, Ada and Babbage, Charles", ["Lovelace, Ada", "Babbage, Charles"]),
        ("Garcia Marquez, Gabriel and B, Bob", ["Garcia Marquez, Gabriel", "B, Bob"]),
        ("DeepSeek-AI, Daya Guo", ["DeepSeek-AI", "Daya Guo"]),
        ("OpenAI, Meta AI", ["OpenAI", "Meta AI"]),
        ("OpenAI, Ada Lovelace and Bob B", ["OpenAI", "Ada Lovelace", "Bob B"]),
        ("Gemini Team, Google", ["Gemini Team", "Google"]),
        ("Ada Lovelace, Madonna", ["Ada Lovelace", "Madonna"]),
        ("Ada,", ["Ada"]),
        ("Ada, , Bob", ["Ada", "Bob"]),
        ("Lovelace, Ada,", ["Lovelace, Ada"]),
        ("Lovelace, Ada;", ["Lovelace, Ada"]),
        (",", []),
        ("Ada Lovelace, Bob B", ["Ada Lovelace", "Bob B"]),
        ("Ada Lovelace, Bob B and Cy", ["Ada Lovelace", "Bob B", "Cy"]),
        ("Ada and Bob", ["Ada", "Bob"]),
        ("Alexander Anderson", ["Alexander Anderson"]),
        ('["Ada", "Bob, Jr."]', ["Ada", "Bob, Jr."]),
        (["Ada", {"name": "Bob"}], ["Ada", "Bob"]),
    ],
)
def test_authors_are_a_list_or_text_with_separators(written: Any, names: list[str]) -> None:
    assert [author["name"] for author in cells.read_people(written)] == names


@given(st.none() | st.booleans() | st.floats() | st.text() | st.lists(st.text()))
def test_no_cell_gives_anything_but_a_value_or_a_complaint(value: Any) -> None:
    readers = (
        cells.read_text, cells.read_id, cells.read_count, cells.read_aside, cells.read_moment,
        cells.read_people, cells.read_words,
    )  # fmt: skip
    for read in readers:
        with suppress(ValueError):
            read(value)
