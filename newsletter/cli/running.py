"""run."""

from __future__ import annotations

from pathlib import Path

import typer

from newsletter.cli import common


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)


def run(context: typer.Context, sandbox: common.Sandbox = False) -> None:
    """Stay up and send on the schedule; SIGTERM stops it cleanly, SIGHUP reloads."""
    import os
    from dataclasses import replace
    from tempfile import TemporaryDirectory

    from newsletter.cli.progress import tell_lines
    from newsletter.cli.sending import surroundings
    from newsletter.delivery.progress import Dispatched
    from newsletter.delivery.stop import Stop
    from newsletter.outlet import Outlet
    from newsletter.reloading import Reloading
    from newsletter.running import Clockwork, ending_at_once, log_progress, stay_up
    from newsletter.settings import Settings
    from newsletter.supervisor import Supervisor

    supervisor = Supervisor(os.environ)

    def read() -> tuple[Settings, Outlet]:
        settings = common.get_settings(context)
        return settings, common.get_outlet(settings, sandbox)

    stop = Stop(supervisor.live)
    config = common.get_config(context)
    with (
        TemporaryDirectory(dir=_make_var(config), prefix="run-") as copies,
        surroundings(show_progress=False, stop=stop) as plain,
        stop.on_signals(),
    ):
        reloading = Reloading(config, read, Path(copies), plain.clock)
        say = tell_lines(reloading.kit.settings.smtp.rate, log_progress)

        def progress(done: Dispatched, due: int) -> None:
            supervisor.show_progress(done, due)
            say(done, due)

        around = replace(
            plain, wait=False, progress=progress, let_signals=lambda: ending_at_once(stop)
        )
        clockwork = Clockwork(reloading.kit, around, supervisor.show)
        stay_up(clockwork, reloading, supervisor, stop=stop)


def _make_var(config: Path) -> Path:
    """The newsletter's own folder for files; what lies in /tmp for long is swept away."""
    from newsletter.errors import UsageError

    folder = config.resolve().parent / "var"
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}.") from error
    return folder
