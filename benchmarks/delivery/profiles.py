"""Where the time goes, by py-spy: a flat profile as text."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

_LINES = 30


@contextmanager
def recording(pid: int, to: Path | None) -> Iterator[None]:
    """Sample a process and those it starts while the block lasts; write the profile at the end.

    Where py-spy is missing or may not look, the file says so.
    """
    if to is None:
        yield
        return
    program = _find()
    if program is None:
        to.write_text("py-spy is not installed: pip install 'papers-newsletter[benchmarks]'\n")
        yield
        return
    raw = to.with_suffix(".raw")
    options = ("--subprocesses", "--function", "--format", "raw", "--rate", "100")
    command = [program, "record", *options, "--output", str(raw), "--pid", str(pid)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as spy:
        yield
        spy.send_signal(signal.SIGINT)  # write it, also where the process lives on
        said, _ = spy.communicate(timeout=60)
    if raw.exists():
        to.write_text(flatten(raw.read_text().splitlines()))
        raw.unlink()
    else:
        to.write_text(f"py-spy wrote nothing:\n{said.decode()}")


def _find() -> str | None:
    beside = Path(sys.executable).with_name("py-spy")
    return str(beside) if beside.exists() else shutil.which("py-spy")


def flatten(stacks: Iterable[str]) -> str:
    """Folded stacks, `outer;inner count` a line, as the functions most time was spent in."""
    own: Counter[str] = Counter()
    total: Counter[str] = Counter()
    samples = 0
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        frames = [frame for frame in stack.split(";") if not frame.startswith("process ")]
        if not (count and frames):
            continue
        samples += int(count)
        own[frames[-1]] += int(count)
        total.update(dict.fromkeys(frames, int(count)))
    return (
        f"{samples} samples, 100 a second, all threads that do not sleep\n"
        f"\nIn the function itself\n{_list(own, samples)}"
        f"\nIn the function and what it calls\n{_list(total, samples)}"
    )


def _list(counts: Counter[str], samples: int) -> str:
    return "".join(
        f"{100 * count / samples:5.1f} %  {frame}\n" for frame, count in counts.most_common(_LINES)
    )
