"""send, dispatch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date as Date
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli import common

if TYPE_CHECKING:
    from newsletter.outlet import Outlet
    from newsletter.pipeline import Surroundings
    from newsletter.report import Report
    from newsletter.settings import Settings

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing when all is well.")]
NoProgress = Annotated[bool, typer.Option("--no-progress", help="No progress bar.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(send)
    app.command()(dispatch)


def send(
    context: typer.Context,
    date: common.Day = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do everything but publish and send.")
    ] = False,
    to: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Send a test here; record nothing.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Send though a check says it must not go out.")
    ] = False,
    sandbox: common.Sandbox = False,
    json: common.Json = False,
    quiet: Quiet = False,
    no_progress: NoProgress = False,
) -> None:
    """Load, rank, render, publish and deliver the day's papers. Safe to repeat."""
    from newsletter import pipeline
    from newsletter.previewing import warn_of_sample

    settings = common.get_settings(context)
    outlet = common.get_outlet(settings, sandbox)
    if warning := warn_of_sample(settings, outlet):
        common.note(f"newsletter: {warning}")
    asked = common.as_day(date)
    if dry_run:
        _show_dry_run(settings, outlet, asked, force=force, json=json)
        return
    with surroundings(show_progress=not (quiet or no_progress)) as around:
        if to is not None:
            _send_test(settings, outlet, asked, to, around, json=json, quiet=quiet)
            return
        report = pipeline.send(settings, outlet, asked=asked, around=around, force=force)
    _finish([report], json=json, quiet=quiet, as_list=False)


def dispatch(
    context: typer.Context,
    sandbox: common.Sandbox = False,
    json: common.Json = False,
    quiet: Quiet = False,
    no_progress: NoProgress = False,
) -> None:
    """Send whatever is due now, of any day: readers the relay put off."""
    from newsletter import pipeline

    settings = common.get_settings(context)
    outlet = common.get_outlet(settings, sandbox)
    with surroundings(show_progress=not (quiet or no_progress)) as around:
        reports = pipeline.dispatch(settings, outlet, around=around)
    _finish(reports, json=json, quiet=quiet, as_list=True)


@contextmanager
def surroundings(*, show_progress: bool) -> Iterator[Surroundings]:
    """The world of a run: a signal stops it cleanly, a bar shows where it is."""
    from newsletter.cli.progress import progress_bar
    from newsletter.delivery.dispatch import Stop
    from newsletter.pipeline import Surroundings

    stop = Stop()
    with progress_bar(show_progress) as progress:
        yield Surroundings(stop=stop, hold_signals=stop.on_signals, progress=progress)


def _finish(reports: list[Report], *, json: bool, quiet: bool, as_list: bool) -> None:
    from newsletter.report import as_json, describe, exit_code

    code = max((exit_code(report) for report in reports), default=0)
    if json:
        values = [as_json(report) for report in reports]
        common.print_json(values if as_list else values[0])
    elif not quiet or code:
        lines = [line for report in reports for line in describe(report)]
        for line in lines or ["Nothing is open: there is nothing to send."]:
            common.say(line)
    _tell_of_the_source(reports)
    raise typer.Exit(code)


def _tell_of_the_source(reports: list[Report]) -> None:
    for report in reports:
        for warning in report.warnings:
            common.note(f"warning: {warning}")
        for record in report.bad:
            common.note(f"left out: {record}")


def _send_test(
    settings: Settings,
    outlet: Outlet,
    asked: Date | None,
    to: str,
    around: Surroundings,
    *,
    json: bool,
    quiet: bool,
) -> None:
    from newsletter.addresses import normalize
    from newsletter.previewing import send_test

    address = normalize(to)
    issue = send_test(settings, outlet, asked=asked, to=address, around=around)
    where = str(outlet.maildir) if outlet.maildir else settings.smtp.host
    if json:
        common.print_json({"day": issue.day.isoformat(), "to": address, "subject": issue.subject})
    elif not quiet:
        common.say(f"Sent a test of {issue.day} to {address} ({where}); nothing was recorded.")


def _show_dry_run(
    settings: Settings, outlet: Outlet, asked: Date | None, *, force: bool, json: bool
) -> None:
    from newsletter.checking import look_over_issue, refuse
    from newsletter.model import SubscriberStatus
    from newsletter.pipeline import Surroundings
    from newsletter.previewing import preview_issue

    drafted, issue = preview_issue(settings, outlet, asked=asked, around=Surroundings())
    if issue is not None and drafted.edition is not None and not force:
        refuse(look_over_issue(settings, drafted.edition, issue))
    with common.get_store(outlet.store_url) as store:
        counts = store.subscribers.count_by_status() if store else {}
    audience = counts.get(SubscriberStatus.CONFIRMED, 0)
    papers = len(drafted.edition.papers) if drafted.edition else 0
    if json:
        common.print_json(
            {
                "day": drafted.day.isoformat(),
                "papers": papers,
                "audience": audience,
                "subject": issue.subject if issue else "",
                "quiet": drafted.quiet,
                "dry_run": True,
            }
        )
    elif issue is None:
        common.say(f"Nothing to send for {drafted.day}: {drafted.quiet}.")
    else:
        common.say(
            f"Dry run: {papers} papers of {drafted.day} would go to {audience} readers"
            f" as “{issue.subject}”. Nothing was published or sent."
        )
