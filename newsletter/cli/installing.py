"""install systemd, install cron."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli import common

if TYPE_CHECKING:
    from newsletter.installing import Place
    from newsletter.settings import Settings

app = typer.Typer(help="Keep it going: a systemd unit or a crontab line.", no_args_is_help=True)

Write = Annotated[bool, typer.Option("--write", help="Write it where it belongs; else print it.")]
User = Annotated[
    str | None, typer.Option(metavar="NAME", help="Who runs it; else the owner of config.toml.")
]


@app.command()
def systemd(
    context: typer.Context,
    write: Write = False,
    user: User = None,
    name: Annotated[str, typer.Option(help="The unit's name.")] = "newsletter",
) -> None:
    """A hardened unit that keeps `newsletter run` up."""
    from newsletter.installing import UNITS, make_unit, write_unit

    settings, place = _find_place(context, user)
    unit = make_unit(place, settings)
    if not write:
        common.print_text(unit)
        return
    write_unit(unit, UNITS / f"{name}.service")
    common.say(f"Written: {UNITS / name}.service. Now, as root:")
    common.say(f"  systemctl daemon-reload && systemctl enable --now {name}")


@app.command()
def cron(context: typer.Context, write: Write = False, user: User = None) -> None:
    """A crontab line that asks every five minutes what is due."""
    from newsletter.installing import make_crontab, write_crontab

    settings, place = _find_place(context, user)
    block = make_crontab(place, settings)
    if not write:
        common.print_text(block)
        return
    write_crontab(block, place)
    common.say(f"Written into the crontab of {place.user}; to see it: crontab -l")


def _find_place(context: typer.Context, user: str | None) -> tuple[Settings, Place]:
    import pwd
    import sys
    from pathlib import Path

    from newsletter.errors import UsageError
    from newsletter.installing import Place

    settings = common.get_settings(context)
    config = common.get_config(context).resolve()
    try:
        known = pwd.getpwnam(user) if user else pwd.getpwuid(config.stat().st_uid)
    except KeyError:
        who = f"user {user}" if user else f"name for the owner of {config}"
        raise UsageError(f"There is no {who} on this machine; name one by --user.") from None
    script = Path(sys.executable).parent / "newsletter"
    program = (str(script),) if script.is_file() else (sys.executable, "-m", "newsletter")
    return settings, Place(config, known.pw_name, program)
