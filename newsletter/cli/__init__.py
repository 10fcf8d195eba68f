"""The commands. Each is thin, and imports what it needs when it is called."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from newsletter import __version__
from newsletter.cli import (
    backtest,
    checks,
    editing,
    halting,
    installing,
    known,
    ledger,
    papers,
    previewing,
    readers,
    running,
    sending,
    setup,
    sources,
)
from newsletter.errors import NewsletterError

app = typer.Typer(
    name="newsletter",
    help="Mail the day's research papers: load, rank, render, deliver.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for commands in (
    sending, running, previewing, papers, sources, checks, editing, backtest, ledger, halting,
    setup,
):  # fmt: skip
    commands.register(app)
app.add_typer(readers.app, name="subscribers")
app.add_typer(known.app, name="papers")
app.add_typer(installing.app, name="install")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"newsletter {__version__}")
        raise typer.Exit


@app.callback()
def _start(
    context: typer.Context,
    config: Annotated[
        Path, typer.Option(help="The settings; paths in it are relative to it.")
    ] = Path("config.toml"),
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Say it.")
    ] = False,
) -> None:
    context.obj = config


def main() -> None:
    """Run the command line; an operator's mistake is one sentence, not a traceback."""
    try:
        app()
    except NewsletterError as error:
        sys.stderr.write(f"newsletter: {error}\n")
        sys.exit(error.exit_code)
