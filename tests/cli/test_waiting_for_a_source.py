"""A live source that is down for a while, as the operator meets it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import Newsletter
from serving import Server, in_turn, only, running

AWAY = only(b"", 503, Retry_After="50")


@pytest.fixture
def source(environment: dict[str, str]) -> Iterator[Server]:
    """An API that is the papers' source, and down."""
    with running(Server(AWAY)) as server:
        environment["NEWSLETTER_PAPERS__SOURCE"] = server.url()
        environment["NEWSLETTER_SCHEDULE__DAYS"] = "mon,tue,wed,thu,fri,sat,sun"
        environment["NEWSLETTER_SCHEDULE__CATCH_UP"] = "25h"  # due at whatever time this runs
        yield server


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.usefixtures("source")
def test_a_wish_to_stop_ends_the_wait_for_a_source(
    home: Path, environment: dict[str, str], number: signal.Signals
) -> None:
    """Nothing is at stake then, and the source asked for 50 s."""
    process = subprocess.Popen(
        [sys.executable, "-m", "newsletter", "run"],
        cwd=home,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline().startswith("Next edition: ")
    assert "; it is asked again." in process.stderr.readline()

    process.send_signal(number)
    _, rest = process.communicate(timeout=25)

    assert (process.returncode, rest) == (0, "Stopped.\n")


def test_a_source_that_is_asked_again_is_told_of_once(
    newsletter: Newsletter, source: Server
) -> None:
    source.answer = in_turn(*[only(b"", 503, Retry_After="0")] * 3, only([]))

    ran = newsletter("rank", "--date", "2026-08-14")

    told = f"warning: {source.url()}?date=2026-08-14&limit=100&p=0 answers HTTP 503"
    assert ran.code == 0
    assert ran.err == f"{told} Service Unavailable; it is asked again.\n"
