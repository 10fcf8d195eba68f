"""What is saved is seen, what is broken is told, and both without anybody reloading."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import previews
from newsletter.shipped import copy_shipped
from previews import Preview, await_email, await_shown, await_that

#: Opens a view in a tab.
Show = Callable[..., Any]
MASTHEAD = "templates/parts/masthead.mjml"
CARD = "templates/parts/card.mjml"
LIST = "data/papers/2026-08-13_seen_20260813T1550Z.json"


@pytest.mark.parametrize(
    ("file", "old", "new", "seen"),
    [
        ("templates/digest.mjml", '<mj-section css-class="page"', None, "A new section"),
        (CARD, '<td class="card"', None, "A new card"),
        ("config.toml", 'title = "Daily Papers"', 'title = "Nightly Papers"', "Nightly Papers"),
        (LIST, "OpenART: Scaling Agent", "OpenART: Growing Agent", "OpenART: Growing Agent"),
    ],
)
def test_what_is_saved_is_seen(
    show: Show, restored: Preview, file: str, old: str, new: str | None, seen: str
) -> None:
    page = show()
    await_shown(page)

    if new is None:
        text = (restored.home / file).read_text()
        restored.write(file, _say_in_mjml(text, seen))
    else:
        restored.change(file, old, new)

    await_email(page, seen)


def _say_in_mjml(text: str, words: str) -> str:
    if "</mj-section>" in text:
        return text.replace("</mj-column>", f"<mj-text>{words}</mj-text></mj-column>", 1)
    return text.replace("</td>", f"<p>{words}</p></td>")


def test_a_rule_of_brand_css_is_seen(show: Show, restored: Preview) -> None:
    page = show()
    await_shown(page)

    restored.change("templates/brand.css", "h1 { margin", "h1 { text-transform: uppercase; margin")

    await_email(page, "DAILY PAPERS")


def test_the_editors_file_is_seen_as_soon_as_there_is_one(show: Show, restored: Preview) -> None:
    page = show()
    await_shown(page)
    (restored.home / "editions").mkdir(exist_ok=True)

    restored.write("editions/2026-08-14.toml", 'note = "Good morning from the lab"\n')
    await_email(page, "Good morning from the lab")
    restored.write("editions/2026-08-14.toml", 'subject = "Two of ours"\n')

    page.wait_for_selector(".envelope h1 >> text=Two of ours")
    assert page.title() == "Two of ours · Daily Papers"


def test_a_file_that_an_editor_puts_in_the_old_ones_place_is_seen(
    show: Show, restored: Preview
) -> None:
    page = show()
    await_shown(page)
    path = restored.home / MASTHEAD
    beside = path.with_name("masthead.mjml~new")

    beside.write_text(path.read_text().replace('<h1 dir="auto">{{', '<h1 dir="auto">Replaced {{'))
    os.replace(beside, path)

    await_email(page, "Replaced Daily Papers")


def test_the_place_that_was_read_stays_in_sight_and_nothing_flickers(
    show: Show, restored: Preview
) -> None:
    page = show()
    await_shown(page)
    await_that(page, "document.body.clientHeight > 3000")
    page.evaluate("scrollTo(0, 2000)")
    page.evaluate(
        "() => { window.empty = 0; const look = () => {"
        " const frames = document.querySelectorAll('.frames iframe:not([data-coming])');"
        " if (frames.length !== 1 || document.body.clientHeight < 3000) window.empty++;"
        " requestAnimationFrame(look); }; look(); }"
    )

    restored.change(MASTHEAD, '<h1 dir="auto">{{', '<h1 dir="auto">Another {{')
    await_email(page, "Another Daily Papers")

    assert page.evaluate("scrollY") == 2000
    assert page.evaluate("window.empty") == 0


def test_a_broken_template_is_told_by_its_line_and_mended(show: Show, restored: Preview) -> None:
    page = show()
    await_shown(page)

    before = restored.change(CARD, "{{ card.byline }}", "{{ card.byliner }}")
    page.wait_for_selector(".trouble")
    said = page.locator(".trouble").inner_text()
    wrong = page.locator(".rows .wrong").inner_text()
    number = next(
        at for at, line in enumerate(before.splitlines(), 1) if "{{ card.byline }}" in line
    )
    restored.write(CARD, before)
    await_email(page, "25 papers")

    assert "A template has a mistake" in said
    assert f"templates/parts/card.mjml, line {number}" in said
    assert "there is no card.byliner; did you mean card.byline?" in said
    assert "{{ card.byliner }}" in wrong
    assert page.locator(".trouble").count() == 0


def test_each_mistake_in_the_settings_is_told_and_mended(show: Show, restored: Preview) -> None:
    page = show()
    await_shown(page)

    before = restored.change("config.toml", 'accent = "#9a3412"', 'accent = "red"\nwidht = 640')
    page.wait_for_selector(".trouble")
    said = page.locator(".trouble").inner_text()
    wrong = page.locator(".rows .wrong").all_inner_texts()
    restored.write("config.toml", before)
    await_email(page, "25 papers")

    assert "'red' is not a colour" in said
    assert "did you mean width?" in said
    assert [line.split("#")[0].strip() for line in wrong] == ['accent = "red"', "widht = 640"]
    assert page.locator(".name").inner_text() == "Daily Papers"


def test_papers_that_cannot_be_read_are_told(show: Show, restored: Preview) -> None:
    page = show()
    await_shown(page)

    for path in (restored.home / "data" / "papers").iterdir():
        path.write_text(json.dumps([])[:-1])

    page.wait_for_selector(".trouble >> text=The papers cannot be had")


def test_it_starts_with_a_broken_template_and_goes_on_after_a_restart(
    browser: Any, tmp_path: Path
) -> None:
    copy_shipped(tmp_path)
    card = tmp_path / CARD
    text = card.read_text()
    card.write_text(text.replace("{% endif %}", "", 1))

    with previews.running(tmp_path) as first:
        page = previews.open_page(browser, first)
        page.wait_for_selector(".trouble")
        port = re.search(r":(\d+)/", first.address)
    page.wait_for_selector("#live >> text=Stopped")
    card.write_text(text)
    assert port is not None
    with previews.running(tmp_path, port=int(port[1])):
        await_email(page, "25 papers")

    assert first.process.returncode == 0
    page.context.close()


def test_a_tab_that_nobody_sees_is_brought_up_to_date_when_somebody_does(
    show: Show, restored: Preview
) -> None:
    page = show()
    await_shown(page)
    hide = "Object.defineProperty(document, 'hidden', { get: () => %s, configurable: true })"
    page.evaluate(hide % "true")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    restored.change(MASTHEAD, '<h1 dir="auto">{{', '<h1 dir="auto">Late {{')
    page.wait_for_selector("#live >> text=masthead.mjml")
    page.wait_for_timeout(200)
    unseen = list(asked)
    page.evaluate(hide % "false")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    await_email(page, "Late Daily Papers")
    assert unseen == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_though_pages_are_open(tmp_path: Path, number: int) -> None:
    copy_shipped(tmp_path)
    with previews.running(tmp_path) as running, previews.following(running):
        running.process.send_signal(number)
        running.process.wait(timeout=5)

    assert running.process.returncode in (0, -number)


def test_the_page_is_there_for_a_browser_that_is_waited_for(tmp_path: Path) -> None:
    copy_shipped(tmp_path / "home")
    asks, seen = tmp_path / "browser.py", tmp_path / "seen"
    asks.write_text(
        "import pathlib, sys, urllib.request\n"
        "page = urllib.request.urlopen(sys.argv[2], timeout=60).read()\n"
        "pathlib.Path(sys.argv[1]).write_bytes(page)\n"
    )
    words = [sys.executable, str(asks), str(seen)]
    env = {"BROWSER": f"{shlex.join(words)} %s"}
    with previews.running(tmp_path / "home", opens=True, env=env):
        until = time.monotonic() + 60
        while not (seen.exists() and 'id="email"' in seen.read_text()):
            assert time.monotonic() < until
            time.sleep(0.02)
