"""Large sources: `python -m benchmarks.sources`.

Merging and ranking are measured over papers as two sources give them, read and cleaned, half of
them in both. Reading and cleaning cost by the character and are shown beside it, without an aim.
Each measurement has a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks import machine
from newsletter.model import Paper
from newsletter.papers import load
from newsletter.papers.merging import combine
from newsletter.ranking import rank
from newsletter.settings import Papers, Ranking

RECORDS = 100_000
ROWS = 1_000_000
DAY = date(2026, 8, 14)
NOW = datetime(2026, 8, 14, 8, tzinfo=UTC)
_ABSTRACT = "We study how papers find their readers, and report what was seen in practice. " * 12
_MIB = 2**20


def main() -> None:
    """Measure, and print the figures with their conditions."""
    sys.stdout.write(f"{machine.describe()}\n")
    _measure_merging()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "lists.parquet")
        _apart("write", str(path))
        _measure_parquet(path)


def _measure_merging() -> None:
    seconds, peak = _apart("merge")
    machine.show(
        f"merge and rank {RECORDS:,} records of two sources",
        f"{seconds:.2f} s CPU",
        "under 1.5 s",
        reached=seconds < 1.5,
    )
    machine.show(
        "peak of memory, all of the process", f"{peak:.0f} MiB", "under 500 MB",
        reached=peak < 500e6 / _MIB,
    )  # fmt: skip


def _measure_parquet(path: Path) -> None:
    whole, whole_peak = _apart("load", str(path))
    _, small_peak = _apart("load", str(path.with_name("small.parquet")))
    sys.stdout.write(f"Parquet of {ROWS:,} rows, {path.stat().st_size // _MIB} MiB on disk: ")
    sys.stdout.write(f"load in {whole:.0f} s CPU\n")
    more = whole_peak - small_peak
    machine.show(
        f"peak beyond that of {ROWS // 100:,} rows as many a day",
        f"{more:.0f} MiB",
        "under 100 MiB",
        reached=more < 100,
    )


def merge() -> float:
    """Seconds to merge and rank."""
    half = RECORDS // 2
    first = [_paper(number, "first") for number in range(half)]
    second = [_paper(number, "second") for number in range(half // 2, half // 2 + half)]
    return _time(lambda: rank(combine([first, second]), NOW, Ranking()))


def read(path: str) -> float:
    """Seconds to load a day's papers of a large archive."""
    place = Path(path)
    return _time(
        lambda: load(
            place.name,
            day=DAY,
            now=NOW,
            settings=Papers(),
            home=place.parent,
            fallback=place.parent,
        )
    )


def write(path: str) -> float:
    """Write the archive, and beside it one of a hundredth of its days."""
    place = Path(path)
    return _time(lambda: _write(place, days=ROWS // 100)) + _time(
        lambda: _write(place.with_name("small.parquet"), days=ROWS // 10_000)
    )


def _write(path: Path, *, days: int) -> None:
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    schema = pyarrow.schema(
        {
            "arxiv_id": "string",
            "title": "string",
            "abstract": "string",
            "votes": "int64",
            "listed_on": "date32",
        }
    )
    with ParquetWriter(path, schema) as file:
        for back in range(0, days, 100):
            rows = list(_rows(range(back, min(back + 100, days))))
            file.write_table(pyarrow.Table.from_pylist(rows, schema))


def _rows(days: range) -> Iterator[dict[str, object]]:
    for back in days:
        for number in range(100):
            yield {
                "arxiv_id": f"{back:04}.{number:05}" if back < 1500 else f"own-{back}-{number}",
                "title": f"Paper {number} of {back} days ago",
                "abstract": f"{back} {number} {_ABSTRACT}",
                "votes": number,
                "listed_on": DAY - timedelta(days=back),
            }


def _paper(number: int, source: str) -> Paper:
    return Paper(
        key=f"2608.{number:06}",
        id=f"2608.{number:06}",
        title=f"Paper {number}",
        abstract=f"{number} {_ABSTRACT}" if source == "second" else "",
        authors=("Ada Lovelace", "Grace Hopper"),
        listed_on=DAY,
        listed_at=NOW - timedelta(minutes=number % 4_000),
        observed_at=NOW,
        upvotes=number % 300 if source == "first" else None,
        sources=((source, 0.5),),
    )


def _time(act: Callable[[], object]) -> float:
    """Seconds of the processor: nothing here waits, and others share the machine."""
    start = time.process_time()
    act()
    return time.process_time() - start


def _apart(*words: str) -> tuple[float, float]:
    """Seconds of the processor, and the peak of memory in MiB, of a process of its own."""
    command = [sys.executable, "-m", "benchmarks.sources", *words]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, peak = done.stdout.split()
    return float(seconds), float(peak)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        steps: dict[str, Callable[..., float]] = {"merge": merge, "load": read, "write": write}
        taken = steps[sys.argv[1]](*sys.argv[2:])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sys.stdout.write(f"{taken} {peak}\n")
    else:
        main()
