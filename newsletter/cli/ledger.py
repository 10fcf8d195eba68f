"""status, deliveries, retry."""

from __future__ import annotations

from datetime import date as Date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import common
from newsletter.statuses import Status

if TYPE_CHECKING:
    from newsletter.model import Delivery
    from newsletter.outlet import Outlet

_RETRIED = (Status.IN_DOUBT, Status.FAILED, Status.DEFERRED)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(status)
    app.command()(deliveries)
    app.command()(retry)


def status(
    context: typer.Context,
    date: common.Day = None,
    alive: Annotated[
        bool, typer.Option("--alive", help="Only whether somebody looks at the schedule; else 1.")
    ] = False,
    sandbox: common.Sandbox = False,
    json: common.Json = False,
) -> None:
    """Show the last edition, what is open and why, what is next, and all editions."""
    from newsletter.report import tally_json
    from newsletter.standing import describe_standing, is_awake, standing_json

    settings = common.get_settings(context)
    outlet = common.get_outlet(settings, sandbox)
    with common.get_store(outlet.store_url) as store:
        if alive:
            raise typer.Exit(0 if store and is_awake(store, common.now()) else 1)
        tallies = store.ledger.tallies() if store else []
        audience = store.subscribers.count_by_status() if store else {}
        words, standing = [], {}
        if store and json:
            standing = standing_json(settings, store, common.now())
        elif store and not date:
            words = list(describe_standing(settings, outlet, store, common.now()))
    day = common.as_day(date)
    found = [tally for tally in reversed(tallies) if day in (None, tally.day)]
    if json:
        common.print_json([{**tally_json(tally), **standing} for tally in found])
        return
    from newsletter.cli.tables import print_status

    print_status(found, audience, outlet, words, asked=day is not None)


def deliveries(
    context: typer.Context,
    date: common.Day = None,
    status: Annotated[Status | None, typer.Option(help="Only those.")] = None,
    sandbox: common.Sandbox = False,
    json: common.Json = False,
) -> None:
    """List deliveries: to whom, and what the relay said."""
    outlet = _outlet(context, sandbox)
    with common.get_store(outlet.store_url) as store:
        day = common.as_day(date)
        found = store.ledger.deliveries(day=day, status=status) if store else iter(())
        if json:
            common.print_json([delivery_json(delivery) for delivery in found])
            return
        from newsletter.cli.tables import print_deliveries

        print_deliveries(found)


def retry(
    context: typer.Context,
    date: common.Day = None,
    status: Annotated[
        Status | None, typer.Option(help="in_doubt, failed or deferred; else all three.")
    ] = None,
    sandbox: common.Sandbox = False,
    json: common.Json = False,
) -> None:
    """Queue again what is in doubt, failed or deferred; `dispatch` then sends it."""
    if status is not None and status not in _RETRIED:
        raise typer.BadParameter("must be in_doubt, failed or deferred", param_hint="--status")
    day: Date | None = common.as_day(date)
    statuses = (status,) if status else _RETRIED
    with common.get_store(_outlet(context, sandbox).store_url) as store:
        count = store.ledger.retry(day, statuses, now=common.now()) if store else 0
    if json:
        common.print_json({"queued": count})
    else:
        common.say(f"Queued again: {count}." + (" Now: newsletter dispatch" if count else ""))


def _outlet(context: typer.Context, sandbox: bool) -> Outlet:
    return common.get_outlet(common.get_settings(context), sandbox)


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    """A delivery for machines."""
    return {
        "day": delivery.day.isoformat(),
        "address": delivery.address,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "reply": delivery.reply,
        "due_at": delivery.due_at.isoformat() if delivery.due_at else None,
    }
