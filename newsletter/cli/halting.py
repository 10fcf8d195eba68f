"""pause, resume, cancel: rows in the store, which a running send obeys within two seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date as Date
from typing import TYPE_CHECKING

import typer

from newsletter.cli import common
from newsletter.errors import UsageError

if TYPE_CHECKING:
    from newsletter.store import Store


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(pause)
    app.command()(resume)
    app.command()(cancel)


def pause(
    context: typer.Context, sandbox: common.Sandbox = False, json: common.Json = False
) -> None:
    """Let nothing be sent until `resume`; a running send stops within two seconds."""
    with _store(context, sandbox) as store:
        store.ledger.pause("", now=common.now())
        found = store.ledger.paused()
    if json:
        common.print_json({"paused": str(found or "")})
    else:
        common.say(f"Sending is {found}. To go on: newsletter resume")


def resume(
    context: typer.Context, sandbox: common.Sandbox = False, json: common.Json = False
) -> None:
    """End a pause, whoever asked for it; a send that waits for it goes on."""
    with _store(context, sandbox) as store:
        found = store.ledger.resume()
        days = store.ledger.open_days()
    if json:
        common.print_json({"resumed": found is not None, "open": [str(day) for day in days]})
        return
    common.say(f"Sending was {found}; now it goes on." if found else "Sending was not paused.")
    if days:
        common.say("What is due goes with the next: newsletter dispatch")


def cancel(
    context: typer.Context,
    date: common.Day = None,
    sandbox: common.Sandbox = False,
    json: common.Json = False,
) -> None:
    """Withdraw what is open of an edition, for good: the newest that is open, or --date."""
    with _store(context, sandbox) as store:
        day = common.as_day(date) or _find_newest(store)
        done = store.ledger.cancel(day, now=common.now())
    if done is None:
        raise UsageError(f"No edition was published for {day}.")
    if json:
        common.print_json({"day": str(day), "withdrawn": done.withdrawn, "sending": done.sending})
        return
    on_wire = f"; {done.sending} on the wire may still arrive" if done.sending else ""
    common.say(f"Cancelled {day}: {done.withdrawn:,} withdrawn{on_wire}.")


def _find_newest(store: Store) -> Date:
    if days := store.ledger.open_days():
        return days[-1]
    raise UsageError("Nothing is open: there is nothing to cancel.")


@contextmanager
def _store(context: typer.Context, sandbox: bool) -> Iterator[Store]:
    outlet = common.get_outlet(common.get_settings(context), sandbox)
    with common.get_store(outlet.store_url) as store:
        if store is None:
            raise UsageError("Nothing was ever sent from here: there is nothing to hold up.")
        yield store
