"""Nobody lost, nobody twice, the hard way: `python -m benchmarks.crashes`.

Real `newsletter send` processes, on SQLite and on PostgreSQL, are killed, stopped, run two
at a time, and left without their relay; the relay's own log is the judge. It takes about
twenty minutes, and ends with exit code 1 if anybody was lost or mailed twice.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
from delivery.sending import find_senders
from delivery.sink import Sink

from benchmarks import machine
from newsletter.model import Status
from newsletter.shipped import copy_shipped
from newsletter.store import open_store
from newsletter.store.engine import reading
from newsletter.store.schema import deliveries
from servers import find_programs, serve

CONNECTIONS = 10
LEASE = "5s"
_IN_DOUBT = re.compile(r"(\S+@\S+): in doubt")


@dataclass
class Trial:
    """One edition, on its way to a relay that keeps a log."""

    home: Path
    url: str
    sink: Sink
    readers: int
    in_doubt: str = "resend"
    processes: int = 1
    #: Whom the program named as in doubt, in words or in JSON.
    named: set[str] = field(default_factory=set)
    codes: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def start(self) -> subprocess.Popen[str]:
        """A `send` like any other."""
        own = {
            "SMTP__HOST": "127.0.0.1",
            "SMTP__PORT": str(self.sink.port),
            "SMTP__SECURITY": "none",
            "SMTP__CONNECTIONS": str(CONNECTIONS),
            "SMTP__PROCESSES": str(self.processes),
            "STORE__URL": self.url,
            "DELIVERY__LEASE": LEASE,
            "LOG__ADDRESSES": "shown",
            "DELIVERY__IN_DOUBT": self.in_doubt,
        }
        return subprocess.Popen(
            [sys.executable, "-m", "newsletter", "send", "--json"],
            cwd=self.home,
            env={
                **os.environ,
                **{f"NEWSLETTER_{key}": value for key, value in own.items()},
                "PYTHONPATH": str(Path.cwd()),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def kill(self, process: subprocess.Popen[str]) -> None:
        """`kill -9` a `send` and the senders it has started, these first."""
        for sender in find_senders(process.pid):
            with suppress(ProcessLookupError):
                os.kill(sender, signal.SIGKILL)
        process.kill()

    def end(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        """Wait for a `send`, and take note of whom it names."""
        out, err = process.communicate(timeout=600)
        self.named.update(_IN_DOUBT.findall(err))
        self.codes[process.returncode] += 1
        if "Traceback" in err:
            self.failures.append(err.strip().rpartition("\n")[2])
        report: dict[str, Any] = json.loads(out) if out.strip() else {}
        self.named.update(report.get("doubtful", ()))
        return report

    def wait_for(self, count: int, process: subprocess.Popen[str]) -> None:
        """Until the relay has taken so many, or the process has ended."""
        while len(self.sink.accepted) < count and process.poll() is None:
            time.sleep(0.001)

    def verdict(self) -> Verdict:
        """The ledger beside the relay's log."""
        d = deliveries.c
        query = sa.select(d.address, d.status, d.doubts, d.attempts, d.reply)
        with open_store(self.url) as store, reading(store.engine) as connection:
            rows = connection.execute(query).all()
        taken = Counter(self.sink.accepted)
        lost = [
            row
            for row in rows
            if row.status != Status.IN_DOUBT
            and not (row.status == Status.SENT and taken[row.address])
        ]
        self.failures += [f"lost: {row}" for row in lost[:5]]
        doubted = {row.address for row in rows if row.doubts}
        return Verdict(
            readers=len(rows),
            lost=len(lost) + self.readers - len(rows),
            twice={name for name, times in taken.items() if times > 1},
            doubted=doubted,
            unnamed=doubted - self.named,
            held=sum(row.status == Status.IN_DOUBT for row in rows),
        )


@dataclass(frozen=True)
class Verdict:
    """What became of the readers."""

    readers: int
    lost: int
    twice: set[str]
    doubted: set[str]
    unnamed: set[str]
    held: int


