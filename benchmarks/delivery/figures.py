"""What was measured, held against what is to be reached: pure, so that it can be tested."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

Rates = Sequence[float]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure to reach."""

    what: str
    measured: str
    aim: str
    #: None where it could not be measured, which is not reached either.
    reached: bool | None
    #: The run whose profile shows why, where it is not reached.
    profile: str = ""

    @property
    def mark(self) -> str:
        return "reached" if self.reached else "NOT REACHED"


@dataclass(frozen=True, slots=True)
class Slice:
    """One client's run of so many messages, timed at the sink from first byte to last."""

    messages: int
    seconds: float
    #: Of the client's processes together, while the sink was reading.
    cpu_seconds: float
    #: The highest resident size of each process, in MiB: those that send, and the others.
    senders: tuple[float, ...]
    others: tuple[float, ...] = ()
    #: The highest of those that send before the sink had read anything.
    before: float = 0.0

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of CPU a message."""
        return 1000 * self.cpu_seconds / self.messages

    @property
    def peak(self) -> float:
        """MiB of the largest process that sends."""
        return max(self.senders)


def median_rate(slices: Sequence[Slice]) -> float:
    """Messages a second, the middle of several runs."""
    return statistics.median(each.rate for each in slices)


def median_cpu(slices: Sequence[Slice]) -> float:
    """Milliseconds of CPU a message, the middle of several runs."""
    return statistics.median(each.cpu_ms for each in slices)


def peak(slices: Sequence[Slice]) -> float:
    """MiB of the largest sending process of all runs."""
    return max(each.peak for each in slices)


def at_least(what: str, found: float | None, aim: float, *, unit: str, profile: str = "") -> Figure:
    """A figure that may not be smaller."""
    wanted = f"at least {aim:,g}{unit}"
    return _hold(what, found, wanted, unit, profile, reached=found is not None and found >= aim)


def at_most(what: str, found: float | None, aim: float, *, unit: str, profile: str = "") -> Figure:
    """A figure that may not be larger."""
    wanted = f"at most {aim:,g}{unit}"
    return _hold(what, found, wanted, unit, profile, reached=found is not None and found <= aim)


def _hold(
    what: str, found: float | None, aim: str, unit: str, profile: str, *, reached: bool
) -> Figure:
    if found is None:
        return Figure(what, "not measured", aim, None)
    digits = 0 if abs(found) >= 100 else 1 if abs(found) >= 10 else 2
    return Figure(what, f"{found:,.{digits}f}{unit}", aim, reached, profile)


def ratio(one: Sequence[Slice], other: Sequence[Slice]) -> float | None:
    """How many times as fast the first is; None where one of them was not measured."""
    return median_rate(one) / median_rate(other) if one and other else None


def lay_out(rows: Sequence[Sequence[str]]) -> str:
    """A table in plain text: the first column to the left, the others to the right."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = []
    for row in rows:
        first, *rest = zip(row, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
        lines.append("   ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


def list_figures(figures: Sequence[Figure]) -> str:
    """The figures with their aims, in lines."""
    rows = [(each.what, each.measured, each.aim, each.mark) for each in figures]
    what, measured, aim = (max(len(row[at]) for row in rows) for at in range(3))
    return "".join(f"{a:<{what}}   {b:>{measured}}   {c:<{aim}}   {d}\n" for a, b, c, d in rows)


def cell(slices: Sequence[Slice]) -> str:
    """The median rate of a table's cell, with the slowest and the fastest."""
    if not slices:
        return "–"
    rates = [each.rate for each in slices]
    return f"{median_rate(slices):,.0f} ({min(rates):,.0f}–{max(rates):,.0f})"
