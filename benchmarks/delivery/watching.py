"""Runs a client and watches it and the sink: the same clock for every client.

The time is that from the sink's first byte to its last, so that no client's start counts;
CPU and memory are those of the client's real processes, as Linux has them.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.delivery import processes, profiles
from benchmarks.delivery.figures import Slice
from benchmarks.delivery.sinks import Running

_LOOK = 0.01  # seconds between two looks
_TICK = 0.1
_LONGEST = 150.0  # seconds; whoever hangs is ended


@dataclass(frozen=True)
class Job:
    """A client's command, for so many messages."""

    messages: int
    command: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    #: Where py-spy is to write what it saw, which slows the client.
    profile: Path | None = None


@dataclass
class Watched:
    """What was seen of a run until now."""

    #: The moments of the sink's first and last byte, and the client's CPU seconds then.
    first: float = 0.0
    last: float = 0.0
    cpu_first: float = 0.0
    cpu_last: float = 0.0
    #: How much the sink has read in its life.
    read: int = 0
    #: The highest size of each process, by its number: the command itself is the first.
    peaks: dict[int, float] = field(default_factory=dict)
    #: The same when the first byte came.
    before: dict[int, float] = field(default_factory=dict)


#: Told the client's CPU seconds every tenth of a second; answers whether it is to stop.
Tick = Callable[[float], bool]


@contextmanager
def quiet(lock: Path | None) -> Iterator[None]:
    """Hold a lock file while a measurement lasts, where others heed one."""
    if lock is None:
        yield
        return
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def profiled(job: Job, to: Path | None) -> Job:
    """The same, with py-spy looking where its profile has somewhere to go."""
    return replace(job, profile=to)


def run(job: Job, sink: Running) -> Slice:
    """Run a client to its end.

    Raises:
        RuntimeError: it failed or hung.
    """
    return read_slice(job.messages, watch(job, sink))


def read_slice(messages: int, seen: Watched) -> Slice:
    """What was seen, as a measurement of so many messages."""
    first, *children = seen.peaks
    senders = children or [first]  # with processes of its own a command only looks after them
    return Slice(
        messages=messages,
        seconds=seen.last - seen.first,
        cpu_seconds=seen.cpu_last - seen.cpu_first,
        senders=tuple(seen.peaks[pid] for pid in senders),
        others=tuple(peak for pid, peak in seen.peaks.items() if pid not in senders),
        before=max((seen.before.get(pid, 0.0) for pid in senders), default=0.0),
    )


def watch(job: Job, sink: Running, tick: Tick = lambda cpu: False) -> Watched:
    """Run a client and return what was seen of it.

    Raises:
        RuntimeError: it failed or hung.
    """
    seen = Watched(read=processes.bytes_read(sink.pid))
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            job.command, env=job.env, cwd=job.cwd, stdout=subprocess.DEVNULL, stderr=said
        )
        try:
            with profiles.recording(process.pid, job.profile):
                was_stopped = _follow(process, seen, sink, tick)
        finally:
            for pid in processes.find_tree(process.pid)[::-1] if process.poll() is None else ():
                os.kill(pid, signal.SIGKILL)
        if process.returncode and not was_stopped:
            said.seek(0)
            words = f"{' '.join(job.command)}: exit code {process.returncode}"
            raise RuntimeError(f"{words}\n{said.read()}")
    return seen


def _follow(process: subprocess.Popen[bytes], seen: Watched, sink: Running, tick: Tick) -> bool:
    """Look at it until it ends; whether it was told to."""
    began = ticked = time.monotonic()
    was_stopped = False
    while process.poll() is None:
        time.sleep(_LOOK)
        now, tree = time.monotonic(), processes.find_tree(process.pid)
        _look(seen, now, tree, sink)
        if now - ticked >= _TICK:
            ticked = now
            _look_at_memory(seen, tree)
            if not was_stopped and tick(processes.cpu_seconds(tree)):
                process.send_signal(signal.SIGTERM)
                was_stopped = True
        if now - began > _LONGEST:
            raise RuntimeError(f"{process.args!r} hangs")
    return was_stopped


def _look(seen: Watched, now: float, tree: list[int], sink: Running) -> None:
    read = processes.bytes_read(sink.pid)
    if read == seen.read:
        return
    cpu = processes.cpu_seconds(tree)
    if not seen.first:
        _look_at_memory(seen, tree)
        seen.first, seen.cpu_first, seen.before = now, cpu, dict(seen.peaks)
    seen.last, seen.read = now, read
    seen.cpu_last = max(seen.cpu_last, cpu)  # it is nothing once all of them have ended


def _look_at_memory(seen: Watched, tree: list[int]) -> None:
    for pid in tree:
        seen.peaks[pid] = max(seen.peaks.get(pid, 0.0), processes.peak_mib(pid))
