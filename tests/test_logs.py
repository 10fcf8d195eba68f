"""What is logged, as text and as JSON, with addresses masked."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.logs import mask, set_up
from newsletter.settings import Log

_log = logging.getLogger("newsletter.test")


@pytest.fixture(autouse=True)
def _keep_logging() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers = []  # or setting up would close pytest's own
    yield
    root.handlers, root.level = before, level


def log_one() -> None:
    fields = {"day": "2026-08-14", "delivery": 7, "address": "ada@example.org",
              "reply": "rcpt: 550 5.1.1 <ada@example.org> unknown"}  # fmt: skip
    _log.warning("%s: rejected (%s)", fields["address"], fields["reply"], extra=fields)


def test_people_read_sentences_with_addresses_masked(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(Log(), verbose=True)

    log_one()
    _log.info("Sent.")

    assert capsys.readouterr().err == (
        "warning: a***@example.org: rejected (rcpt: 550 5.1.1 <a***@example.org> unknown)\nSent.\n"
    )


def test_machines_read_an_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(Log(format="json"), verbose=False)

    log_one()

    (line,) = capsys.readouterr().err.splitlines()
    read = json.loads(line)
    assert "ada@" not in line
    assert {name: read[name] for name in ("level", "day", "delivery", "address", "reply")} == {
        "level": "WARNING",
        "day": "2026-08-14",
        "delivery": 7,
        "address": "a***@example.org",
        "reply": "rcpt: 550 5.1.1 <a***@example.org> unknown",
    }
    assert read["time"].endswith("+00:00")


@pytest.mark.parametrize("form", ["text", "json"])
def test_addresses_are_shown_if_one_asks(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    set_up(Log(format=form, addresses="shown"), verbose=False)  # type: ignore[arg-type]

    log_one()

    assert capsys.readouterr().err.count("ada@example.org") == (2 if form == "text" else 4)


def test_an_error_keeps_its_traceback_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(Log(format="json"), verbose=False)

    try:
        raise ValueError("of ada@example.org")
    except ValueError:
        _log.exception("A bug")

    traceback = json.loads(capsys.readouterr().err)["exc_info"]
    assert "ValueError: of a***@example.org" in traceback


def test_what_is_less_than_a_warning_is_for_verbose_but_for_what_a_run_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up(Log(), verbose=False)

    _log.info("hidden")
    logging.getLogger("newsletter.running").info("Stopped.")

    assert capsys.readouterr().err == "Stopped.\n"


@given(st.from_regex(r"[\w.+-]{2,20}@[\w-]{1,9}\.[a-z]{2,3}", fullmatch=True), st.text())
def test_no_address_is_left_whole(address: str, around: str) -> None:
    assert address not in mask(f"{around} {address}; <{address}>, {address}.")
