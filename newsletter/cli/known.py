"""papers: list, show."""

from __future__ import annotations

from datetime import date as Date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import common
from newsletter.errors import UsageError

if TYPE_CHECKING:
    from newsletter.outlet import Outlet
    from newsletter.settings import Settings
    from newsletter.store import Store
    from newsletter.store.papers import KnownPaper, Reading

app = typer.Typer(help="Look up the papers that were ever loaded.", no_args_is_help=True)


@app.command("list")
def list_(
    context: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(help="Only those whose title or id holds each word.")
    ] = None,
    date: common.ListingDay = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    sandbox: common.Sandbox = False,
    json: common.Json = False,
) -> None:
    """List papers, the newest first; with words, search their titles."""
    outlet = common.get_outlet(common.get_settings(context), sandbox)
    with common.get_store(outlet.store_url) as store:
        day = common.as_day(date)
        found = store.papers.find(words or (), listed_on=day, limit=limit) if store else []
    if json:
        common.print_json([_as_json(paper) for paper in found])
        return
    from newsletter.cli.known_tables import print_papers

    print_papers(found, limit=limit)


@app.command()
def show(
    context: typer.Context,
    paper: Annotated[str, typer.Argument(metavar="ID", help="As `papers list` tells it.")],
    date: common.Day = None,
    sandbox: common.Sandbox = False,
    json: common.Json = False,
) -> None:
    """Show how a paper's votes grew, where it was featured, and why or why not on a day."""
    from newsletter.steering import fold_name

    settings = common.get_settings(context)
    outlet = common.get_outlet(settings, sandbox)
    with common.get_store(outlet.store_url) as store:
        known = store.papers.get(fold_name(paper)) if store else None
        if store is None or known is None:
            raise UsageError(f"There is no paper {paper}; `newsletter papers list` tells them.")
        readings = store.papers.readings(known.key)
        day = common.as_day(date) or known.featured_on
        verdict = _judge(store, known, day) if day else []
    if day and not verdict:
        verdict = _judge_draft(settings, outlet, known, day)
    if json:
        common.print_json(
            {
                **_as_json(known),
                "readings": [_reading_json(each) for each in readings],
                "day": day and day.isoformat(),
                "verdict": verdict,
            }
        )
        return
    from newsletter.cli.known_tables import print_paper

    print_paper(known, readings, day, verdict)


def _judge(store: Store, known: KnownPaper, day: Date) -> list[str]:
    """What was made of it on a day that was published; empty where it was not."""
    from newsletter.page import judge

    chosen, at = store.editions.get_edition_page(day), store.editions.published_at(day)
    if chosen is None or at is None:
        return []
    if verdict := judge(known.key, chosen, store.editions.get_passed_over(day) or ()):
        return verdict
    if known.first_seen > at:
        return [f"not chosen: first seen {known.first_seen:%Y-%m-%d %H:%M} UTC, after it was out"]
    return ["not chosen: no list that was read for that day held it"]


def _judge_draft(settings: Settings, outlet: Outlet, known: KnownPaper, day: Date) -> list[str]:
    from newsletter.page import judge, list_chosen, list_passed_over
    from newsletter.previewing import preview_draft

    drafted = preview_draft(settings, outlet, asked=day, now=common.now())
    said = ["not published; this is how it would be"]
    if drafted.quiet:
        return [*said, f"not chosen: {drafted.quiet}"]
    drawn = drafted.drawn
    verdict = judge(known.key, list_chosen(drawn), list_passed_over(drawn))
    return [*said, *(verdict or ["not chosen: no list of that day and the week before holds it"])]


def _reading_json(each: Reading) -> dict[str, Any]:
    return {**each._asdict(), "observed_at": each.observed_at.isoformat()}


def _as_json(paper: KnownPaper) -> dict[str, Any]:
    return {
        "key": paper.key,
        "title": paper.title,
        "listed_on": paper.listed_on and paper.listed_on.isoformat(),
        "first_seen": paper.first_seen.isoformat(),
        "upvotes": paper.upvotes,
        "featured_on": paper.featured_on and paper.featured_on.isoformat(),
    }
