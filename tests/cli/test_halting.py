"""pause, resume and cancel, as an operator types them while a send runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from delivery.sink import Sink

from commands import Newsletter

READERS = [f"reader{number}@example.org" for number in range(60)]


@pytest.fixture
def sink(environment: dict[str, str]) -> Iterator[Sink]:
    """A relay that takes its time, so that there is a middle."""
    with Sink(delay=0.05) as sink:
        environment |= {
            "NEWSLETTER_SMTP__HOST": "127.0.0.1",
            "NEWSLETTER_SMTP__PORT": str(sink.port),
            "NEWSLETTER_SMTP__SECURITY": "none",
            "NEWSLETTER_SMTP__CONNECTIONS": "1",
            "NEWSLETTER_DELIVERY__LEASE": "5s",
            "NEWSLETTER_DELIVERY__RELAY_PATIENCE": "1s",
        }
        yield sink


@pytest.fixture
def running(
    newsletter: Newsletter, home: Path, environment: dict[str, str], sink: Sink
) -> Iterator[subprocess.Popen[str]]:
    """A `send` in the middle of its work."""
    (home / "readers.csv").write_text("\n".join(READERS))
    newsletter("subscribers", "import", "readers.csv")
    command = [sys.executable, "-m", "newsletter", "send", "--json", "--date", "2026-08-14"]
    with subprocess.Popen(
        command, cwd=home, env=environment, text=True, stdout=subprocess.PIPE
    ) as process:
        try:
            while len(sink.accepted) < 3 and process.poll() is None:
                time.sleep(0.01)
            yield process
        finally:
            process.kill()


def test_a_paused_send_ends_in_75_and_the_next_goes_on_after_resume(
    running: subprocess.Popen[str], newsletter: Newsletter, sink: Sink
) -> None:
    assert re.match(r"Sending is paused since .* UTC: by hand\.", newsletter("pause").out)
    out, _ = running.communicate(timeout=60)

    assert running.returncode == 75
    report = json.loads(out)
    assert report["paused"].endswith("by hand")
    assert 0 < report["sent"] == len(sink.accepted) < 60
    assert report["totals"]["queued"] == 60 - report["sent"]
    assert "Sending is paused since" in newsletter("status").out
    still = newsletter("dispatch")
    assert still.code == 75
    assert "To go on: newsletter resume" in still.out

    sink.delay = 0
    assert "now it goes on" in newsletter("resume").out
    assert newsletter("dispatch").code == 0
    assert sorted(sink.accepted) == sorted(READERS)


def test_a_cancelled_send_ends_and_withdraws_the_rest(
    running: subprocess.Popen[str], newsletter: Newsletter, sink: Sink
) -> None:
    cancelled = newsletter("cancel", "--json").json
    out, _ = running.communicate(timeout=60)

    report = json.loads(out)
    assert running.returncode == 0
    assert cancelled["day"] == "2026-08-14"
    assert report["totals"]["withdrawn"] == cancelled["withdrawn"] > 0
    assert report["totals"]["sent"] == len(sink.accepted) == 60 - cancelled["withdrawn"]
    assert newsletter("dispatch").code == 0
    assert len(sink.accepted) == report["totals"]["sent"]


@pytest.mark.usefixtures("sink")
def test_with_nothing_to_hold_up_they_say_so(newsletter: Newsletter) -> None:
    for command in ("pause", "resume", "cancel"):
        ran = newsletter(command)
        assert (ran.code, len(ran.err.splitlines())) == (2, 1)
        assert "Nothing was ever sent from here" in ran.err


def test_what_cannot_be_cancelled_is_told(newsletter: Newsletter) -> None:
    newsletter("send", "--sandbox")

    assert "Nothing is open" in newsletter("cancel", "--sandbox").err
    ran = newsletter("cancel", "--sandbox", "--date", "2026-01-01")
    assert (ran.code, ran.err) == (2, "newsletter: No edition was published for 2026-01-01.\n")
    assert newsletter("resume", "--sandbox").out == "Sending was not paused.\n"


def test_who_is_in_doubt_is_named_in_words_and_in_json(
    newsletter: Newsletter, home: Path, environment: dict[str, str]
) -> None:
    doubtful = [f"lost=drop+r{number}@example.org" for number in range(12)]
    (home / "readers.csv").write_text("\n".join(doubtful))
    newsletter("subscribers", "import", "readers.csv")
    environment["NEWSLETTER_DELIVERY__IN_DOUBT"] = "hold"
    environment["NEWSLETTER_SMTP__HOST"] = "127.0.0.1"
    environment["NEWSLETTER_SMTP__SECURITY"] = "none"

    with Sink() as sink:
        environment["NEWSLETTER_SMTP__PORT"] = str(sink.port)
        ran = newsletter("send", "--date", "2026-08-14")

    assert ran.code == 1
    line = next(line for line in ran.out.splitlines() if line.startswith("Cut off at the end"))
    assert line.endswith("and 2 more.")
    assert sum(address in line for address in doubtful) == 10
