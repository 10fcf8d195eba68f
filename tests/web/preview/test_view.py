"""A view and its address say the same."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from newsletter.web.preview.view import (
    LOOKS,
    NARROWEST,
    SHOWN,
    WIDEST,
    View,
    Wish,
    change,
    read_view,
    write_view,
)

words = st.text(max_size=20)
names = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
wishes = st.builds(
    Wish,
    day=st.none() | st.dates(),
    template=words,
    sample=words,
    reader=words,
    brand=st.dictionaries(names, words, max_size=3).map(lambda pairs: tuple(pairs.items())),
)
views = st.builds(
    View,
    wish=wishes,
    show=st.sampled_from(SHOWN),
    look=st.sampled_from(LOOKS),
    width=st.integers(NARROWEST, WIDEST),
    images=st.booleans(),
    before=st.none() | st.integers(0, 10**9),
    split=st.integers(0, 100),
    panel=words,
    place=words,
    mail=words,
)


def read(address: str) -> View:
    return read_view(parse_qsl(address, keep_blank_values=True))


@given(views)
def test_every_view_comes_back_from_its_address(view: View) -> None:
    assert read(write_view(view)) == view


def test_the_usual_view_has_the_shortest_address() -> None:
    assert write_view(View()) == ""


@given(st.dictionaries(st.sampled_from([each.name for each in fields(View)]), words))
def test_an_address_that_makes_no_sense_still_shows_something(query: dict[str, str]) -> None:
    view = read_view(query.items())

    assert view.show in SHOWN
    assert view.look in LOOKS
    assert NARROWEST <= view.width <= WIDEST


def test_numbers_are_kept_within_what_can_be_shown() -> None:
    assert read("width=1").width == NARROWEST
    assert read("width=99999").width == WIDEST
    assert read("width=%D9%A3").width == View().width
    assert read("split=101").split == 100


def test_a_field_of_the_wish_is_changed_like_any_other() -> None:
    changed = change(View(look="dark"), {"day": date(2026, 8, 14), "width": 390})

    assert write_view(changed) == "day=2026-08-14&width=390&look=dark"
