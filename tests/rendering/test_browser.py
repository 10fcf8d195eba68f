"""The email as Chromium shows it: accessible, and set properly at every width."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import emails
from newsletter.checks.colours import find_colour
from newsletter.colours import READABLE, contrast

#: An email is no web page: the client has the landmarks.
OFF = ("region", "landmark-one-main", "bypass")
FIGURE = emails.ROOT / "docs" / "figure.svg"


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def open_page(browser: Any, path: Path, width: int, scheme: str = "light") -> Any:
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab.route(
        re.compile("^https?://"),
        lambda route: route.fulfill(path=FIGURE, content_type="image/svg+xml"),
    )
    tab.goto(path.as_uri())
    return tab


@pytest.mark.parametrize("width", [640, 375])
def test_axe_finds_nothing(browser: Any, page: Path, scheme: str, width: int) -> None:
    sync_playwright = pytest.importorskip("axe_playwright_python.sync_playwright")
    rules = {rule: {"enabled": False} for rule in OFF} | {"target-size": {"enabled": True}}
    tab = open_page(browser, page, width, scheme)

    found = sync_playwright.Axe().run(tab, options={"rules": rules}).response

    tab.close()
    told = [(v["id"], [node["html"][:120] for node in v["nodes"]]) for v in found["violations"]]
    assert told == []
    assert "color-contrast" in {rule["id"] for rule in found["passes"]}


@pytest.mark.parametrize("width", [320, 375, 480, 640, 1000])
def test_nothing_is_wider_than_the_screen(browser: Any, page: Path, width: int) -> None:
    tab = open_page(browser, page, width)

    needed = tab.evaluate("document.documentElement.scrollWidth")

    tab.close()
    assert needed <= width


def test_a_word_longer_than_a_line_is_broken(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "long.html"
    edition = emails.make_edition(2)
    papers = tuple(
        ranked._replace(paper=replace(ranked.paper, title="x" * 190, abstract="y" * 400))
        for ranked in edition.papers
    )
    path.write_text(emails.read_html(emails.make_issue("digest", papers=papers)))
    tab = open_page(browser, path, 375)

    needed = tab.evaluate("document.documentElement.scrollWidth")

    tab.close()
    assert needed <= 375


def test_what_is_written_from_the_right_is_set_to_the_right(browser: Any, page: Path) -> None:
    tab = open_page(browser, page, 640)

    found = tab.evaluate(
        "[...document.querySelectorAll('h2')].map(h => [h.innerText.trim(), h.dir,"
        " getComputedStyle(h).textAlign])"
    )

    tab.close()
    sides = {title: (direction, side) for title, direction, side in found}
    assert sides[emails.TITLES[0]][0] == "ltr"
    assert sides[emails.TITLES[0]][1] in ("left", "start")
    assert sides[emails.TITLES[1]] == ("rtl", "right")
    assert sides[emails.TITLES[2]][0] == "ltr"


@pytest.mark.parametrize(("language", "side"), [("en", "left"), ("ar", "right")])
@pytest.mark.parametrize("template", emails.TEMPLATES)
def test_makers_and_our_own_words_stand_where_lines_begin(
    browser: Any, tmp_path: Path, template: str, language: str, side: str
) -> None:
    path = tmp_path / "page.html"
    makers = {"authors": ("דוד כהן",), "author_count": 1, "organization": "الجامعة"}
    papers = tuple(emails.make_ranked(number, **makers) for number in range(3))
    path.write_text(emails.read_html(emails.make_issue(template, papers=papers, language=language)))
    tab = open_page(browser, path, 640)

    found = tab.evaluate(
        """[...document.querySelectorAll(".by, .opening, .quiet, p.links")]
            .filter(one => !one.matches("td.links"))
            .map(one => [one, getComputedStyle(one)])
            .map(([one, look]) => [one.innerText, look.textAlign.replace("-webkit-", "")
                .replace("start", look.direction == "ltr" ? "left" : "right")])"""
    )

    tab.close()
    assert {words for words, at in found if at != side} == set()
    assert len(found) > 6


def test_on_a_phone_every_link_is_large_enough_for_a_thumb(browser: Any, page: Path) -> None:
    """WCAG 2.2, 2.5.5: 44 pixels."""
    tab = open_page(browser, page, 375)

    heights = tab.evaluate(
        "[...document.querySelectorAll('a')].filter(a => a.getClientRects().length)"
        ".filter(a => !a.querySelector('img')).map(a => a.getBoundingClientRect().height)"
    )

    tab.close()
    assert min(heights) >= 44


def test_a_day_in_compact_takes_two_screens_of_a_phone(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "compact.html"
    title = "A Title of the Length that Most Papers Have Today: and a Tail for What It Is"
    papers = tuple(
        emails.make_ranked(number, title=title, upvotes=180 - number) for number in range(25)
    )
    path.write_text(emails.read_html(emails.make_issue("compact", papers=papers)))
    tab = open_page(browser, path, 390)

    needed = tab.evaluate("document.querySelector('.sheet').getBoundingClientRect().height")
    sizes = tab.evaluate(
        "[...document.querySelectorAll('h2, a, p, .number, .votes')]"
        ".map(e => parseFloat(getComputedStyle(e).fontSize))"
    )

    tab.close()
    assert needed <= 2 * 844
    assert min(sizes) >= 14


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_of_two_logos_one_is_shown_and_read(browser: Any, tmp_path: Path, scheme: str) -> None:
    path = tmp_path / "logo.html"
    logos = {"logo": "https://a.example/day.png", "logo_dark": "https://a.example/night.png"}
    path.write_text(emails.read_html(emails.make_issue("digest", **logos)))
    tab = open_page(browser, path, 640, scheme)

    shown = tab.evaluate(
        "[...document.querySelectorAll('h1 img')].filter(i => i.getClientRects().length)"
        ".map(i => [i.src, i.alt])"
    )
    # As Outlook.com marks it, whatever the system says.
    tab.emulate_media(color_scheme="light")
    tab.evaluate("document.documentElement.setAttribute('data-ogsc', '')")
    marked = tab.evaluate(
        "[...document.querySelectorAll('h1 img')].filter(i => i.getClientRects().length)"
        ".map(i => i.src)"
    )

    tab.close()
    assert shown == [[logos["logo" if scheme == "light" else "logo_dark"], "Morning Papers"]]
    assert marked == [logos["logo_dark"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("template", ["digest", "spotlight"])
def test_without_pictures_their_words_stand_in_for_them_and_are_read(
    browser: Any, tmp_path: Path, template: str, scheme: str
) -> None:
    """Whatever the lines of a brand look like: here they have the colour of its ink."""
    path = tmp_path / "off.html"
    lines = {"line": "#1f1d1a", "dark_line": "#ece7df"}
    path.write_text(emails.read_html(emails.make_issue(template, **lines)))
    tab = browser.new_page(color_scheme=scheme)
    tab.route(re.compile("^https?://"), lambda route: route.abort())
    tab.goto(path.as_uri())

    found = tab.evaluate(
        """[...document.querySelectorAll("img")].map(image => {
            const grounds = [];
            for (let one = image; one; one = one.parentElement)
                grounds.push(getComputedStyle(one).backgroundColor);
            const ground = grounds.find(colour => colour != "rgba(0, 0, 0, 0)");
            return [image.alt, getComputedStyle(image).color, ground];
        })"""
    )

    tab.close()
    ((alt, text, ground),) = found
    assert alt == f"Preview of {emails.TITLES[0]}"
    assert contrast(str(find_colour(text)), str(find_colour(ground))) >= READABLE


@pytest.mark.parametrize("width", [320, 375])
def test_a_logo_is_no_wider_than_a_phone(browser: Any, tmp_path: Path, width: int) -> None:
    path = tmp_path / "logo.html"
    logo = {"logo": "https://a.example/logo.png", "logo_width": 400}
    path.write_text(emails.read_html(emails.make_issue("digest", **logo)))
    tab = open_page(browser, path, width)

    needed = tab.evaluate("document.documentElement.scrollWidth")
    shown = tab.evaluate("document.querySelector('h1 img').getBoundingClientRect().width")

    tab.close()
    assert needed <= width
    assert width - 100 < shown < width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_brand_that_nobody_could_read_is_made_readable(
    browser: Any, tmp_path: Path, scheme: str
) -> None:
    sync_playwright = pytest.importorskip("axe_playwright_python.sync_playwright")
    pale = {"accent": "#ffd400", "ink": "#999999", "quiet": "#cccccc", "paper": "#ffffff"}
    dim = {"dark_accent": "#330066", "dark_ink": "#555555", "dark_quiet": "#333333"}
    path = tmp_path / "pale.html"
    path.write_text(emails.read_html(emails.make_issue("digest", **pale, **dim)))
    tab = open_page(browser, path, 640, scheme)

    found = sync_playwright.Axe().run(tab).response

    tab.close()
    assert "color-contrast" not in {rule["id"] for rule in found["violations"]}
    assert "color-contrast" in {rule["id"] for rule in found["passes"]}
