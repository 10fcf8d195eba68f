"""The servers that mail goes to, each a process of its own, on loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.delivery.postfix import Postfix

_PATIENCE = 20.0  # seconds for a server to begin to listen


@dataclass(frozen=True)
class Counts:
    """What the fast sink told of itself at a moment."""

    moment: float
    taken: int
    slow: int
    refused: int


@dataclass(frozen=True)
class Running:
    """A sink that listens."""

    port: int
    pid: int
    log: Path | None = None

    def tell(self) -> list[Counts]:
        """All that the fast sink told so far, oldest first."""
        assert self.log is not None, "the fast sink's"
        lines = self.log.read_text().splitlines(keepends=True)[1:]
        whole = (line.split() for line in lines if line.endswith("\n"))
        return [Counts(float(when), *map(int, counts)) for when, *counts in whole]

    def count(self) -> Counts:
        """What the fast sink took, once it has told of all of it."""
        time.sleep(0.15)
        return self.tell()[-1]


@contextmanager
def fast(folder: Path, *options: str) -> Iterator[Running]:
    """Our own sink."""
    log = folder / "sink.log"
    log.unlink(missing_ok=True)
    command = [sys.executable, "-m", "benchmarks.delivery.sink", str(log), *options]
    with _process(command, dict(os.environ)) as process:
        _wait(lambda: log.exists() and log.read_text().endswith("\n"), process)
        yield Running(int(log.read_text().splitlines()[0]), process.pid, log)


@contextmanager
def postfix(programs: Postfix) -> Iterator[Running]:
    """Postfix's sink."""
    port = _find_port()
    # It will not run as root.
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [programs.sink, *user, "-m", "1000", f"inet:127.0.0.1:{port}", "1000"]
    with _process(command, programs.env) as process:
        _wait(lambda: _listens(port), process)
        yield Running(port, process.pid)


@contextmanager
def _process(command: Sequence[str], env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=env)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=_PATIENCE)


def _wait(is_ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _PATIENCE
    while not is_ready():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"{process.args!r} does not listen")
        time.sleep(0.01)


def _find_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
