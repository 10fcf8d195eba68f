"""Known papers, for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rich import box
from rich.bar import Bar
from rich.console import Console
from rich.table import Table
from rich.text import Text

from newsletter.store.papers import KnownPaper, Reading

_ACCENT = "dark_orange3"
_BAR = 32


def print_papers(found: Sequence[KnownPaper], *, limit: int) -> None:
    """A line for each paper."""
    console = Console(highlight=False)
    if not found:
        console.print("No such papers. `newsletter send` records what it loads.")
        return
    table = Table(box=box.SIMPLE_HEAD, header_style="dim", pad_edge=False)
    table.add_column("id", no_wrap=True)
    table.add_column("▲", justify="right", style=_ACCENT)
    table.add_column("paper", ratio=1)
    table.add_column("listed", style="dim", no_wrap=True)
    table.add_column("featured", style="green", no_wrap=True)
    for paper in found:
        table.add_row(
            paper.key,
            _count(paper.upvotes),
            Text(paper.title),
            str(paper.listed_on or ""),
            str(paper.featured_on or ""),
        )
    console.print(table)
    if len(found) == limit:
        console.print(f"The first {limit}; --limit shows more.", style="dim")


def print_paper(
    paper: KnownPaper, readings: Sequence[Reading], day: date | None, verdict: Sequence[str]
) -> None:
    """One paper: its votes as a chart, and what the day's edition made of it."""
    console = Console(highlight=False)
    console.print(Text(paper.title, "bold"))
    listed = f"listed on {paper.listed_on}, " if paper.listed_on else ""
    featured = f"featured on {paper.featured_on}" if paper.featured_on else "never featured"
    first = f"first seen {paper.first_seen:%Y-%m-%d %H:%M} UTC"
    console.print(Text(f"{paper.key}  {listed}{first}, {featured}", "dim"))
    console.print(_chart(readings))
    for line in verdict:
        console.print(Text(f"{day}  {line}"))


def _chart(readings: Sequence[Reading]) -> Table:
    most = max((each.upvotes or 0 for each in readings), default=0)
    table = Table(box=box.SIMPLE_HEAD, header_style="dim", pad_edge=False)
    table.add_column("read (UTC)", style="dim", no_wrap=True)
    table.add_column("▲", justify="right", style=_ACCENT)
    table.add_column("", width=_BAR)
    table.add_column("comments", justify="right", style="dim")
    table.add_column("★", justify="right", style="dim")
    for each in readings:
        bar = Bar(size=max(most, 1), begin=0, end=each.upvotes or 0, width=_BAR, color=_ACCENT)
        when = f"{each.observed_at:%Y-%m-%d %H:%M}"
        table.add_row(when, _count(each.upvotes), bar, _count(each.comments), _count(each.stars))
    return table


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"
