"""A PostgreSQL server of one's own, for as long as it is needed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from newsletter.store import open_store


@dataclass
class Server:
    """Listens on a socket in its folder; its databases are copies of a template."""

    folder: Path
    template: str = "migrated"
    numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str) -> str:
        return f"postgresql://newsletter@/{database}?host={self.folder}"

    def create(self, template: str) -> str:
        """A new database with what the template holds; returns its URL."""
        name = f"test_{next(self.numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        name = url.partition("@/")[2].partition("?")[0]
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def serve(programs: Path, *, durable: bool = False) -> Iterator[Server]:
    """Run a server whose template holds a newsletter's tables.

    Args:
        programs: where initdb and pg_ctl lie.
        durable: a commit outlives a power cut, as on a server in use; tests do without.
    """
    # Not below pytest's folder: the path of a socket may not be long.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    user = _choose_user()
    if user:
        shutil.chown(folder, user)

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)

    try:
        run("initdb", "-U", "newsletter", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        options = f"-k {folder} -c listen_addresses=''"
        if not durable:
            options += " -c fsync=off -c full_page_writes=off"
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            server = Server(folder)
            server.execute(f"CREATE DATABASE {server.template}")
            open_store(server.url(server.template)).close()
            yield server
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_programs() -> Path | None:
    """Where initdb and pg_ctl lie; None where there are none."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    # Debian keeps them out of the PATH.
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return installed[-1].parent if installed else None


def _choose_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"
