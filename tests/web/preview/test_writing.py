"""What is typed is not lost, and what is sent is sent once and told, whatever one clicks."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from previews import Preview, await_shown, await_that, open_page

#: Opens a view in a tab.
Show = Callable[..., Any]
FILE = "editions/2026-08-14.toml"


def test_words_that_are_not_saved_outlast_every_look_around(show: Show, restored: Preview) -> None:
    page = show("?panel=edit")
    page.fill("#edit-note", "An hour of writing")
    page.fill("#edit-subject", "Mine")

    for click, url in (
        ("#look-dark", "**look=dark**"),
        ("#panel-ranking", "**panel=ranking**"),
        ("#panel-try", "**panel=try**"),
        ("#day-2026-08-13", "**day=2026-08-13**"),
        ("#panel-edit", "**panel=edit**"),
    ):
        page.click(click)
        page.wait_for_url(url)
    of_another_day = page.input_value("#edit-note")
    page.go_back()
    page.click("#day-2026-08-14")
    page.wait_for_url("**day=2026-08-14**")
    page.click("#panel-edit")
    page.wait_for_selector("#edit-note")

    assert of_another_day == ""
    assert page.input_value("#edit-note") == "An hour of writing"
    assert page.input_value("#edit-subject") == "Mine"
    page.click("#save-words")
    page.wait_for_selector("#said-words p:not(.failed)")
    assert "An hour of writing" in (restored.home / FILE).read_text()


def test_words_are_saved_after_a_pin_of_ones_own_and_not_over_those_of_others(
    show: Show, restored: Preview
) -> None:
    page = show("?panel=edit")
    page.fill("#edit-note", "Mine")
    page.click("#panel-ranking")
    page.click("#paper-4 button[id^=pin-]")
    page.wait_for_selector("#said-pick p")

    page.click("#panel-edit")
    page.click("#save-words")
    page.wait_for_selector("#said-words p:not(.failed)")
    page.fill("#edit-note", "Mine again")
    page.click("#panel-ranking")
    page.wait_for_selector("#paper-1")
    restored.change(FILE, "Mine", "Theirs")
    page.wait_for_selector("#live >> text=2026-08-14.toml")
    page.click("#panel-edit")
    page.click("#save-words")
    page.wait_for_selector("#said-words .failed")

    assert "Theirs" in (restored.home / FILE).read_text()
    assert page.input_value("#edit-note") == "Mine again"
    # Told, one may do so all the same.
    page.click("#save-words")
    page.wait_for_selector("#said-words p:not(.failed)")
    assert "Mine again" in (restored.home / FILE).read_text()


def test_a_tab_with_unsaved_words_is_not_closed_unasked(show: Show) -> None:
    page = show("?panel=edit")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.click("#edit-note")
    page.keyboard.type("W")

    page.click("#panel-ranking")
    page.wait_for_selector("#paper-1")
    page.reload()
    page.reload()

    assert asked == ["beforeunload"]


def test_three_pins_at_once_are_all_kept(show: Show, restored: Preview) -> None:
    page = show("?panel=ranking")
    await_shown(page)
    pins = [page.get_attribute(f"#paper-{place} button[id^=pin-]", "id") for place in (3, 4, 5)]

    page.evaluate("ids => ids.forEach(id => document.getElementById(id).click())", pins)
    page.evaluate("id => document.getElementById(id).click()", pins[0])

    await_that(
        page,
        "said.every(id => document.getElementById(id).getAttribute('aria-pressed') === 'true')",
        arg=pins,
    )
    written = (restored.home / FILE).read_text()
    assert all(str(pin).removeprefix("pin-") in written for pin in pins)


def test_a_test_is_sent_once_seen_to_be_under_way_and_told_though_one_looks_elsewhere(
    browser: Any, mute: tuple[Preview, socket.socket]
) -> None:
    preview, relay = mute
    page = open_page(browser, preview, "?panel=send")
    page.fill("#to", "ada@example.org")
    asked = []
    page.on("request", lambda request: request.method == "POST" and asked.append(request.url))

    page.dblclick("#send-test")
    connection, _ = relay.accept()
    under_way = page.inner_text("#test[aria-busy=true] button")
    page.click("#width-phone")
    page.wait_for_url("**width=390**")
    still = page.inner_text("#test[aria-busy=true] button")
    page.click("#send-test")
    page.click("#panel-ranking")
    page.wait_for_selector("#paper-1")
    connection.close()
    page.wait_for_selector("#notice .failed")

    assert (under_way, still) == ("Sending…", "Sending…")
    assert len(asked) == 1
    assert "127.0.0.1" in page.inner_text("#notice")
    assert "panel=ranking" in page.url
    page.click("#panel-send")
    assert page.input_value("#to") == "ada@example.org"
    assert page.inner_text("#send-test") == "Send a test"
    page.context.close()


def test_what_came_of_a_form_is_told_to_one_who_went_back_meanwhile(show: Show) -> None:
    page = show("?panel=ranking")
    page.click("#panel-send")
    page.wait_for_selector("#send-test")
    page.evaluate("document.querySelector('#test').noValidate = true")
    page.fill("#to", "ada@@example")
    held: list[Any] = []
    page.route("**", lambda route: held.append(route) if len(held) < 2 else route.continue_())

    page.click("#send-test")
    page.go_back()
    for _ in range(250):
        if len(held) < 2:
            page.wait_for_timeout(20)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        held[0].continue_()
    page.wait_for_timeout(100)
    held[1].continue_()

    page.wait_for_selector("#notice >> text=ada@@example")
    assert "panel=ranking" in page.url


def test_a_fault_of_the_previews_own_is_said(show: Show) -> None:
    page = show()
    await_shown(page)
    page.route("**look=dark", lambda route: route.fulfill(status=500, body="Traceback"))

    page.click("#look-dark")

    page.wait_for_selector("#notice >> text=The preview failed at this")
