"""What is kept of an email that was made, and for how long."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from commands import run
from newsletter.shipped import copy_shipped
from newsletter.store import open_store
from newsletter.web.preview.pages import write_page
from newsletter.web.preview.panels import PANELS
from newsletter.web.preview.scene import Scene
from newsletter.web.preview.studio import Studio
from newsletter.web.preview.trouble import explain
from newsletter.web.preview.view import View, Wish

NOW = datetime(2026, 8, 14, 9, tzinfo=UTC)
LIST = "data/papers/2026-08-13_seen_20260813T1550Z.json"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    copy_shipped(tmp_path / "home")
    return tmp_path / "home"


def settle(home: Path, **said: str) -> None:
    """Put values into keys of config.toml."""
    config = home / "config.toml"
    text = config.read_text()
    for key, value in said.items():
        text, found = re.subn(rf"(?m)^{key} = .*$", f'{key} = "{value}"', text, count=1)
        assert found
    config.write_text(text)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """The files of a folder over HTTP, at this port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


def test_a_source_that_is_back_is_seen_soon(home: Path) -> None:
    good = (home / LIST).read_bytes()
    (home / LIST).write_bytes(b"[")
    at, wish = 0, Wish(day=date(2026, 8, 13))
    studio = Studio(home / "config.toml", clock=lambda: NOW + timedelta(seconds=at))

    with serving(home) as port:
        settle(home, source=f"http://127.0.0.1:{port}/{LIST}")
        down = studio.prove(wish)
        (home / LIST).write_bytes(good)
        at = 9
        # Not at once, as each time one would have to wait.
        assert studio.prove(wish) is down
        at = 10
        up = studio.prove(wish)

    assert down.error is not None
    assert explain(down.error, home).may_pass
    assert up.error is None


def test_a_mistake_in_a_file_is_not_made_anew_each_time(home: Path) -> None:
    card = home / "templates" / "parts" / "card.mjml"
    card.write_text(card.read_text().replace("card.byline", "card.byliner"))
    studio = Studio(home / "config.toml", clock=lambda: NOW)

    first, second = studio.prove(Wish()), studio.prove(Wish())

    assert first.error is not None
    assert first is second


def test_what_was_saved_outlasts_any_number_of_colours_that_are_tried(home: Path) -> None:
    studio = Studio(home / "config.toml", clock=lambda: NOW)
    masthead = home / "templates" / "parts" / "masthead.mjml"
    first = studio.prove(Wish()).html
    masthead.write_text(masthead.read_text().replace(">{{", ">Now {{", 1))
    second = studio.prove(Wish()).html

    for shade in range(13):
        tried = Wish(brand=(("accent", f"#0055{shade:02x}"),))
        studio.prove(tried)
    studio.prove(Wish())

    assert [version.html for version in studio.earlier(Wish())] == [first]
    assert [version.html for version in studio.earlier(tried)] == [second, first]


def test_what_a_server_knows_is_asked_for_again_after_a_while(home: Path, blank_url: str) -> None:
    settle(home, url=blank_url, host="127.0.0.1")
    at = 0
    studio = Studio(home / "config.toml", clock=lambda: NOW + timedelta(seconds=at))
    missing = studio.prove(Wish(reader="1")).error
    with open_store(blank_url) as store:
        store.subscribers.add([("ada@example.org", "Ada")], now=NOW)

    at = 10
    eyes = studio.prove(Wish(reader="1")).eyes

    assert "There is no reader 1" in str(missing)
    assert eyes is not None
    assert eyes.reader.name == "Ada"


def test_a_published_day_whose_list_is_gone_shows_what_went_out(home: Path) -> None:
    assert run("send", home=home).code == 0
    studio = Studio(home / "config.toml", clock=lambda: NOW)
    sent = studio.prove(Wish(day=NOW.date()))
    for path in (home / "data" / "papers").glob("2026-08-14*"):
        path.unlink()

    now, wished = (
        studio.prove(Wish(day=NOW.date())),
        studio.prove(Wish(day=NOW.date(), template="compact")),
    )
    pages = [
        write_page(Scene(studio=studio, view=View(panel=panel.name), proof=now)) for panel in PANELS
    ]

    assert sent.issue is not None
    assert not sent.went_out
    assert now.went_out
    assert now.issue is not None
    assert now.issue.subject == sent.issue.subject
    assert "25 papers" in now.html
    assert all("As it went out" in page and 'id="email"' in page for page in pages)
    assert wished.issue is None
