"""One browser and one preview of the sample for the tests of a module."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import chromium
import previews
from newsletter.shipped import copy_shipped


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium.launch() as running:
        yield running


@pytest.fixture(scope="module")
def preview(tmp_path_factory: pytest.TempPathFactory) -> Iterator[previews.Preview]:
    home = tmp_path_factory.mktemp("preview") / "my papers"
    copy_shipped(home)
    with previews.running(home) as running:
        yield running


@pytest.fixture
def show(browser: Any, preview: previews.Preview) -> Iterator[Callable[..., Any]]:
    """A function that opens a view of the preview in a tab."""
    opened = []

    def open_one(query: str = "", **options: Any) -> Any:
        opened.append(previews.open_page(browser, preview, query, **options))
        return opened[-1]

    yield open_one
    for page in opened:
        page.context.close()


@pytest.fixture
def restored(preview: previews.Preview) -> Iterator[previews.Preview]:
    """The preview; what a test changes in its files is as before when it ends."""
    names = [path for path in preview.home.rglob("*") if path.is_file() and "var" not in path.parts]
    before = {path: path.read_bytes() for path in names}
    yield preview
    for path in preview.home.rglob("*"):
        if path.is_file() and path not in before and "var" not in path.parts:
            path.unlink()
    for path, content in before.items():
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


@pytest.fixture
def mute(tmp_path: Path) -> Iterator[tuple[previews.Preview, socket.socket]]:
    """A preview whose relay takes connections and says nothing, and that relay."""
    copy_shipped(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as relay:
        relay.settimeout(30)
        env = {
            "NEWSLETTER_SMTP__HOST": "127.0.0.1",
            "NEWSLETTER_SMTP__PORT": str(relay.getsockname()[1]),
            "NEWSLETTER_SMTP__SECURITY": "none",
        }
        with previews.running(tmp_path, env=env) as preview:
            yield preview, relay
