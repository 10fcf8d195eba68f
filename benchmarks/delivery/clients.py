"""The clients that are measured, each as a command for so many messages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.delivery import stores
from benchmarks.delivery.loops import SENDER
from benchmarks.delivery.postfix import Postfix
from benchmarks.delivery.stores import Database
from benchmarks.delivery.watching import Job
from newsletter.shipped import copy_shipped

#: Connections at once, found by measuring: with 20, 50 and 100 ours are the faster the more there
#: are, and the others much the same.
SESSIONS = 100
_NODE = Path(__file__).parent / "node"

SMTP_SOURCE = "smtp-source -d (C)"
POOL = "nodemailer, pool"
SEND_MESSAGE = "aiosmtplib send_message"


@dataclass(frozen=True)
class Client:
    """Someone who sends."""

    name: str
    #: How many messages make a run of some seconds, to either sink.
    messages: int
    #: The job of sending so many to a port, ready to run; cleared away after it.
    prepare: Callable[[int, int], AbstractContextManager[Job]]


def others(folder: Path, message: Path, postfix: Postfix | str, node: str) -> Iterator[Client]:
    """The clients of others that can be run here."""

    def simple(name: str, messages: int, env: Mapping[str, str], *words: str) -> Client:
        @contextmanager
        def prepare(port: int, count: int) -> Iterator[Job]:
            known = {"PORT": str(port), "COUNT": str(count), "SESSIONS": str(SESSIONS)}
            yield Job(count, [known.get(word, word) for word in words], env, folder)

        return Client(name, messages, prepare)

    numbers = ("PORT", "COUNT", "SESSIONS", str(message))
    python = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    loops = (sys.executable, "-m", "benchmarks.delivery.loops")
    if not isinstance(postfix, str):
        yield _smtp_source(folder, message, postfix)
    if not node:
        script = str(_NODE / "pool.mjs")
        yield simple(POOL, 4_000, os.environ, "node", script, *numbers)
    yield simple("smtplib, 1 connection", 4_000, python, *loops, "smtplib", *numbers)
    yield simple(SEND_MESSAGE, 400, python, *loops, "send_message", *numbers)


def _smtp_source(folder: Path, message: Path, postfix: Postfix) -> Client:
    # It writes CRLF at the end of each line itself.
    lines = folder / "lines.eml"
    lines.write_bytes(message.read_bytes().replace(b"\r\n", b"\n"))

    @contextmanager
    def prepare(port: int, count: int) -> Iterator[Job]:
        options = {"-s": str(SESSIONS), "-m": str(count), "-F": str(lines), "-f": SENDER}
        words = [word for pair in options.items() for word in pair]
        to = ["-t", "reader1@domain1.example", f"inet:127.0.0.1:{port}"]
        yield Job(count, [postfix.source, "-d", *words, *to], postfix.env, folder)

    return Client(SMTP_SOURCE, 10_000, prepare)


def fetch_nodemailer() -> str:
    """Install nodemailer beside our script, where it is not; what is in the way, or nothing."""
    if (_NODE / "node_modules" / "nodemailer").is_dir():
        return ""
    if shutil.which("npm") is None:
        return "there is no npm to install nodemailer with"
    options = ("--no-package-lock", "--no-audit", "--no-fund", "--silent")
    command = ["npm", "install", "--prefix", str(_NODE), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180)
    return f"`npm install` failed: {done.stderr.strip()}" if done.returncode else ""


@dataclass(frozen=True)
class Ours:
    """`newsletter dispatch`, on a store with readers queued."""

    folder: Path
    database: Database
    #: Stores that were filled and queued once, to copy for each run.
    bases: dict[tuple[int, bool], str] = field(default_factory=dict)

    def get_base(self, readers: int, *, with_trouble: bool = False) -> str:
        """A store with so many deliveries queued; not to be sent from."""
        key = (readers, with_trouble)
        if key not in self.bases:
            self.bases[key] = self.database.make()
            stores.fill(self.bases[key], readers, with_trouble=with_trouble)
            stores.queue(self.bases[key])
        return self.bases[key]

    @contextmanager
    def prepare(
        self, port: int, readers: int, *, with_trouble: bool = False, **changes: Any
    ) -> Iterator[Job]:
        """A command that sends a copy of a store.

        Args:
            changes: settings of `[smtp]`.
        """
        url = self.database.copy(self.get_base(readers, with_trouble=with_trouble))
        try:
            yield self.dispatch(url, port, readers, **changes)
        finally:
            self.database.drop(url)

    def dispatch(self, url: str, port: int, readers: int, **changes: Any) -> Job:
        """A command that sends what is queued in a store."""
        home = self.folder / "newsletter"
        if not home.exists():
            copy_shipped(home)
        smtp = {"host": "127.0.0.1", "port": port, "security": "none", "processes": 1, **changes}
        clean = {key: it for key, it in os.environ.items() if not key.startswith("NEWSLETTER_")}
        env = {
            **clean,
            **{f"NEWSLETTER_SMTP__{key.upper()}": str(value) for key, value in smtp.items()},
            "NEWSLETTER_STORE__URL": url,
            "NEWSLETTER_NEWSLETTER__PUBLIC_URL": "https://papers.example.org",
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        command = [sys.executable, "-m", "newsletter", "dispatch", "--quiet", "--no-progress"]
        return Job(readers, command, env, home)

    def as_client(self, processes: int, messages: int) -> Client:
        """One of those that are compared."""
        return Client(
            f"ours, {self.database.name}, {processes} process{'es' * (processes > 1)}",
            messages,
            lambda port, count: self.prepare(
                port, count, processes=processes, connections=SESSIONS
            ),
        )
