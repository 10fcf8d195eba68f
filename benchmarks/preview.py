"""The preview of a busy day, and of one that is edited: `python -m benchmarks.preview`."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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
MASTHEAD = "templates/parts/masthead.mjml"


def main() -> None:
    """Measure, and print the figures with their conditions."""
    sys.stdout.write(f"{machine.describe()}; a day of {PAPERS} papers, all of them in the email\n")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "papers"
        _make_busy(home)
        _measure_proof(home)
        with previews.running(home) as preview:
            _measure_answers(preview)
            with chromium.launch() as browser:
                _measure_reload(browser, preview)
                _measure_memory(browser, preview)


def _make_busy(home: Path) -> None:
    """A newsletter whose newest day has many papers: the sample's, over and over."""
    copy_shipped(home)
    config = home / "config.toml"
    config.write_text(config.read_text().replace("maximum = 25 ", f"maximum = {PAPERS} "))
    lists = sorted((home / "data" / "papers").iterdir())
    known = [item for path in lists for item in json.loads(path.read_text())]
    ...


if __name__ == "__main__":
    main()
