"""subscribers add, remove, list, import, export, show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import common
from newsletter.errors import UsageError
from newsletter.statuses import SubscriberStatus
from newsletter.wording import counted

if TYPE_CHECKING:
    from newsletter.model import Subscriber
    from newsletter.roster import Refused
    from newsletter.settings import Settings
    from newsletter.store import Store
    from newsletter.store.adding import Added

app = typer.Typer(help="Your readers.", no_args_is_help=True)

Address = Annotated[str, typer.Argument(metavar="ADDRESS")]


@app.command("add")
def add(
    context: typer.Context,
    address: Address,
    name: Annotated[str, typer.Option(help="What to call the reader.")] = "",
    sandbox: common.Sandbox = False,
    json: common.Json = False,
) -> None:
    """Add a reader who asked for it. A reader who left stays away."""
    from newsletter.addresses import normalize

    with _store(context, sandbox) as store:
        added = store.subscribers.add([(normalize(address), name)], now=common.now())
    _tell_added(added, [], json=json)


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV, with or without a header.")],
    sandbox: common.Sandbox = False,
    json: common.Json = False,
) -> None:
    """Add the readers of a CSV file; every line that is refused is named."""
    from newsletter.roster import read

    roster = read(file)
    with _store(context, sandbox) as store:
        added = store.subscribers.add(roster.entries, now=common.now())
    if roster.encoding not in ("utf-8", "utf-8-sig"):
        common.note(f"{file} is not UTF-8; it was read as {roster.encoding}.")
    _tell_added(added, roster.refused, json=json)
    if roster.refused and not any(_told(added)):
        raise UsageError(f"{file} holds no address that can be mailed to.")


@app.command("remove")
def remove(context: typer.Context, address: Address, sandbox: common.Sandbox = False) -> None:
    """Delete a reader; only a hash is kept, so that no import brings them back."""
    with _store(context, sandbox) as store:
        removed = store.subscribers.remove(address, now=common.now())
    # Not an error: every command may be run twice.
    common.say(f"Removed {address}." if removed else f"There is no reader {address}.")


@app.command("list")
def list_(
    context: typer.Context,
    status: Annotated[SubscriberStatus | None, typer.Option(help="Only those.")] = None,
    sandbox: common.Sandbox = False,
    json: common.Json = False,
) -> None:
    """List readers."""
    with _store_to_read(context, sandbox) as store:
        found = store.subscribers.iterate(status=status) if store else iter(())
        if json:
            common.print_json([_as_json(reader) for reader in found])
            return
        from newsletter.cli.tables import print_readers

        print_readers(found)


@app.command("export")
def export(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Else standard output.")] = None,
    status: Annotated[SubscriberStatus | None, typer.Option(help="Only those.")] = None,
    sandbox: common.Sandbox = False,
) -> None:
    """Write the readers as CSV, to be read by `import`."""
    from newsletter.roster import write

    with _store_to_read(context, sandbox) as store:
        count = write(file, store.subscribers.iterate(status=status) if store else ())
    common.note(f"Wrote {counted(count, 'reader')}" + (f" to {file}." if file else "."))


@app.command("show")
def show(
    context: typer.Context,
    address: Address,
    sandbox: common.Sandbox = False,
    json: common.Json = False,
) -> None:
    """Show a reader and what was sent to them."""
    with _store_to_read(context, sandbox) as store:
        reader = store.subscribers.get(address) if store else None
        if store is None or reader is None:
            raise UsageError(f"There is no reader {address}.")
        history = store.subscribers.history(reader.id)
    if json:
        from newsletter.cli.ledger import delivery_json

        deliveries = [delivery_json(delivery) for delivery in history]
        common.print_json({**_as_json(reader), "deliveries": deliveries})
        return
    from newsletter.cli.tables import print_reader

    print_reader(reader, history)


@contextmanager
def _store(context: typer.Context, sandbox: bool) -> Iterator[Store]:
    """The real readers, whatever `send` would do: nobody added is lost in a sandbox."""
    from newsletter.outlet import add_sample_readers
    from newsletter.store import open_store

    settings, url = _find_store(context, sandbox)
    with open_store(url) as store:
        if sandbox:
            add_sample_readers(settings, store, common.now())
        yield store
    _note_sandbox(settings, sandbox)


@contextmanager
def _store_to_read(context: typer.Context, sandbox: bool) -> Iterator[Store | None]:
    settings, url = _find_store(context, sandbox)
    with common.get_store(url) as store:
        if sandbox and not store:
            common.note("There is no sandbox yet; the first send into it makes one.")
        yield store
    _note_sandbox(settings, sandbox)


def _find_store(context: typer.Context, sandbox: bool) -> tuple[Settings, str]:
    from newsletter.outlet import choose_outlet

    settings = common.get_settings(context)
    url = choose_outlet(settings, sandbox=True).store_url if sandbox else settings.store.url
    return settings, url


def _note_sandbox(settings: Settings, sandbox: bool) -> None:
    if not sandbox and not settings.smtp.host:
        common.note("Until smtp.host is set, mail goes to the sandbox and its sample readers.")


def _as_json(reader: Subscriber) -> dict[str, Any]:
    return {
        "address": reader.address,
        "name": reader.name,
        "status": reader.status,
        "reason": reader.reason,
        "created_at": reader.created_at.isoformat(),
    }


def _told(added: Added) -> list[int]:
    kept_away = (added.known, added.unsubscribed, added.suppressed, added.left)
    return [added.count, *map(len, kept_away)]


def _tell_added(added: Added, refused: list[Refused], *, json: bool) -> None:
    kept_away = {
        "already there": added.known,
        "unsubscribed": added.unsubscribed,
        "suppressed": added.suppressed,
        "left and removed": added.left,
    }
    if json:
        names = {words.replace(" ", "_"): list(found) for words, found in kept_away.items()}
        lines = [str(line) for line in refused]
        counts = {"added": added.count, "duplicates": added.duplicates}
        common.print_json({**counts, **names, "refused": lines})
    else:
        common.say(_count_added(added, kept_away, len(refused)))
        for words, found in kept_away.items():
            for address in found:
                common.say(f"Not added, {words}: {address}")
    for line in refused:
        common.note(f"refused: {line}")


def _count_added(added: Added, kept_away: dict[str, tuple[str, ...]], refused: int) -> str:
    counts = {words: len(found) for words, found in kept_away.items()}
    counts |= {"in the file more than once": added.duplicates, "refused": refused}
    others = ", ".join(f"{count:,} {words}" for words, count in counts.items() if count)
    return f"Added {added.count:,}." + (f" Not added: {others}." if others else "")