def main() -> None:
    """Run all of it, and print the figures with their conditions."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crashes")
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--processes", type=int, default=1, help="that share each send")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--stops", type=int, default=20)
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--away", type=int, default=60, help="seconds without a relay")
    asked = parser.parse_args()
    sys.stdout.write(
        f"{machine.describe()}; {asked.readers:,} readers, {CONNECTIONS} connections,"
        f" {asked.processes} processes, lease {LEASE}, relay on loopback in Python\n"
    )
    with ExitStack() as stack:
        results = [_run_all(name, make_url, asked) for name, make_url in _databases(stack).items()]
    sys.exit(0 if all(results) else 1)


def _databases(stack: ExitStack) -> dict[str, Callable[[Path], str]]:
    """Ways to a new database, by the name of its kind."""
    found: dict[str, Callable[[Path], str]] = {
        "SQLite": lambda home: f"sqlite:///{home / 'newsletter.db'}"
    }
    if (programs := find_programs()) is not None:
        server = stack.enter_context(serve(programs))
        found["PostgreSQL"] = lambda home: server.create(server.template)
    else:
        sys.stdout.write("PostgreSQL is not installed: SQLite alone\n")
    return found


def _run_all(name: str, make_url: Callable[[Path], str], asked: argparse.Namespace) -> bool:
    def trial(readers: int, in_doubt: str = "resend") -> Any:
        return _trial(make_url, readers, in_doubt, asked.processes)

    good = []
    for in_doubt in ("resend", "hold"):
        with trial(asked.readers, in_doubt) as it:
            good.append(_kill(name, it, asked.kills))
    with trial(asked.readers) as it:
        good.append(_stop(name, it, asked.stops))
    good.append(_pair(name, trial, asked.pairs, asked.readers // 10))
    with trial(asked.readers) as it:
        good.append(_leave(name, it, asked.away))
    return all(good)


@contextmanager
def _trial(
    make_url: Callable[[Path], str], readers: int, in_doubt: str, processes: int
) -> Iterator[Trial]:
    with tempfile.TemporaryDirectory() as folder, Sink() as sink:
        home = Path(folder) / "newsletter"
        copy_shipped(home)
        url = make_url(home)
        with open_store(url) as store:
            entries = ((f"reader{number}@example.org", "") for number in range(readers))
            store.subscribers.add(entries, now=datetime.now(UTC))
        yield Trial(home, url, sink, readers, in_doubt, processes)


def _kill(name: str, trial: Trial, kills: int) -> bool:
    """`kill -9` at random instants of one edition, each time started again."""
    moments = Random(6)
    for kill in range(1, kills + 1):
        process = trial.start()
        # Somewhere in its share of the readers, and not only when the relay just answered.
        share = trial.readers * (kill - moments.random()) / (kills + 1)
        trial.wait_for(int(share), process)
        time.sleep(moments.random() * 0.05)
        trial.kill(process)
        trial.end(process)
    trial.end(trial.start())
    found = trial.verdict()
    most = kills * CONNECTIONS
    is_good = (
        found.lost == 0
        and len(found.doubted) <= most
        and not found.unnamed
        and found.twice <= (found.doubted if trial.in_doubt == "resend" else set())
    )
    return _show(
        f"{name}: {kills} kills, in_doubt = {trial.in_doubt}",
        f"lost {found.lost}, twice {len(found.twice)}, in doubt {len(found.doubted)}"
        f" (at most {most}), of them not named {len(found.unnamed)}, held {found.held}",
        trial,
        is_good=is_good and trial.codes[-signal.SIGKILL] == kills,
    )


def _stop(name: str, trial: Trial, stops: int) -> bool:
    """SIGTERM at random instants of one edition."""
    moments = Random(7)
    for stop in range(1, stops + 1):
        process = trial.start()
        trial.wait_for(int(trial.readers * (stop - moments.random()) / (stops + 1)), process)
        process.send_signal(signal.SIGTERM)
        trial.end(process)
    trial.end(trial.start())
    found = trial.verdict()
    is_good = not (found.lost or found.twice or found.doubted)
    return _show(
        f"{name}: {stops} × SIGTERM",
        f"lost {found.lost}, twice {len(found.twice)}, in doubt {len(found.doubted)}",
        trial,
        is_good=is_good,
    )


def _pair(name: str, trial: Callable[[int], Any], pairs: int, readers: int) -> bool:
    """Two sends started at once."""
    lost = twice = doubted = 0
    for _ in range(pairs):
        with trial(readers) as it:
            for process in [it.start(), it.start()]:
                it.end(process)
            found = it.verdict()
        lost += found.lost
        twice += len(found.twice)
        doubted += len(found.doubted)
    is_good = not (lost or twice or doubted)
    return _show(
        f"{name}: {pairs} × two sends at once, {readers:,} readers each",
        f"lost {lost}, twice {twice}, in doubt {doubted}",
        it,
        is_good=is_good,
    )


def _leave(name: str, trial: Trial, seconds: int) -> bool:
    """The relay goes away in the middle, and comes back."""
    process = trial.start()
    trial.wait_for(trial.readers // 3, process)
    trial.sink.go_down()
    time.sleep(seconds)
    trial.sink.come_up()
    trial.end(process)
    found = trial.verdict()
    is_good = not found.lost and not found.held and found.twice <= found.doubted
    return _show(
        f"{name}: the relay gone for {seconds} s",
        f"lost {found.lost}, twice {len(found.twice)}, in doubt {len(found.doubted)}"
        f" (at most {CONNECTIONS}), not delivered {found.held}",
        trial,
        is_good=is_good and not found.unnamed and len(found.doubted) <= CONNECTIONS,
    )


def _show(what: str, figures: str, trial: Trial, *, is_good: bool) -> bool:
    """Print a trial, and return whether all of it was as it should be."""
    is_good = is_good and not trial.failures
    mark = "reached" if is_good else "NOT REACHED"
    codes = ", ".join(f"{count} × {code}" for code, count in sorted(trial.codes.items()))
    sys.stdout.write(f"{what}\n    {figures}; exit codes {codes}   {mark}\n")
    for failure in trial.failures:
        sys.stdout.write(f"    {failure}\n")
    sys.stdout.flush()
    return is_good


if __name__ == "__main__":
    main()
