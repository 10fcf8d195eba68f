"""The preview of a busy day while its files are saved: `python -m benchmarks.preview`.

Needs Chromium, and the tests' own modules: `PYTHONPATH=tests python -m benchmarks.preview`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from itertools import count, cycle, islice
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx

import chromium
import previews
from benchmarks import machine
from newsletter.shipped import copy_shipped
from newsletter.web.preview.studio import Studio
from newsletter.web.preview.view import Wish

PAPERS = 78
SAVES = 100
TABS = 10
LOOKS = ("light", "dark", "inverted")
MASTHEAD = "templates/parts/masthead.mjml"


def main() -> None:
    """Measure, and print the figures with their conditions."""
    sys.stdout.write(f"{machine.describe()}; a listing day of {PAPERS} papers; Chromium\n")
    for shown in (25, PAPERS):
        with _busy(shown) as home:
            _measure_rendering(home, shown)
            with previews.running(home) as preview, chromium.launch() as browser:
                _measure_reload(browser, preview, shown)
    with _busy(25) as home, previews.running(home) as preview, chromium.launch() as browser:
        _measure_memory(browser, preview)


@contextmanager
def _busy(shown: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "papers"
        _make_busy(home, shown)
        yield home


def _make_busy(home: Path, shown: int) -> None:
    """A newsletter whose newest day lists many papers: the sample's, again under other ids."""
    copy_shipped(home)
    config = home / "config.toml"
    config.write_text(config.read_text().replace("maximum = 25 ", f"maximum = {shown} "))
    *older, newest = sorted((home / "data" / "papers").iterdir())
    items = json.loads(newest.read_text())
    for number, item in enumerate(islice(cycle(deepcopy(items)), PAPERS - len(items))):
        again = deepcopy(item)
        again["paper"]["id"] = f"2608.{90_000 + number}"
        again["title"] = again["paper"]["title"] = f"{number}. {item['title']}"
        items.append(again)
    newest.write_text(json.dumps(items))
    for path in older:
        path.unlink()


def _measure_rendering(home: Path, shown: int) -> None:
    """From a saved template to the email, the papers known."""
    studio = Studio(home / "config.toml", clock=lambda: datetime.now(UTC))
    numbers = count()

    def save_and_prove() -> None:
        _save(home, f"Save {next(numbers)}")
        proof = studio.prove(Wish())
        assert proof.issue, proof.error

    _show_median(f"save a template, render {shown} papers anew", save_and_prove, 150)


def _measure_reload(browser: Any, preview: previews.Preview, shown: int) -> None:
    """From the end of a save to the answer, and to what a person sees."""
    with httpx.Client(base_url=preview.address, timeout=30) as client:
        client.get("")

        def save_and_ask() -> None:
            _save(preview.home, f"Asked {perf_counter()}")
            client.get("")

        _show_median(f"the page's answer after a save, {shown} papers", save_and_ask, 150)
    page = previews.open_page(browser, preview)
    previews.await_shown(page)
    numbers = count()

    def save_and_see() -> None:
        words = f"Seen {next(numbers)}"
        _save(preview.home, words)
        previews.await_email(page, words)

    _show_median(f"from a save to the email on the screen, {shown} papers", save_and_see, 300)
    page.context.close()


def _show_median(what: str, action: Callable[[], None], limit: int) -> None:
    """The median time of an action against its limit in milliseconds."""
    milliseconds = machine.median_seconds(action, runs=15, warm=3) * 1000
    machine.show(what, f"{milliseconds:.0f} ms", f"under {limit} ms", reached=milliseconds < limit)


def _measure_memory(browser: Any, preview: previews.Preview) -> None:
    """Ten tabs with views of their own through a hundred saves, after as many that warm up."""
    with _tabs(browser, preview) as tabs:
        _save_often(preview, tabs, "Warm")
        before, held = _resident(preview), [_documents(tab) for tab in tabs]
        _save_often(preview, tabs, "Again")
        grown, kept = _resident(preview) / before, [_documents(tab) for tab in tabs]
    machine.show(
        f"the server's memory, {TABS} tabs, {SAVES} saves ({before / 2**20:.0f} MiB before)",
        f"{grown:.2f} ×",
        "at most 1.10 ×",
        reached=grown <= 1.10,
    )
    more = max(after - before for before, after in zip(held, kept, strict=True))
    machine.show(
        "documents that a tab holds after them", f"{more:+d}", "at most +2", reached=more <= 2
    )


@contextmanager
def _tabs(browser: Any, preview: previews.Preview) -> Iterator[list[Any]]:
    first = previews.open_page(browser, preview)
    tabs = [first]
    for number in range(1, TABS):
        tab = first.context.new_page()
        tab.goto(f"{preview.address}?width={300 + 50 * number}&look={LOOKS[number % 3]}")
        tabs.append(tab)
    yield tabs
    first.context.close()


def _save_often(preview: previews.Preview, tabs: list[Any], words: str) -> None:
    for number in range(SAVES):
        _save(preview.home, f"{words} {number}")
        previews.await_email(tabs[number % TABS], f"{words} {number}")
    for tab in tabs:
        previews.await_email(tab, f"{words} {SAVES - 1}")


def _save(home: Path, words: str) -> None:
    path = home / MASTHEAD
    head, tag, rest = path.read_text().partition('<p class="opening">')
    path.write_text(f"{head}{tag}{words}</p>{rest.partition('</p>')[2]}")


def _resident(preview: previews.Preview) -> int:
    """Bytes of memory that the server holds (proc(5))."""
    status = Path(f"/proc/{preview.process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


def _documents(tab: Any) -> int:
    """How many documents a tab's renderer keeps, after its garbage was collected."""
    session = tab.context.new_cdp_session(tab)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = session.send("Performance.getMetrics")["metrics"]
    session.detach()
    return next(int(each["value"]) for each in metrics if each["name"] == "Documents")


if __name__ == "__main__":
    main()
