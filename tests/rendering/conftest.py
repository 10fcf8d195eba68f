"""The shipped templates as files, and a browser to look at them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import chromium
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
    with chromium.launch() as running:
        yield running
