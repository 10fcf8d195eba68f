"""run."""

from __future__ import annotations

import typer

from newsletter.cli import common


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)


def run(context: typer.Context, sandbox: common.Sandbox = False) -> None:
    """Stay up and send on the schedule; SIGTERM stops it cleanly, SIGHUP reloads."""
    import os
    from dataclasses import replace
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from newsletter.cli.sending import surroundings
    from newsletter.delivery.stop import Stop
    from newsletter.outlet import Outlet
    from newsletter.reloading import Reloading
    from newsletter.running import Clockwork, stay_up
    from newsletter.settings import Settings
    from newsletter.supervisor import Supervisor

    supervisor = Supervisor(os.environ)

    def read() -> tuple[Settings, Outlet]:
        settings = common.get_settings(context)
        return settings, common.get_outlet(settings, sandbox)

    stop = Stop(supervisor.live)
    with (
        TemporaryDirectory(prefix="newsletter-") as copies,
        surroundings(show_progress=False, stop=stop) as plain,
        stop.on_signals(),
    ):
        around = replace(plain, wait=False, progress=supervisor.show)
        reloading = Reloading(common.get_config(context), read, Path(copies), around.clock)
        stay_up(Clockwork(reloading.kit, around), reloading, supervisor, stop=stop)
