"""The shipped templates as files, and a browser to look at them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import emails


@pytest.fixture(scope="session", params=emails.TEMPLATES)
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The HTML of a full day in one of the templates."""
    template: str = request.param
    path = tmp_path_factory.mktemp("page") / f"{template}.html"
    path.write_text(emails.read_html(emails.make_issue(template)), encoding="utf-8")
    return path


# Not for the session: Playwright holds an event loop while it runs, and others want theirs.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    flags = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update"]
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium, args=flags, chromium_sandbox=os.geteuid() != 0
        )
        yield running
        running.close()
