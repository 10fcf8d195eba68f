"""preview."""

from __future__ import annotations

from typing import Annotated

import typer

from newsletter.cli import common


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(preview)


def preview(
    context: typer.Context,
    date: common.Day = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Else 8787, or any that is free.")
    ] = None,
    host: Annotated[
        str, typer.Option(help="Where to listen; beyond this machine a token is asked for.")
    ] = "127.0.0.1",
    no_open: Annotated[bool, typer.Option("--no-open", help="Open no browser.")] = False,
    sandbox: common.Sandbox = False,
) -> None:
    """Show the day's email in a browser, and show it anew whenever a file is saved."""
    import sys
    import threading
    import webbrowser

    from newsletter.web.preview.serving import open_door, serve
    from newsletter.web.preview.studio import Studio

    common.get_settings(context)
    studio = Studio(
        common.get_config(context), day=common.as_day(date), sandbox=sandbox, clock=common.now
    )
    door = open_door(host, port)
    address = door.address()

    def tell() -> None:
        common.say(f"Preview: {address}\nCtrl+C stops it.")
        sys.stdout.flush()
        if not no_open:
            # Some browsers return only when they are closed, and would be waited for.
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    with door.listener:
        serve(studio, door, tell)
