"""init."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from newsletter.cli import common


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(init)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Made if it is not there.")],
) -> None:
    """Write config.toml, templates and sample data into a new folder."""
    from newsletter.shipped import copy_shipped

    copy_shipped(folder)
    common.say(f"A newsletter of your own is in {folder}. Its first edition, into the sandbox:")
    common.say(f"  newsletter --config {folder / 'config.toml'} send")
