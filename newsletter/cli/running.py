"""run."""

from __future__ import annotations

import typer

from newsletter.cli import common


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)


def run(context: typer.Context, sandbox: common.Sandbox = False) -> None:
    """Stay up and send on the schedule; SIGTERM stops it cleanly."""
    from newsletter.cli.sending import surroundings
    from newsletter.running import stay_up

    settings = common.get_settings(context)
    outlet = common.get_outlet(settings, sandbox)
    with surroundings(show_progress=False) as around, around.hold_signals():
        stay_up(settings, outlet, around=around, tell=common.note)
