"""Colours as WCAG measures them, and the look of an element as CSS makes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.checks.colours import Colour, find_colour
from newsletter.checks.contrast import check
from newsletter.checks.looks import Look, Mode
from newsletter.checks.mail import read_html
from newsletter.checks.page import Page

colours = st.builds(Colour, *[st.integers(0, 255).map(lambda part: part / 255)] * 3)


def look(html: str, *, dark: bool = False) -> Look:
    """How the element with the id x looks."""
    page = Page(f"<html><body>{html}</body></html>")
    return page.looks(Mode.DARK if dark else Mode.LIGHT)[page.root.get_element_by_id("x")]


@given(text=colours, ground=colours)
def test_the_colour_that_is_proposed_reads(text: Colour, ground: Colour) -> None:
    def told(colour: str) -> list[str]:
        html = f"<p style='color:{colour};background:{ground}'>Words</p>"
        return [finding.do for finding in check(read_html(html)) if "is needed" in finding.what]

    for do in told(str(text)):
        assert told(do.removeprefix("Take another text colour, such as ").rstrip(".")) == []


def test_a_contrast_is_never_rounded_up_to_what_is_needed() -> None:
    page = read_html("<p style='color:#777777'>Words</p>")

    (what,) = (finding.what for finding in check(page) if "is needed" in finding.what)

    assert what == "In the light, #777777 on #ffffff has a contrast of 4.47: 4.5 is needed"


@pytest.mark.parametrize(
    ("value", "colour"),
    [
        ("red", "#ff0000"),
        ("url(x.png) no-repeat rgb(0 128 0)", "#008000"),
        ("hsl(240 100% 50%)", "#0000ff"),
        ("inherit", None),
        ("", None),
    ],
)
def test_colours_are_found_in_values(value: str, colour: str | None) -> None:
    found = find_colour(value)

    assert (None if found is None else str(found)) == colour


@pytest.mark.parametrize(
    "html",
    [
        "<p id=x style='color:#112233'>t</p>",
        "<p style='color:#112233'><b id=x>t</b></p>",
        "<style>p { color: #112233 }</style><p id=x>t</p>",
        "<style>p { color: #112233 } #x { color: red } </style><p id=x style='color:#112233'>t</p>",
        "<style>#x { color: #112233 } p { color: red }</style><p id=x>t</p>",
        "<style>p { color: #112233 !important }</style><p id=x style='color:red'>t</p>",
        "<style>.a, p { color: red } p { color: #112233 }</style><p id=x>t</p>",
        "<style>@media (max-width:480px) { p { color: red } } p { color: #112233 }</style><p id=x>",
        "<style>p::first-line, p:hover { color: red } p { color: #112233 }</style><p id=x>",
        "<style media='print'>p { color: red }</style><p id=x style='color:#112233'>t</p>",
        "<p style='color:#112233'><a href='x' id=x style='color:inherit'>t</a></p>",
        "<font color='#112233'><b id=x>t</b></font>",
    ],
)
def test_the_winning_rule_gives_the_colour(html: str) -> None:
    assert str(look(html).colour) == "#112233"


@pytest.mark.parametrize(
    ("html", "ground"),
    [
        ("<p id=x>t</p>", "#ffffff"),
        ("<table bgcolor='#112233'><tr><td id=x>t</td></tr></table>", "#112233"),
        ("<div style='background:#112233'><p id=x>t</p></div>", "#112233"),
        ("<div style='background:#000000'><p id=x style='background:#ffffff80'></div>", "#808080"),
        ("<div style='background:#112233'><p id=x style='background:none'></div>", "#112233"),
    ],
)
def test_the_nearest_ground_that_covers_is_the_ground(html: str, ground: str) -> None:
    assert str(look(html).ground) == ground


@pytest.mark.parametrize(
    ("html", "size", "bold"),
    [
        ("<p id=x>t</p>", 16, False),
        ("<h1 id=x>t</h1>", 32, True),
        ("<p id=x style='font:600 34px/40px Georgia'>t</p>", 34, True),
        ("<b><span id=x style='font:20px/26px Georgia'>t</span></b>", 20, False),
        ("<div style='font-size:20px'><p id=x style='font-size:1.5em'>t</p></div>", 30, False),
        ("<div style='font-size:20px'><p id=x style='font-size:150%'>t</p></div>", 30, False),
        ("<p id=x style='font-size:12pt;font-weight:bold'>t</p>", 16, True),
        ("<p id=x style='font-size:small'>t</p>", 13, False),
        ("<div style='font-size:0'><p id=x>t</p></div>", 0, False),
    ],
)
def test_sizes_and_weights(html: str, size: float, bold: bool) -> None:
    found = look(html)

    assert (found.size, found.bold) == (size, bold)


@pytest.mark.parametrize(
    "style",
    ["display:none", "visibility:hidden", "opacity:0", "max-height:0; overflow:hidden"],
)
def test_hidden_ways_are_known(style: str) -> None:
    assert look(f"<div style='{style}'><p id=x>t</p></div>").hidden
    assert not look(
        "<div style='opacity:1; max-height:9px; overflow:hidden'><p id=x>t</p></div>"
    ).hidden


def test_the_dark_has_its_own_rules_and_canvas() -> None:
    html = (
        "<meta name='color-scheme' content='light dark'><style>@media (prefers-color-scheme:dark) "
        "{ p { color: #ffeedd !important } }</style><p id=x style='color:#112233'>t</p>"
    )

    assert str(look(html).colour) == "#112233"
    assert str(look(html, dark=True).colour) == "#ffeedd"
    assert str(look(html, dark=True).ground) == "#121212"


@pytest.mark.parametrize("mark", ["[data-ogsc] ", "[data-ogsb] "])
def test_outlook_s_own_dark_is_judged_by_the_rules_written_for_it(mark: str) -> None:
    rule = "color: #333333" if "ogsc" in mark else "background: #eeeeee"
    page = read_html(
        f"<style>{mark}.x {{ {rule} !important }} .x {{ color: #000000; background: #ffffff }}"
        "</style><p class='x' style='color:#111111'>Words</p><p style='color:#111111'>Fine</p>"
    )

    (told,) = (finding for finding in check(page) if "is needed" in finding.what)

    assert told.what.startswith("In Outlook.com's dark, ")
    assert [place.words for place in told.where] == ["“Words”"]


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<p style='opacity:.5'>Words</p>", "#808080 on #ffffff"),
        ("<div style='opacity:50%'><p>Words</p></div>", "#808080 on #ffffff"),
        ("<div style='opacity:.8'><p style='opacity:.5'>Words</p></div>", "#999999 on #ffffff"),
        ("<p style='opacity:.5;background:#000;color:#fff'>Words</p>", "#ffffff on #808080"),
    ],
)
def test_what_shows_through_makes_text_faint(html: str, said: str) -> None:
    (told,) = (finding.what for finding in check(read_html(html)) if "is needed" in finding.what)

    assert said in told


def test_large_text_needs_less() -> None:
    faint = "color:#949494;background:#ffffff"

    def warnings(style: str) -> int:
        page = read_html(f"<p style='{faint};{style}'>Words</p>")
        return sum("is needed" in finding.what for finding in check(page))

    assert warnings("font-size:16px") == 1
    assert warnings("font-size:24px") == 0
    assert warnings("font-size:19px;font-weight:700") == 0


def test_text_on_a_picture_and_ornaments_are_not_judged() -> None:
    html = (
        "<div style='background-image:url(x.png)'><p style='color:#ffffff'>Words</p></div>"
        "<p style='color:#eeeeee'>·</p>"
    )

    assert not [finding for finding in check(read_html(html)) if "is needed" in finding.what]


def test_how_a_page_looks_is_worked_out_once() -> None:
    page = Page("<p>x</p>")

    assert all(page.looks(mode) is page.looks(mode) for mode in Mode)
