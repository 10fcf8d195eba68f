"""A sender process: what it is told, what it needs, and when it stops."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from newsletter import errors
from newsletter.crew import _find_error
from newsletter.delivery.progress import Dispatched
from newsletter.limits import Limit
from newsletter.model import Pause
from newsletter.orders import (
    STOP,
    Ended,
    read_orders,
    read_told,
    write_done,
    write_end,
    write_orders,
    write_record,
)
from newsletter.sender import Wish
from newsletter.settings import Delivery, Settings, Smtp, StoreSection, Web

#: What a whole `send` needs and a sender process must not load.
HEAVY = {
    "alembic", "click", "email_validator", "httpx", "jinja2", "lxml", "markdown_it", "mjml", "nh3",
    "numpy", "pandas", "premailer", "pydantic", "pydantic_settings", "rich", "schedule", "typer",
}  # fmt: skip
DONE = Dispatched(
    sent=3,
    deferred=1,
    rejected=1,
    failed=1,
    doubtful=("ada@example.org",),
    stopped=True,
    pause=Pause(reason="", since=datetime(2026, 8, 14, 8, tzinfo=UTC)),
    sent_of={date(2026, 8, 13): 1, date(2026, 8, 14): 2},
    failed_of={date(2026, 8, 14): 1},
)


def test_a_sender_process_loads_nothing_heavy() -> None:
    script = "import sys, json, newsletter.sender; print(json.dumps(sorted(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout

    assert not HEAVY & {name.partition(".")[0] for name in json.loads(out)}


def test_orders_arrive_as_they_were_given() -> None:
    given = Settings(
        smtp=Smtp(
            host="relay.example.org",
            username="me",
            password="correct horse",
            ca_file=Path("/etc/ca.pem"),
            dot_timeout=timedelta(seconds=1.5),
            rate=10.0,
            domains={"example.org": Limit(rate=1.5, connections=2)},
        ),
        delivery=Delivery(in_doubt="hold", lease=timedelta(minutes=1)),
        store=StoreSection(url="postgresql://me:secret@host/db"),
        web=Web(signing_key="key"),
    )

    assert read_orders(write_orders(given, level=20)) == (given, 20)
    assert read_orders(write_orders(Settings(), level=30)) == (Settings(), 30)


def test_what_is_told_arrives_as_it_was() -> None:
    ended = Ended(done=DONE, error="LeaseLost", message="held up")

    assert read_told(write_done(DONE)) == DONE
    assert read_told(write_done(Dispatched())) == Dispatched()
    assert read_told(write_end(ended)) == ended
    assert read_told(write_record({"name": "x", "day": date(2026, 8, 14)})) == {
        "name": "x",
        "day": "2026-08-14",
    }


@pytest.mark.parametrize(
    "kind", ["RelayUnavailable", "StoreUnavailable", "LeaseLost", "ConfigError"]
)
def test_an_error_of_a_sender_is_raised_as_the_same_error(kind: str) -> None:
    error = _find_error(Ended(done=DONE, error=kind, message="run the command again"))

    assert type(error) is getattr(errors, kind)
    assert str(error) == "run the command again"


def test_a_bug_in_a_sender_is_a_bug_here() -> None:
    error = _find_error(Ended(done=DONE, error="bug", message="Traceback: KeyError"))

    assert type(error) is RuntimeError
    assert "KeyError" in str(error)


def test_signals_are_one_wish_and_only_who_started_us_insists() -> None:
    wish = Wish()
    wish.ask()
    wish.ask()
    wish.hear(STOP)
    assert (wish.asked, wish.insisted) == (True, False)

    wish.hear(STOP)
    assert wish.insisted


def test_the_end_of_input_is_a_wish() -> None:
    wish = Wish()
    wish.hear(b"")

    assert (wish.asked, wish.insisted) == (True, False)
