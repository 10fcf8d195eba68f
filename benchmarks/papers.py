"""Loading and ranking an archive of listings: `python -m benchmarks.papers [FILE]`.

FILE is JSON Lines (.jsonl or .jsonl.gz) of Daily Papers records; without one the sample
papers are repeated under new ids until there are as many.
"""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import machine
from newsletter.papers import load
from newsletter.ranking import rank
from newsletter.settings import Papers, Ranking
from newsletter.shipped import shipped

RECORDS = 11_852
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def main(archive: Path | None) -> None:
    """Measure, and print the figures with their conditions."""
    with tempfile.TemporaryDirectory() as folder:
        path = archive or _make_archive(Path(folder))
        loaded = _load(path)
        loading = machine.median_seconds(lambda: _load(path), runs=3, warm=0)
    ranking = machine.median_seconds(lambda: rank(loaded.papers, NOW, Ranking()))
    sys.stdout.write(f"{len(loaded.papers):,} papers of {path.name}; {machine.describe()}\n")
    sys.stdout.write(f"{len(loaded.bad)} bad records left out\n")
    machine.show("load: read, check, clean", f"{loading:.2f} s", "under 3 s", reached=loading < 3)
    machine.show(
        "rank all of them", f"{ranking * 1000:.0f} ms", "under 100 ms", reached=ranking < 0.1
    )


def _load(path: Path) -> Any:
    return load(
        str(path.resolve()),
        day=None,
        now=NOW,
        settings=Papers(),
        home=path.parent,
        fallback=path.parent,
    )


def _make_archive(folder: Path) -> Path:
    items = [
        item
        for file in sorted((shipped() / "data" / "papers").glob("*.json"))
        for item in json.loads(file.read_text())
    ]
    path = folder / "archive.jsonl"
    with path.open("w") as lines:
        for number in range(RECORDS):
            item = dict(items[number % len(items)])
            item["paper"] = {**item["paper"], "id": f"26{number // 99999:02}.{number % 99999:05}"}
            lines.write(json.dumps(item) + "\n")
    return path


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
