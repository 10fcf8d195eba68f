"""What a command came to: in words for people, as JSON for machines, as an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from newsletter.checks.findings import Finding, Level, count
from newsletter.model import OPEN, BadRecord, Pause, Status, Tally
from newsletter.wording import counted

#: How many addresses are named in a sentence; JSON has them all.
_NAMED = 10
_WORDS = {
    Status.QUEUED: "not tried yet",
    Status.SENDING: "on the wire",
    Status.DEFERRED: "refused for now, tried again later",
    Status.IN_DOUBT: "cut off at the end, may or may not have arrived",
    Status.REJECTED: "with a dead address",
    Status.FAILED: "failed",
    Status.SUPPRESSED: "suppressed",
    Status.WITHDRAWN: "withdrawn, as they left, it was cancelled or no news any more",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What `send` or `dispatch` did, and where its edition stands now."""

    day: date
    #: Sent by this run, of this edition.
    sent: int
    #: Failed for good in this run, of this edition.
    failed: int
    #: The edition's deliveries; None where the day has no edition.
    tally: Tally | None
    seconds: float
    #: Whether this run published the edition; False where it was there before.
    published: bool = False
    #: Why nothing was published, on a quiet day.
    quiet: str = ""
    subject: str = ""
    #: How many of the edition's papers are shown with less than their whole abstract.
    shortened: int = 0
    #: What the checks said of the email before it was published.
    findings: tuple[Finding, ...] = ()
    #: How many more of the day's papers did not fit, even as titles.
    left_out: int = 0
    #: Records that were left out, and other things to know of the source.
    bad: tuple[BadRecord, ...] = ()
    warnings: tuple[str, ...] = ()
    #: Where the sandbox keeps the mail; None where it went through a relay.
    maildir: Path | None = None
    #: A signal ended the run before it was done.
    stopped: bool = False
    #: Who may or may not have got a message: its end was cut off, in this run or one killed.
    doubtful: tuple[str, ...] = ()
    #: Why nothing is sent though something is due.
    pause: Pause | None = None
    #: Why the day's papers are waited for; "" where they are not.
    waiting: str = ""
    #: How many of the edition's deliveries were no news any more in this run.
    withdrawn: int = 0
    #: Sent by this run of other editions: readers who had been put off.
    others: int = 0
    #: When the quiet hours end that paused the send, in the newsletter's zone.
    paused_until: datetime | None = None


def exit_code(report: Report) -> int:
    """75 if paused, 1 if someone's delivery failed or is in doubt, 75 if stopped, else 0."""
    if report.pause is not None:
        return 75
    if report.tally is not None and report.tally.counts[Status.IN_DOUBT]:
        return 1
    if report.failed:
        return 1
    return 75 if report.stopped and report.tally is not None and report.tally.open else 0


def as_json(report: Report) -> dict[str, Any]:
    """The report for machines: `sent` counts this run, `totals` the edition's state."""
    totals = {str(status): 0 for status in Status}
    if report.tally is not None:
        totals = {str(status): count for status, count in report.tally.counts.items()}
    return {
        "day": report.day.isoformat(),
        "papers": report.tally.papers if report.tally else 0,
        "audience": report.tally.audience if report.tally else 0,
        "seconds": round(report.seconds, 3),
        **totals,
        "sent": report.sent,
        "totals": totals,
        "sent_of_other_days": report.others,
        "published": report.published,
        "quiet": report.quiet,
        "waiting": report.waiting,
        "subject": report.subject,
        "doubtful": list(report.doubtful),
        "paused": str(report.pause) if report.pause else "",
        "findings": {str(level): count(report.findings, level) for level in Level},
        "shortened": report.shortened,
        "bad_records": [str(record) for record in report.bad],
        "source_warnings": list(report.warnings),
        "sandbox": str(report.maildir) if report.maildir else None,
    }


def tally_json(tally: Tally) -> dict[str, Any]:
    """An edition's counts for machines."""
    counts = {str(status): count for status, count in tally.counts.items()}
    return {
        "day": tally.day.isoformat(),
        "papers": tally.papers,
        "audience": tally.audience,
        **counts,
    }


def describe(report: Report) -> Iterator[str]:
    """The report in sentences, the most important first."""
    if report.waiting:
        yield f"Waiting for the papers of {report.day}: {report.waiting}."
        return
    if report.tally is None:
        yield f"Nothing to send for {report.day}: {report.quiet or 'no edition was published'}."
        yield from _tell_others(report)
        return
    yield _headline(report, report.tally)
    yield from _tell_others(report)
    yield from _describe_delivery(report, report.tally)
    yield from _describe_email(report)
    if report.maildir:
        yield f"Sandbox: nothing left this machine. The mail is in {report.maildir}"


def _describe_delivery(report: Report, tally: Tally) -> Iterator[str]:
    if report.pause:
        yield f"Sending is {report.pause}. To go on: newsletter resume"
    if report.paused_until and tally.open:
        yield f"Paused: nothing leaves in the quiet hours, until {report.paused_until:%H:%M}."
    if report.withdrawn:
        yield f"Withdrawn: {counted(report.withdrawn, 'reader')}, for whom it is no news any more."
    yield from _details(tally)
    if report.doubtful:
        yield f"Cut off at the end, may have it already: {_name(report.doubtful)}."


def _describe_email(report: Report) -> Iterator[str]:
    if report.shortened:
        shortened = counted(report.shortened, "paper")
        yield f"{shortened} shortened, so that no mail reader clips the email."
    if told := _tell_findings(report.findings):
        yield f"{told} about the email: newsletter check --date {report.day}"
    if report.left_out:
        yield f"{counted(report.left_out, 'paper')} left out, as not even all titles fit."


def _headline(report: Report, tally: Tally) -> str:
    day = f"{report.day:%A, %-d %B %Y}"
    what = f"{counted(tally.papers, 'paper')} of {day}"
    reached = tally.counts[Status.SENT]
    if not report.published and not report.sent and not tally.open:
        told = f"Already sent: {what} to {counted(reached, 'reader')}."
        return told if reached or not tally.audience else f"No reader was sent {what}."
    took = f" in {report.seconds:.1f} s" if report.sent else ""
    ending = "" if not tally.open else f" {counted(tally.open, 'reader')} still open."
    return f"Sent {what} to {counted(report.sent, 'reader')}{took}.{ending}"


def _tell_others(report: Report) -> Iterator[str]:
    if report.others:
        yield f"Sent other editions to {counted(report.others, 'reader')} who had been put off."


def _details(tally: Tally) -> Iterator[str]:
    for status, words in _WORDS.items():
        if count := tally.counts[status]:
            mark = "open" if status in OPEN else "closed"
            yield f"{counted(count, 'reader')} {words} ({status}, {mark})."
    if not tally.audience:
        yield "There are no confirmed readers yet: newsletter subscribers add ADDRESS."


def _name(addresses: tuple[str, ...]) -> str:
    """Some of the addresses, and how many more there are."""
    more = len(addresses) - _NAMED
    named = ", ".join(addresses[:_NAMED])
    return f"{named} and {more:,} more" if more > 0 else named


def _tell_findings(findings: tuple[Finding, ...]) -> str:
    stops, warnings = count(findings, Level.STOP), count(findings, Level.WARNING)
    told = counted(warnings, "warning") if warnings else ""
    forced = f"{stops} that should have stopped it" if stops else ""
    return ", ".join(filter(None, (forced, told)))
