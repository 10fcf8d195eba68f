"""What a run came to, in words and as an exit code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import make
from newsletter.checks.findings import Finding, Level
from newsletter.model import Pause, Status, Tally
from newsletter.report import Report, as_json, describe, exit_code


def report(sent: int = 0, **counts: int) -> Report:
    tally = Tally(
        day=make.DAY, papers=25, counts={status: counts.get(status, 0) for status in Status}
    )
    return Report(
        day=make.DAY, sent=sent, failed=counts.get("failed", 0), tally=tally, seconds=1.24
    )


def words(what: Report) -> str:
    return "\n".join(describe(what))


def test_a_send_is_told_in_a_sentence() -> None:
    assert words(report(3)).startswith(
        "Sent 25 papers of Friday, 14 August 2026 to 3 readers in 1.2 s."
    )


def test_a_day_sent_before_is_not_told_as_sent_now() -> None:
    already = Report(
        day=make.DAY,
        sent=0,
        failed=0,
        seconds=0.1,
        tally=Tally(day=make.DAY, papers=25, counts=dict.fromkeys(Status, 0) | {Status.SENT: 3}),
    )

    assert words(already) == "Already sent: 25 papers of Friday, 14 August 2026 to 3 readers."


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.SENT])
def test_every_reader_who_did_not_get_it_is_accounted_for(status: Status) -> None:
    told = words(report(2, **{status: 4}))

    assert "4 readers" in told
    assert status in told


def test_done_is_never_said_while_something_is_open() -> None:
    assert "1 reader still open." in words(report(2, deferred=1))


def test_a_quiet_day_says_why() -> None:
    quiet = Report(
        day=make.DAY, sent=0, failed=0, tally=None, seconds=0, quiet="no papers were listed"
    )

    assert words(quiet) == "Nothing to send for 2026-08-14: no papers were listed."
    assert exit_code(quiet) == 0
    assert as_json(quiet)["totals"] == dict.fromkeys(map(str, Status), 0)


@pytest.mark.parametrize(
    ("counts", "code"),
    [
        ({}, 0),
        ({"rejected": 2}, 0),
        ({"deferred": 2}, 0),
        ({"withdrawn": 1}, 0),
        ({"failed": 1}, 1),
        ({"in_doubt": 1}, 1),
    ],
)
def test_exit_codes(counts: dict[str, int], code: int) -> None:
    assert exit_code(report(5, **counts)) == code


def test_json_counts_this_run_apart_from_the_editions_state() -> None:
    values: dict[str, Any] = as_json(report(2, deferred=1))

    assert values["sent"] == 2
    assert values["totals"]["sent"] == 0
    assert values["deferred"] == values["totals"]["deferred"] == 1


def test_warnings_about_the_email_are_counted_and_what_was_forced_is_said() -> None:
    def found(*levels: Level) -> Report:
        findings = tuple(Finding(level, "size", (), "what") for level in levels)
        return replace(report(3), findings=findings)

    assert "1 warning about the email: newsletter check --date 2026-08-14" in words(
        found(Level.WARNING, Level.NOTE)
    )
    assert "1 that should have stopped it, 2 warnings about" in words(
        found(Level.STOP, Level.WARNING, Level.WARNING)
    )
    assert "about the email" not in words(found(Level.NOTE))
    assert as_json(found(Level.STOP, Level.WARNING))["findings"]["stop"] == 1
    assert as_json(found(Level.STOP, Level.WARNING))["findings"]["warning"] == 1


def test_who_may_have_it_already_is_named_up_to_a_number() -> None:
    some = tuple(f"r{number}@example.org" for number in range(12))
    doubtful = replace(report(12), doubtful=some)

    assert f"may have it already: {', '.join(some[:10])} and 2 more." in words(doubtful)
    assert "may have it already: r0@example.org." in words(replace(doubtful, doubtful=some[:1]))
    assert as_json(doubtful)["doubtful"] == list(some)


def test_a_pause_is_told_and_the_command_is_to_be_run_again() -> None:
    pause = Pause(reason="31 of the last 100 were refused", since=make.MORNING)
    paused = replace(report(2, queued=4, failed=31), pause=pause)

    assert "Sending is paused since 2026-08-14 08:00 UTC: 31 of the last 100" in words(paused)
    assert exit_code(paused) == 75
    assert as_json(paused)["paused"] == str(pause)


def test_what_went_to_nobody_is_not_told_as_sent() -> None:
    assert words(report(0, failed=3)).startswith("No reader was sent 25 papers of Friday")


def test_readers_of_other_days_are_told_apart() -> None:
    told = words(replace(report(2, deferred=1), others=3))

    assert "Sent other editions to 3 readers who had been put off." in told
