"""Whatever the brand's colours are, text in them can be read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.colours import READABLE, contrast, find_unreadable, make_readable, readable
from newsletter.settings import Brand

colours = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [("#000000", "#ffffff", 21), ("#777777", "#777777", 1), ("#767676", "#ffffff", 4.54)],
)
def test_contrast_is_that_of_wcag(first: str, second: str, ratio: float) -> None:
    assert contrast(first, second) == pytest.approx(ratio, abs=0.01)
    assert contrast(second, first) == contrast(first, second)


@given(colours, colours)
def test_every_colour_has_a_readable_shade_on_every_background(colour: str, paper: str) -> None:
    assert contrast(readable(colour, paper), paper) >= READABLE


@given(colours, colours)
def test_a_colour_that_can_be_read_is_left_alone(colour: str, paper: str) -> None:
    if contrast(colour, paper) >= READABLE:
        assert readable(colour, paper) == colour


def test_a_shade_keeps_its_hue() -> None:
    assert readable("#ffd400", "#ffffff") == "#8c7500"
    assert readable("#330066", "#1c1b19") == "#9479af"


def test_the_shipped_colours_need_no_help() -> None:
    assert make_readable(Brand()) == Brand()
    assert list(find_unreadable(Brand())) == []


@given(st.lists(colours, min_size=10, max_size=10))
def test_a_brand_that_is_not_refused_is_readable(chosen: list[str]) -> None:
    names = [f"{prefix}{name}" for prefix in ("", "dark_") for name in NAMES]
    brand = replace(Brand(), **dict(zip(names, chosen, strict=True)))
    made = make_readable(brand)

    for prefix in ("", "dark_"):
        for name in ("accent", "ink", "quiet"):
            pair = getattr(made, prefix + name), getattr(made, f"{prefix}paper")
            assert contrast(*pair) >= READABLE


NAMES = ("accent", "ink", "quiet", "line", "paper")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"paper": "#808080"}, "brand.paper: #808080 is neither light nor dark"),
        ({"dark_paper": "#777777"}, "brand.dark_paper: #777777 is neither light nor dark"),
        ({"dark_paper": "#fafafa"}, "brand.dark_paper: #fafafa is light; dark mode needs a dark"),
        ({"accent": "#fffdf0"}, "brand.accent: #fffdf0 cannot be told from brand.paper #fffdf9"),
        ({"dark_ink": "#1c1b20"}, "brand.dark_ink: #1c1b20 cannot be told from brand.dark_paper"),
    ],
)
def test_a_colour_that_cannot_work_is_refused_in_words(changes: dict[str, str], said: str) -> None:
    told = list(find_unreadable(replace(Brand(), **changes)))  # type: ignore[arg-type]

    assert [line.startswith(said) for line in told].count(True) == 1
