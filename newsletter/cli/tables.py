"""Tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from newsletter.model import Delivery, Part, Ranked, Status, Subscriber, SubscriberStatus, Tally

if TYPE_CHECKING:
    from newsletter.drafting import Draft
    from newsletter.outlet import Outlet

_ACCENT = "dark_orange3"
#: How many that just missed are shown below the edition.
_MISSED = 10
_COLOURS = {
    Status.SENT: "green",
    Status.REJECTED: "red",
    Status.FAILED: "red",
    Status.IN_DOUBT: "yellow",
    Status.DEFERRED: "yellow",
}


def _console() -> Console:
    return Console(highlight=False)


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, header_style="dim", pad_edge=False)


def print_ranking(drafted: Draft, *, maximum: int, explain: bool) -> None:
    """The day's candidates, the edition's first, then those that just missed."""
    console = _console()
    console.print(_ranking_title(drafted))
    shown = drafted.standing[: maximum + _MISSED]
    if not shown:
        return
    parts = (part for one, _ in shown for part in one.parts if part.value)
    signals = list(dict.fromkeys(map(_column, parts)))
    table = _ranking_columns(signals if explain else [])
    for rank, (ranked, reason) in enumerate(shown, start=1):
        if reason and rank > 1 and not shown[rank - 2][1]:
            table.add_section()
        row = _ranking_row(rank, ranked, reason, signals if explain else [])
        table.add_row(*row, style="dim" if reason else "")
    console.print(table)
    if explain:
        console.print("score = the sum of its parts, upvotes = ln(1 + upvotes),", style="dim")
        console.print("recency = −exponent · ln(age in hours + 2)", style="dim")


def _ranking_title(drafted: Draft) -> Text:
    chosen = len(drafted.edition.papers) if drafted.edition else 0
    title = Text.assemble((f"{drafted.day:%A, %-d %B %Y}", "bold"))
    title.append(f"  {chosen} of {len(drafted.standing)} papers", "dim")
    if drafted.featured:
        title.append(f"  {drafted.featured} were featured before", "dim")
    if drafted.quiet:
        title.append(f"\nA quiet day: {drafted.quiet}.", _ACCENT)
    return title


def _column(part: Part) -> str:
    """Weights of one kind share a column: "keyword diffusion" stands under "keyword"."""
    return part.signal.split(" ", 1)[0]


def _ranking_columns(signals: Iterable[str]) -> Table:
    table = _table()
    table.add_column("#", justify="right", style="dim")
    table.add_column("▲", justify="right", style=_ACCENT)
    table.add_column("paper", ratio=1)
    table.add_column("listed", justify="right", style="dim", no_wrap=True)
    for name in signals:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("score", justify="right", style="bold", no_wrap=True)
    return table


def _ranking_row(
    rank: int, ranked: Ranked, reason: str, signals: Sequence[str]
) -> list[str | Text]:
    paper = ranked.paper
    title = Text(paper.title)
    if signals:
        title.append(f"\n{ranked.why}{f'; {reason}' if reason else ''}", "dim")
    votes = "–" if paper.upvotes is None else f"{paper.upvotes:,}"
    listed = f"{paper.listed_on:%-d %b}" if paper.listed_on else ""
    parts = [_sum_parts(ranked, signal) for signal in signals]
    return [str(rank), votes, title, listed, *parts, f"{ranked.score:.2f}"]


def _sum_parts(ranked: Ranked, signal: str) -> str:
    values = [part.value for part in ranked.parts if _column(part) == signal]
    return f"{sum(values):+.2f}" if values else ""


def print_status(
    tallies: Sequence[Tally],
    readers: Mapping[SubscriberStatus, int],
    outlet: Outlet,
    words: Sequence[str],
    *,
    asked: bool,
) -> None:
    """How things stand, then the editions, newest first, with the counts that are not zero."""
    console = _console()
    confirmed = readers.get(SubscriberStatus.CONFIRMED, 0)
    where = "Sandbox: nothing here leaves the machine. " if outlet.is_sandbox else ""
    console.print(f"{where}{confirmed:,} confirmed readers.")
    for line in words:
        console.print(Text(line), soft_wrap=True)
    if not tallies:
        console.print("No such edition." if asked else "No edition yet: newsletter send")
        return
    table = _table()
    for name in ("day", "papers", "audience", "sent"):
        table.add_column(name, justify="left" if name == "day" else "right")
    table.add_column("else")
    for tally in tallies:
        table.add_row(*_status_row(tally))
    console.print(table)


def _status_row(tally: Tally) -> list[str | Text]:
    others = [
        f"{count:,} {status}"
        for status, count in tally.counts.items()
        if count and status is not Status.SENT
    ]
    return [
        f"{tally.day:%a %Y-%m-%d}",
        str(tally.papers),
        f"{tally.audience:,}",
        Text(f"{tally.counts[Status.SENT]:,}", "green"),
        Text(", ".join(others), "yellow" if tally.open else "") if others else Text("✓", "green"),
    ]


def print_deliveries(found: Iterable[Delivery]) -> None:
    """Deliveries, one a line, as they come: a million do not fit in a table."""
    console = _console()
    empty = True
    for delivery in found:
        empty = False
        console.print(_delivery_line(delivery), soft_wrap=True)
    if empty:
        console.print("No such deliveries.")


def _delivery_line(delivery: Delivery) -> Text:
    line = Text(f"{delivery.day}  ", "dim")
    line.append(f"{delivery.status:<10}", _COLOURS.get(delivery.status, ""))
    line.append(f"  {delivery.address or '(deleted reader)'}", "bold")
    line.append(f"  {delivery.reply}", "dim")
    if delivery.due_at and delivery.status is Status.DEFERRED:
        line.append(f"  again at {delivery.due_at:%Y-%m-%d %H:%M} UTC")
    return line


def print_readers(found: Iterable[Subscriber]) -> None:
    """Readers, one a line."""
    console = _console()
    empty = True
    for reader in found:
        empty = False
        line = Text(f"{reader.status:<12}", "" if reader.status == "confirmed" else "yellow")
        line.append(f"  {reader.address}", "bold")
        line.append(f"  {reader.name}")
        console.print(line, soft_wrap=True)
    if empty:
        console.print("No readers yet: newsletter subscribers add ADDRESS")


def print_reader(reader: Subscriber, history: Iterable[Delivery]) -> None:
    """One reader, and what was sent to them."""
    console = _console()
    console.print(Text(f"{reader.address}  {reader.name}", "bold"))
    reason = f": {reader.reason}" if reader.reason else ""
    console.print(Text(f"{reader.status} since {reader.changed_at:%Y-%m-%d}{reason}"))
    print_deliveries(history)
