"""Live sources for the tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import stamina

from serving import Serve, Server, running


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(running(Server(answer)))


@pytest.fixture(autouse=True)
def _no_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Retry as often as the settings say, but at once; answers are kept in a folder of ours."""
    monkeypatch.chdir(tmp_path)
    with stamina.set_testing(True, attempts=100, cap=True):
        yield
