"""Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

_FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update"]


@contextmanager
def launch() -> Iterator[Any]:
    """A browser without a window; skips where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        # Fails in CI, as any skip does (tests/conftest.py); a newcomer may lack it.
        pytest.skip("Chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium, args=_FLAGS, chromium_sandbox=os.geteuid() != 0
        )
        yield running
        running.close()
