"""sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from newsletter.cli import common

if TYPE_CHECKING:
    from newsletter.papers import Loaded
    from newsletter.survey import Surveyed


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(sources)


def sources(context: typer.Context, date: common.Day = None, json: common.Json = False) -> None:
    """Show what each source gives, and what its columns are taken for."""
    from newsletter.drafting import choose_day, choose_now
    from newsletter.survey import survey

    settings = common.get_settings(context)
    now = common.now()
    day = choose_day(settings, common.as_day(date), now)
    found = survey(settings, day=day, now=choose_now(settings, day, now))
    if json:
        common.print_json([_as_json(each) for each in found])
    else:
        from newsletter.cli.source_table import print_sources

        print_sources(found)
    raise typer.Exit(max((each.error.exit_code for each in found if each.error), default=0))


def _as_json(surveyed: Surveyed) -> dict[str, Any]:
    from newsletter.sources import hide_secrets

    loaded = surveyed.loaded
    return {
        "source": hide_secrets(surveyed.source.at),
        "weight": surveyed.source.weight,
        "papers": len(loaded.papers) if loaded else 0,
        "bad_records": [str(record) for record in loaded.bad] if loaded else [],
        "lists": _lists(loaded) if loaded else [],
        "warnings": list(loaded.warnings) if loaded else [],
        "error": str(surveyed.error) if surveyed.error else None,
    }


def _lists(loaded: Loaded) -> list[dict[str, Any]]:
    return [
        {
            "origin": each.origin,
            "listed_on": each.listed_on.isoformat() if each.listed_on else None,
            "observed_at": each.observed_at.isoformat(),
            "records": each.count,
            "columns": dict(each.columns.taken) if each.columns else None,
            "unused": list(each.columns.unused) if each.columns else [],
            "hints": dict(each.columns.hints) if each.columns else {},
        }
        for each in loaded.lists
    ]
