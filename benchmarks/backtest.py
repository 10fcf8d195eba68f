"""Replaying a year of votes: `python -m benchmarks.backtest [SERIES]`.

SERIES is a CSV of votes; without one a year as large is made up.
"""

from __future__ import annotations

import csv
import random
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks import machine
from newsletter.backtest.comparison import compare, tune
from newsletter.backtest.formulas import DEFAULT, known_formulas, ours
from newsletter.backtest.mornings import find_mornings
from newsletter.backtest.series import read_files
from newsletter.settings import Ranking, Schedule

#: How old votes are each time they are read, in hours.
_READ_AT = (8, 15, 24, 32, 56, 200)


def main(series: Path | None) -> None:
    """Measure, and print the figure with its conditions."""
    with tempfile.TemporaryDirectory() as folder:
        path = series or _make_series(Path(folder) / "votes.csv")
        start = time.perf_counter()
        mornings = _replay(path)
        seconds = time.perf_counter() - start
        lines = len(read_files([path]))
    sys.stdout.write(f"{lines:,} sightings of {path.name}; {machine.describe()}\n")
    machine.show(
        f"{mornings} mornings, 9 formulas, bootstrap, tuning",
        f"{seconds:.1f} s",
        "under 60 s",
        reached=seconds < 60,
    )


def _replay(path: Path) -> int:
    pools = find_mornings(read_files([path]), schedule=Schedule(), zone="UTC", window_days=3)
    formulas = {**known_formulas(0), "ours": ours(Ranking().exponent)}
    tune(pools, formulas, against=DEFAULT, top=10)
    return compare(pools, formulas, against=DEFAULT, top=10).mornings


def _make_series(path: Path) -> Path:
    rng = random.Random(0)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["paper_id", "listing_date", "observed_at", "upvotes"])
        for day in (date(2025, 1, 1) + timedelta(days=n) for n in range(365)):
            for number in range(20 if day.weekday() < 5 else 0):
                pace = rng.lognormvariate(1, 1)
                for hours in _READ_AT:
                    at = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=hours)
                    writer.writerow([f"{day:%m%d}.{number:05}", day, at, round(pace * hours**0.5)])
    return path


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
