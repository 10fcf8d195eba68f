"""The conditions of a measurement, and its median."""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable


def describe() -> str:
    """The machine in a line; others share it, so ratios say more than seconds."""
    return (
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()},"
        f" {os.cpu_count()} cores (shared)"
    )


def median_seconds(act: Callable[[], object], *, runs: int = 7, warm: int = 1) -> float:
    """The median of several runs, after some that do not count."""
    for _ in range(warm):
        act()
    return median([_time(act) for _ in range(runs)])


def _time(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def show(what: str, figure: str, wanted: str, *, reached: bool) -> None:
    """One line of a table: what was measured, and whether the aim was reached."""
    mark = "reached" if reached else "NOT REACHED"
    sys.stdout.write(f"{what:<58} {figure:>12}   {wanted:<24} {mark}\n")


def median(values: list[float]) -> float:
    """The middle of several measurements."""
    return statistics.median(values)
