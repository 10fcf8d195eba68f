"""What a measurement was taken under: without it a figure says nothing."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.delivery import edition
from benchmarks.delivery.clients import SESSIONS
from benchmarks.delivery.part import Setting
from benchmarks.delivery.stores import DOMAINS
from benchmarks.rendering import DAY
from newsletter.settings import Smtp
from servers import find_programs

_PACKAGES = ("aiosmtplib", "uvloop", "sqlalchemy", "psycopg")


@dataclass(frozen=True)
class Conditions:
    """The message, the machine, what runs on it, and how busy it is."""

    message: str
    bytes_per_message: int
    sessions: int
    messages_per_connection: int
    sinks: str
    durability: str
    fsync_ms: float
    cores: int
    machine: str
    versions: dict[str, str]
    rounds: int
    other_rounds: int
    load_before: float
    load_after: float = 0.0
    seconds: float = 0.0

    def describe(self) -> str:
        """The conditions in lines."""
        found = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        return (
            f"{self.message}: {self.bytes_per_message:,} bytes each, quoted-printable, one"
            f" recipient each, {DOMAINS} domains; ours personalised and unsigned\n"
            f"{self.sessions} sessions, smtplib one; ours opens each anew after"
            f" {self.messages_per_connection} messages, the others never\n"
            f"{self.sinks}\n{self.durability}; an fdatasync here takes {self.fsync_ms:.1f} ms\n"
            f"{self.cores} cores (shared) for client, sink and database, {self.machine}\n"
            f"{found}\nclients in turn, median of {self.rounds}; all else, of"
            f" {self.other_rounds}; load {self.load_before:.1f} before\n"
        )

    def in_a_line(self) -> str:
        """What a picture must say."""
        return (
            f"{self.bytes_per_message:,} bytes a message, {self.sessions} sessions (smtplib: 1),"
            f" {self.cores} cores for client and sink, loopback; ours with a durable ledger\n"
            f"and personalised; bars: median of {self.rounds}, lines: least to most"
        )


def find(setting: Setting) -> Conditions:
    """The conditions of now."""
    message = edition.compose_one()
    papers = len(edition.make()[0].papers)
    return Conditions(
        message=f"The sample's edition of {DAY} with {papers} papers, HTML and text",
        bytes_per_message=len(message.head) + len(message.body),
        sessions=SESSIONS,
        messages_per_connection=Smtp().messages_per_connection,
        sinks="sinks on loopback that offer PIPELINING, in the clear but for TLS",
        durability="every intent and outcome durable (SQLite: WAL, synchronous=FULL; PostgreSQL:"
        " fsync and synchronous_commit on)",
        fsync_ms=_time_fsync(setting.folder),
        cores=os.cpu_count() or 1,
        machine=f"{platform.system()} {platform.machine()}",
        versions=_find_versions(setting),
        rounds=setting.rounds,
        other_rounds=setting.other_rounds,
        load_before=os.getloadavg()[0],
    )


def _find_versions(setting: Setting) -> dict[str, str]:
    found = {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version}
    found |= {name: version(name) for name in _PACKAGES}
    if programs := find_programs():
        words = subprocess.check_output([programs / "postgres", "--version"], text=True).split()
        found["PostgreSQL"] = words[2]
    if not isinstance(setting.postfix, str):
        found["Postfix"] = setting.postfix.version
    if shutil.which("node") and not setting.no_node:
        found["node"] = subprocess.check_output(["node", "--version"], text=True).strip("v\n")
        found["nodemailer"] = _find_nodemailer()
    return found


def _find_nodemailer() -> str:
    import json

    package = Path(__file__).parent / "node" / "node_modules" / "nodemailer" / "package.json"
    return str(json.loads(package.read_text())["version"])


def _time_fsync(folder: Path) -> float:
    """Milliseconds until a page is on the disk the stores lie on."""
    taken = []
    with (folder / "fsync").open("wb") as file:
        for _ in range(50):
            file.write(bytes(4096))
            file.flush()
            start = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - start)
    return 1000 * statistics.median(taken)
