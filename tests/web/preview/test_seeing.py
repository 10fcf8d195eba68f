"""The email as it is looked at: width, colours, pictures, inbox, parts, before and after."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from newsletter.settings import Brand
from previews import Preview, await_email, await_shown, await_that, in_email

#: Opens a view in a tab.
Show = Callable[..., Any]
PAPER = "email => getComputedStyle(email.querySelector('.sheet')).backgroundColor"


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))})"


@pytest.mark.parametrize(("name", "width"), [("desktop", 1024), ("tablet", 768), ("phone", 390)])
def test_a_button_sets_the_width_the_email_is_laid_out_for(
    show: Show, name: str, width: int
) -> None:
    page = show("?width=500")

    page.click(f"#width-{name}")

    await_that(page, f"document.querySelector('#sheet').dataset.width === '{width}'")
    assert in_email(page, "email => email.defaultView.innerWidth") == width
    assert page.get_attribute(f"#width-{name}", "aria-current") == "true"


def test_any_width_can_be_typed_or_drawn(show: Show) -> None:
    page = show()
    in_email(page, "email => true")

    page.fill("#width", "512")
    page.press("#width", "Enter")
    page.wait_for_url("**/?width=512")
    typed = in_email(page, "email => email.defaultView.innerWidth")
    grip = page.locator(".grip").bounding_box()
    page.mouse.move(grip["x"] + 9, grip["y"] + 200)
    page.mouse.down()
    page.mouse.move(grip["x"] + 59, grip["y"] + 200, steps=5)
    page.mouse.up()
    page.wait_for_url("**/?width=612")

    assert typed == 512
    assert in_email(page, "email => email.defaultView.innerWidth") == 612


def test_an_email_wider_than_the_window_is_shown_smaller(show: Show) -> None:
    page = show("?width=768", width=390)

    laid_out = in_email(page, "email => email.defaultView.innerWidth")

    assert laid_out == 768
    assert page.locator("#email").bounding_box()["width"] == pytest.approx(366, abs=2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_whole_email_stands_on_the_page(show: Show) -> None:
    page = show()

    inside = in_email(page, "email => email.documentElement.scrollHeight")
    await_that(page, "document.querySelector('.frames').clientHeight > 2000")

    assert page.locator(".frames").bounding_box()["height"] == pytest.approx(inside, abs=2)


@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_look_overrides_what_the_system_prefers(show: Show, system: str) -> None:
    page = show(color_scheme=system)
    seen = {}

    for look in ("dark", "inverted", "light"):
        page.click(f"#look-{look}")
        await_that(page, f"document.querySelector('#look-{look}[aria-current]')")
        filtered = in_email(page, "email => getComputedStyle(email.documentElement).filter")
        seen[look] = (in_email(page, PAPER), "invert" in filtered, page.locator(".remark").count())

    assert seen == {
        "light": (rgb(Brand.paper), False, 0),
        "dark": (rgb(Brand.dark_paper), False, 0),
        "inverted": (rgb(Brand.paper), True, 1),
    }


def test_without_images_none_is_asked_for(show: Show, preview: Preview) -> None:
    asked: list[str] = []
    page = show()
    await_shown(page)
    page.on("response", lambda response: asked.append(response.url))

    page.click("#images")
    page.wait_for_url("**/?images=off")

    assert not any(in_email(page, "email => [...email.images].map(one => one.naturalWidth)"))
    assert any(url.endswith("images=off") for url in asked)
    assert [url for url in asked if not url.startswith(preview.address)] == []


def test_the_inbox_cuts_subject_and_preheader_as_clients_do(show: Show) -> None:
    page = show("?show=inbox")

    cut = "each => each.scrollWidth > each.clientWidth || each.scrollHeight > each.clientHeight"
    clients = page.locator(".client")

    assert clients.count() == 4
    for at in range(4):
        client = clients.nth(at)
        assert client.locator(".from").inner_text() == "Daily Papers"
        assert client.locator(".subject").inner_text() == "OpenART and 24 more"
        whole = client.locator(".line, p.snippet").last
        assert "Also: Spark-to-Paper" in whole.inner_text()
        assert whole.evaluate(cut)


def test_text_source_and_headers_are_those_of_the_message(show: Show, tmp_path: Path) -> None:
    page = show()
    files = {}
    for kind in ("html", "txt", "eml"):
        with page.expect_download() as download:
            page.click(f"text=.{kind}")
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        files[kind] = path
    message = email.message_from_bytes(files["eml"].read_bytes(), policy=email.policy.default)

    page.click("#show-text")
    page.wait_for_url("**/?show=text")
    text = page.locator("pre.paper").inner_text()
    page.click("#show-source")
    page.wait_for_url("**/?show=source")
    source = "".join(page.locator(".row").all_inner_texts())
    page.click("#show-headers")
    page.wait_for_url("**/?show=headers")
    heads = dict(
        zip(
            page.locator(".heads table").first.locator("th").all_inner_texts(),
            page.locator(".heads table").first.locator("td").all_inner_texts(),
            strict=True,
        )
    )

    assert files["html"].name == "newsletter-2026-08-14.html"
    assert text.strip() == files["txt"].read_text().strip()
    assert source.replace("\n", "") == files["html"].read_text().replace("\n", "")
    assert heads["Subject"] == message["Subject"] == "OpenART and 24 more"
    assert heads["List-Id"] == message["List-Id"]
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r", "").strip() == files["txt"].read_text().strip()


def test_before_and_after_a_change_to_a_template(show: Show, restored: Preview) -> None:
    page = show()
    await_email(page, "25 papers")
    restored.change("templates/parts/masthead.mjml", '<h1 dir="auto">{{', '<h1 dir="auto">New {{')
    await_email(page, "New Daily Papers")

    page.click("#compare")
    page.wait_for_selector("#earlier")
    await_that(
        page,
        "document.querySelector('#earlier').contentDocument?.body?.innerText.includes('25 papers')",
    )
    before = page.frame_locator("#earlier").locator("h1").inner_text()
    page.focus("#split")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**&split=51")

    assert (before, page.frame_locator("#email").locator("h1").inner_text()) == (
        "Daily Papers",
        "New Daily Papers",
    )
    assert "49%" in page.evaluate("getComputedStyle(document.querySelector('#earlier')).clipPath")


def test_a_view_can_be_shared_reloaded_and_gone_back_to(show: Show, preview: Preview) -> None:
    page = show()
    page.click("#width-phone")
    page.wait_for_url("**/?width=390")
    page.click("#look-dark")
    page.wait_for_url("**/?width=390&look=dark")
    shared = page.url

    other = show(shared.removeprefix(preview.address))
    page.go_back()
    await_that(page, "document.querySelector('#look-light[aria-current]')")

    assert in_email(other, "email => email.defaultView.innerWidth") == 390
    assert in_email(other, PAPER) == rgb(Brand.dark_paper)
    assert page.url.endswith("/?width=390")


def test_another_day_and_template_by_the_address(show: Show) -> None:
    page = show("?day=2026-08-13&template=compact")

    assert page.locator(".day").inner_text() == "Thursday, 13 August 2026"
    assert in_email(page, "email => email.querySelectorAll('td.line').length > 10")


def test_a_quiet_day_says_why(show: Show) -> None:
    page = show("?day=2026-08-15")

    assert "No papers were listed on 2026-08-15." in page.locator("#sheet").inner_text()


def test_a_finding_is_pointed_at(show: Show) -> None:
    page = show("?place=(//h2)[5]")

    page.wait_for_selector(".ring")
    ring = page.locator(".ring").bounding_box()

    title = page.frame_locator("#email").locator("h2").nth(4).bounding_box()
    assert ring["y"] == pytest.approx(title["y"], abs=4)
    assert 0 < ring["y"] < 900
