"""rank, render."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import common

if TYPE_CHECKING:
    from newsletter.drafting import Draft
    from newsletter.model import Ranked


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(rank)
    app.command()(render)


def rank(
    context: typer.Context,
    date: common.Day = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show the parts of a score.")] = False,
    sandbox: common.Sandbox = False,
    json: common.Json = False,
) -> None:
    """Show the day's papers with their scores."""
    from newsletter.previewing import preview_draft

    settings = common.get_settings(context)
    outlet = common.get_outlet(settings, sandbox)
    asked = common.as_day(date)
    drafted = preview_draft(settings, outlet, asked=asked, now=common.now(), record=True)
    if json:
        common.print_json([_as_json(ranked, reason) for ranked, reason in drafted.standing])
    else:
        from newsletter.cli.tables import print_ranking

        print_ranking(drafted, maximum=settings.papers.maximum, explain=explain)
    tell_what_is_left_out(drafted)


def _as_json(ranked: Ranked, reason: str) -> dict[str, Any]:
    paper = ranked.paper
    return {
        "id": paper.id,
        "title": paper.title,
        "score": ranked.score,
        "parts": {part.signal: part.value for part in ranked.parts},
        "upvotes": paper.upvotes,
        "listed_on": paper.listed_on.isoformat() if paper.listed_on else None,
        "why": ranked.why,
        "key": paper.key,
        "chosen": not reason,
        "reason": reason,
    }


def tell_what_is_left_out(drafted: Draft) -> None:
    """What ails the source, on standard error."""
    for warning in drafted.loaded.warnings:
        common.note(f"warning: {warning}")
    for record in drafted.loaded.bad:
        common.note(f"left out: {record}")


def render(
    context: typer.Context,
    date: common.Day = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", file_okay=False, help="The folder to write to.")
    ] = Path(),
    sandbox: common.Sandbox = False,
) -> None:
    """Write newsletter.html, newsletter.txt and newsletter.eml, to look at."""
    from newsletter.pipeline import Surroundings
    from newsletter.previewing import preview_issue, write_files

    settings = common.get_settings(context)
    outlet = common.get_outlet(settings, sandbox)
    asked = common.as_day(date)
    drafted, issue = preview_issue(
        settings, outlet, asked=asked, around=Surroundings(), record=True
    )
    tell_what_is_left_out(drafted)
    if issue is None:
        common.say(f"Nothing to render for {drafted.day}: {drafted.quiet}.")
        return
    for path in write_files(issue, output):
        common.say(str(path))
