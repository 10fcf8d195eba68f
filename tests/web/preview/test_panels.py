"""The panels as everybody can use them: by assistive software, by keyboard, on any screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from newsletter.web.preview.panels import PANELS
from previews import await_that

#: Opens a view in a tab.
Show = Callable[..., Any]
VIEWS = [*(each.name for each in PANELS), "brand&brand.accent=red", "edit&sample=one"]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_nothing_in_any_panel(show: Show, scheme: str, width: int) -> None:
    sync_playwright = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = show(width=width, color_scheme=scheme)
    found = {}

    for view in VIEWS:
        page.goto(page.url.partition("?")[0] + f"?panel={view}")
        page.wait_for_selector("#panel h2")
        # What stands beside is looked over by tests of its own.
        response = sync_playwright.Axe().run(page, context="#side").response
        told = [(v["id"], [n["html"][:100] for n in v["nodes"]]) for v in response["violations"]]
        if told:
            found[view] = told

    assert found == {}


@pytest.mark.parametrize("width", [1440, 900, 390])
def test_no_panel_is_wider_than_the_screen(show: Show, width: int) -> None:
    page = show(width=width)

    for view in VIEWS:
        page.goto(page.url.partition("?")[0] + f"?panel={view}&sample=long")
        page.wait_for_selector("#panel h2")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view
        assert page.evaluate(
            "document.querySelector('#side').scrollWidth <= document.querySelector('#side')"
            ".clientWidth"
        ), view


def test_a_day_is_chosen_by_the_keyboard_and_the_focus_stays(show: Show) -> None:
    page = show("?panel=try")

    page.focus("#day-2026-08-13")
    page.keyboard.press("Enter")
    page.wait_for_url("**day=2026-08-13**")
    await_that(page, "document.activeElement.id === 'day-2026-08-13'")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.id") == "day-2026-08-14"


def test_a_view_with_a_panel_can_be_shared(show: Show) -> None:
    page = show("?panel=try&sample=votes&template=compact&look=dark&seek=zo")

    assert page.get_attribute("#set-votes", "aria-current") == "true"
    assert page.get_attribute("#template-compact", "aria-current") == "true"
    assert page.get_attribute("#look-dark", "aria-current") == "true"
    assert page.input_value("#seek") == "zo"
