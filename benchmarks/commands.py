"""Whole commands, as processes: `python -m benchmarks.commands`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import machine
from newsletter.shipped import copy_shipped

_BARE = """
import typer
app = typer.Typer(no_args_is_help=True)
@app.callback()
def start() -> None: ...
for name in ("send", "dispatch", "rank", "render", "run", "status", "deliveries", "init"):
    def command(day: str = "", json: bool = False) -> None: "A command."
    app.command(name)(command)
app()
"""


def main() -> None:
    """Measure, and print the figures with their conditions."""
    sys.stdout.write(f"{machine.describe()}; bytecode compiled, files in the page cache\n")
    with tempfile.TemporaryDirectory() as folder:
        _measure_help(Path(folder))
        _measure_send(Path(folder))


def _measure_help(folder: Path) -> None:
    bare = folder / "bare.py"
    bare.write_text(_BARE)
    theirs, ours = [], []
    for _ in range(7):  # in turn, so that a slow moment slows both
        theirs.append(machine.median_seconds(lambda: _run(folder, bare, "--help"), runs=1, warm=0))
        ours.append(
            machine.median_seconds(lambda: _run(folder, "-m", "newsletter", "--help"), runs=1)
        )
    ratio = machine.median(ours) / machine.median(theirs)
    machine.show(
        "newsletter --help beside a bare Typer app",
        f"{ratio:.2f} ×",
        "at most 1.3 ×",
        reached=ratio <= 1.3,
    )


def _measure_send(folder: Path) -> None:
    def send(number: int) -> None:
        home = folder / f"home{number}"
        copy_shipped(home)
        _run(home, "-m", "newsletter", "send", "--quiet")

    numbers = iter(range(100))
    seconds = machine.median_seconds(lambda: send(next(numbers)), runs=5)
    machine.show(
        "newsletter send: 25 papers, 5 readers, sandbox, new store",
        f"{seconds:.2f} s",
        "under 2.5 s",
        reached=seconds < 2.5,
    )


def _run(folder: Path, *words: str | Path) -> None:
    clean = {name: value for name, value in os.environ.items() if "NEWSLETTER_" not in name}
    here = str(Path.cwd())
    subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=folder,
        env={**clean, "PYTHONPATH": here},
        check=True,
        capture_output=True,
    )


if __name__ == "__main__":
    main()
