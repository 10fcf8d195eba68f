"""`newsletter preview` as a process, and the page it shows."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import commands

FIGURE = Path(__file__).parents[1] / "docs" / "figure.svg"


@dataclass(frozen=True)
class Preview:
    """A preview that runs."""

    home: Path
    #: With a slash at the end, and the token where there is one.
    address: str
    process: subprocess.Popen[str]

    def change(self, name: str, old: str, new: str) -> str:
        """Replace words in a file of the newsletter; returns what it held."""
        path = self.home / name
        before = path.read_text()
        assert old in before
        path.write_text(before.replace(old, new))
        return before

    def write(self, name: str, text: str) -> None:
        (self.home / name).write_text(text)


@contextmanager
def running(
    home: Path,
    *words: str,
    port: int = 0,
    opens: bool = False,
    env: Mapping[str, str] | None = None,
) -> Iterator[Preview]:
    """A preview of the newsletter in a folder, at a port of its own; it may open a browser."""
    command = [sys.executable, "-m", "newsletter", "preview", f"--port={port}", *words]
    command += [] if opens else ["--no-open"]
    process = subprocess.Popen(
        command,
        cwd=home,
        env={**commands.clean_environment(), **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    address = re.fullmatch(r"Preview: (http://\S+)\n", line)
    if address is None:
        process.kill()
        raise AssertionError(f"{line}{process.communicate()[1]}")
    try:
        yield Preview(home, address[1], process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
        assert "Traceback" not in said, said


@contextmanager
def following(preview: Preview) -> Iterator[None]:
    """A stream of news that is open."""
    address = urlsplit(preview.address)
    with socket.create_connection((address.hostname, address.port or 80), timeout=10) as stream:
        stream.sendall(f"GET /events HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
        heard = b""
        while b"retry:" not in heard:
            heard += stream.recv(1000)
        yield


def open_page(browser: Any, preview: Preview, query: str = "", **options: Any) -> Any:
    """A tab that shows the preview; requests for pictures elsewhere are answered here."""
    size = {"width": options.pop("width", 1440), "height": options.pop("height", 900)}
    page = browser.new_context(viewport=size, **options).new_page()
    page.set_default_timeout(10_000)
    page.context.route(
        re.compile(r"^https?://(?!127\.0\.0\.1|localhost|\[::1\])"),
        lambda route: route.fulfill(path=FIGURE, content_type="image/svg+xml"),
    )
    page.goto(preview.address + query)
    return page


def await_that(page: Any, expression: str, **options: Any) -> Any:
    """Wait until an expression is true; the page allows no `eval`, so it is a function's."""
    return page.wait_for_function(f"said => {expression}", polling=20, **options)


def await_shown(page: Any) -> None:
    """Wait until the email that is asked for is the one that is shown."""
    await_that(
        page,
        "!document.querySelector('[data-coming]')"
        " && document.querySelector('#email')?.contentDocument?.readyState === 'complete'"
        " && document.querySelector('#email').contentDocument.body.childElementCount",
    )


def in_email(page: Any, function: str) -> Any:
    """What a function of the email's document comes to."""
    await_shown(page)
    return page.evaluate(f"({function})(document.querySelector('#email').contentDocument)")


def await_email(page: Any, words: str) -> None:
    """Wait until the email says these words."""
    await_that(
        page,
        "document.querySelector('#email')?.contentDocument?.body?.innerText.includes(said)",
        arg=words,
    )
