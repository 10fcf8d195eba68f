"""The preview for everybody: axe, the keyboard, small screens, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from previews import Preview, await_shown, await_that

#: Opens a view in a tab.
Show = Callable[..., Any]
VIEWS = ("", "?show=inbox", "?show=text", "?show=source", "?show=headers", "?before=0")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(show: Show, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    # The email has tests of its own (tests/rendering/test_browser.py).
    options = {"iframes": False, "rules": {"target-size": {"enabled": True}}}
    page = show(color_scheme=scheme)
    told = {}

    for view in VIEWS:
        page.goto(page.url.split("?")[0] + view)
        page.wait_for_selector("#live >> text=Live")
        # axe looks at every word, and the source has thousands.
        page.evaluate("document.querySelectorAll('.row:nth-child(n+40)').forEach(e => e.remove())")
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            found = axe.run(page, options=options).response
            assert "color-contrast" in {rule["id"] for rule in found["passes"]}
            told[view, width] = [
                (each["id"], [node["html"][:150] for node in each["nodes"]])
                for each in found["violations"]
            ]

    assert not any(told.values()), told


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_something_is_wrong(
    show: Show, restored: Preview, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    restored.change("templates/parts/card.mjml", "{{ card.byline }}", "{{ card.byliner }}")
    page = show(color_scheme=scheme)
    page.wait_for_selector(".trouble")

    assert axe.run(page).response["violations"] == []


def test_nothing_is_wider_than_the_screen(show: Show) -> None:
    page = show()

    for view in VIEWS:
        page.goto(page.url.split("?")[0] + view)
        for width in (320, 390, 700, 900, 1100, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            needed = page.evaluate("document.documentElement.scrollWidth")
            assert needed <= width, (view, width)


def test_all_of_it_works_by_the_keyboard(show: Show) -> None:
    page = show()
    await_shown(page)

    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.className")
    _tab_to(page, "look-dark")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?look=dark")
    kept = page.evaluate("document.activeElement.id")
    _tab_to(page, "images")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?look=dark&images=off")
    _tab_to(page, "width", back=True)
    page.keyboard.press("ArrowUp")

    page.wait_for_url("**/?width=1025&look=dark&images=off")
    assert first == "skip"
    assert kept == "look-dark"
    await_that(page, "document.activeElement.id === 'width'")


def _tab_to(page: Any, name: str, *, back: bool = False) -> None:
    for _ in range(30):
        if page.evaluate("document.activeElement.id") == name:
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"{name} cannot be reached")


def test_it_can_be_read_without_scripts(browser: Any, preview: Preview) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(preview.address)
    page.click("#show-text")

    assert page.url.endswith("/?show=text")
    assert "Daily Papers" in page.locator("pre.paper").inner_text()
    context.close()
