"""Compared formulas, for people."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from newsletter.backtest.comparison import Comparison, Figures, Tuning
from newsletter.backtest.formulas import DEFAULT
from newsletter.backtest.measures import Estimate


def print_comparison(compared: Comparison, title: str) -> None:
    """A line for each formula: its figures with their intervals, and how far ahead it is."""
    console = Console(highlight=False)
    span = f"{compared.mornings} mornings, {compared.first} to {compared.last}"
    heading = Text(f"{title} {span}".strip(), "bold")
    heading.append(f"  {compared.pool:.0f} papers in an average pool", "dim")
    console.print(heading)
    table = Table(box=box.SIMPLE_HEAD, header_style="dim", pad_edge=False)
    table.add_column("formula", ratio=1)
    table.add_column("Spearman", justify="right", no_wrap=True)
    table.add_column(f"top {compared.top} found", justify="right", no_wrap=True)
    table.add_column("Spearman ahead", justify="right", no_wrap=True, style="dim")
    for each in compared.figures:
        table.add_row(*_row(each))
    console.print(table)
    console.print(
        f"± half of the 95 % bootstrap interval over mornings; ahead of {DEFAULT}",
        style="dim",
    )


def print_suggestion(tuned: Tuning) -> None:
    """What to write into config.toml, and that it is for the operator to do."""
    console = Console(highlight=False)
    console.print(
        f"\nOn the earlier mornings the best exponent was {tuned.suggested:g}; the later ones,"
        " which had no say, tell what it is worth."
    )
    console.print(f"To use it: exponent = {tuned.suggested:g} in \\[ranking] of config.toml.")


def _row(each: Figures) -> list[str]:
    ahead = "" if each.spearman_ahead is None else _words(each.spearman_ahead, "+.3f")
    return [each.name, _words(each.spearman, ".3f"), _words(each.share, ".3f"), ahead]


def _words(value: Estimate, form: str) -> str:
    return f"{value.mean:{form}} ± {(value.high - value.low) / 2:.3f}"
