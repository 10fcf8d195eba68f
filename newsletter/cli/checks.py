"""check."""

from __future__ import annotations

from datetime import date as Date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import common

if TYPE_CHECKING:
    from newsletter.checking import Checked


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)


def check(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="A file of HTML instead of the day's email.")
    ] = None,
    date: common.Day = None,
    online: Annotated[
        bool, typer.Option("--online", help="Also ask the address of every link.")
    ] = False,
    sandbox: common.Sandbox = False,
    json: common.Json = False,
) -> None:
    """Look the day's email over: size, links, pictures, clients, contrast, words, spam."""
    from newsletter.checks.findings import Level, count

    checked = _check(context, file, common.as_day(date), online=online, sandbox=sandbox)
    if json:
        common.print_json(_as_json(checked))
    else:
        from newsletter.cli.findings import print_checked

        print_checked(checked)
    raise typer.Exit(2 if count(checked.findings, Level.STOP) else 0)


def _check(
    context: typer.Context, file: Path | None, day: Date | None, *, online: bool, sandbox: bool
) -> Checked:
    from newsletter.checking import check_day, check_file
    from newsletter.pipeline import Surroundings

    if file is not None:
        return check_file(file, online=online)
    settings = common.get_settings(context)
    outlet = common.get_outlet(settings, sandbox)
    return check_day(settings, outlet, asked=day, online=online, around=Surroundings())


def _as_json(checked: Checked) -> dict[str, Any]:
    from newsletter.checks.findings import Level, as_json, count

    mail = checked.mail
    return {
        "day": checked.day.isoformat() if checked.day else None,
        "subject": mail.subject if mail else "",
        "quiet": checked.quiet,
        "size": mail.size._asdict() if mail else None,
        "stops": count(checked.findings, Level.STOP),
        "warnings": count(checked.findings, Level.WARNING),
        "findings": [as_json(finding) for finding in checked.findings],
    }
