"""send, dispatch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date as Date
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli import common
from newsletter.wording import counted

if TYPE_CHECKING:
    from newsletter.delivery.stop import Stop
    from newsletter.outlet import Outlet
    from newsletter.pipeline import Surroundings
    from newsletter.report import Report
    from newsletter.settings import Settings

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing when all is well.")]
Wait = Annotated[
    bool, typer.Option("--wait/--no-wait", help="Wait for another program that is sending.")
]
NoProgress = Annotated[bool, typer.Option("--no-progress", help="No progress bar or lines.")]


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
    due: Annotated[
        bool, typer.Option("--due", help="Only if the schedule says so: for cron, at any time.")
    ] = False,
    sandbox: common.Sandbox = False,
    json: common.Json = False,
    quiet: Quiet = False,
    no_progress: NoProgress = False,
    wait: Wait = True,
) -> None:
    """Load, rank, render, publish and deliver the day's papers. Safe to repeat."""
    from newsletter import pipeline
    from newsletter.previewing import warn_of_sample

    if due and (date or to or dry_run):
        raise typer.BadParameter("goes with neither --date, --to nor --dry-run", param_hint="--due")
    settings = common.get_settings(context)
    outlet = common.get_outlet(settings, sandbox)
    if warning := warn_of_sample(settings, outlet):
        common.note(f"newsletter: {warning}")
    asked = common.as_day(date)
    if dry_run:
        _show_dry_run(settings, outlet, asked, force=force, json=json)
        return
    with (
        _telling_machines(json, as_list=due),
        _surroundings_of(settings, quiet, no_progress, wait) as around,
    ):
        if to is not None:
            _send_test(settings, outlet, asked, to, around, json=json, quiet=quiet)
            return
        if due:
            reports = _send_due(settings, outlet, around)
        else:
            reports = [pipeline.send(settings, outlet, asked=asked, around=around, force=force)]
    _finish(reports, json=json, quiet=quiet, as_list=due)


def _send_due(settings: Settings, outlet: Outlet, around: Surroundings) -> list[Report]:
    """The day that is due, if one is, and whatever else is open."""
    from newsletter import due, pipeline

    decision = due.look(settings, outlet, around=around)
    if decision.missed:
        common.note(due.describe_missed(decision.missed))
    if decision.due:
        return [due.send_due(settings, outlet, decision.due, around=around)]
    return pipeline.dispatch(settings, outlet, around=around)


def dispatch(
    context: typer.Context,
    sandbox: common.Sandbox = False,
    json: common.Json = False,
    quiet: Quiet = False,
    no_progress: NoProgress = False,
    wait: Wait = True,
) -> None:
    """Send whatever is due now, of any day: readers the relay put off."""
    from newsletter import pipeline

    settings = common.get_settings(context)
    outlet = common.get_outlet(settings, sandbox)
    with (
        _telling_machines(json, as_list=True),
        _surroundings_of(settings, quiet, no_progress, wait) as around,
    ):
        reports = pipeline.dispatch(settings, outlet, around=around)
    _finish(reports, json=json, quiet=quiet, as_list=True)


def _surroundings_of(
    settings: Settings, quiet: bool, no_progress: bool, wait: bool
) -> AbstractContextManager[Surroundings]:
    return surroundings(
        show_progress=not (quiet or no_progress),
        rate=settings.smtp.rate,
        wait=wait,
        quiet=quiet,
    )


@contextmanager
def surroundings(
    *,
    show_progress: bool,
    rate: float = 0.0,
    wait: bool = True,
    quiet: bool = False,
    stop: Stop | None = None,
) -> Iterator[Surroundings]:
    """The world of a run: a signal stops it cleanly, a bar or lines show where it is.

    Whoever is to be quiet and finds another program at it leaves without a word.
    """
    from newsletter.cli.progress import progress_bar
    from newsletter.delivery.stop import Stop
    from newsletter.errors import Busy
    from newsletter.pipeline import Surroundings

    stop = stop or Stop()
    with progress_bar(show_progress, rate, common.note) as progress:
        try:
            yield Surroundings(
                stop=stop,
                hold_signals=stop.on_signals,
                progress=progress,
                wait=wait,
                tell=(lambda line: None) if quiet else common.note,
            )
        except Busy as error:
            if quiet:
                raise typer.Exit(error.exit_code) from None
            raise


def _finish(reports: list[Report], *, json: bool, quiet: bool, as_list: bool) -> None:
    from newsletter.report import as_json, describe, exit_code

    code = max((exit_code(report) for report in reports), default=0)
    if json:
        values = [as_json(report) for report in reports]
        common.print_json(values if as_list else values[0])
    elif not quiet:
        lines = [line for report in reports for line in describe(report)]
        for line in lines or ["Nothing is open: there is nothing to send."]:
            common.say(line)
    elif code:
        common.say(" ".join(line for report in reports for line in describe(report)))
    if not quiet or code:
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
    from newsletter.cli.papers import tell_what_is_left_out
    from newsletter.pipeline import Surroundings
    from newsletter.previewing import count_audience, preview_issue

    drafted, issue = preview_issue(settings, outlet, asked=asked, around=Surroundings())
    tell_what_is_left_out(drafted)
    if issue is not None and drafted.edition is not None and not force:
        refuse(look_over_issue(settings, drafted.edition, issue))
    audience, published = count_audience(settings, outlet, drafted.day)
    papers = len(drafted.edition.papers) if drafted.edition else 0
    if json:
        common.print_json(
            {
                "day": drafted.day.isoformat(),
                "papers": papers,
                "audience": audience,
                "subject": issue.subject if issue else "",
                "quiet": drafted.quiet,
                "published": published,
                "dry_run": True,
            }
        )
    elif published:
        common.say(f"Dry run: {drafted.day} was published before; only what is open would go.")
    elif issue is None:
        common.say(f"Nothing to send for {drafted.day}: {drafted.quiet}.")
    else:
        common.say(
            f"Dry run: {counted(papers, 'paper')} of {drafted.day} would go to"
            f" {counted(audience, 'reader')}"
            f" as “{issue.subject}”. Nothing was published or sent."
        )


@contextmanager
def _telling_machines(json: bool, *, as_list: bool) -> Iterator[None]:
    """What was done before an error ended it is told to machines all the same."""
    from newsletter.errors import NewsletterError
    from newsletter.report import as_json

    try:
        yield
    except NewsletterError as error:
        if json and error.reports:
            values = [{**as_json(report), "error": str(error)} for report in error.reports]
            common.print_json(values if as_list else values[0])
        raise
