"""The command line, run as a person runs it: in a process of its own."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: What most commands import sooner or later, at the cost of a second for each process.
PRELOADED = (
    "newsletter.cli",
    "newsletter.cli.tables",
    "newsletter.checking",
    "newsletter.config",
    "newsletter.drafting",
    "newsletter.logs",
    "newsletter.papers",
    "newsletter.pipeline",
    "newsletter.previewing",
    "newsletter.rendering",
    "newsletter.standing",
    "alembic.command",
)
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(list(PRELOADED))
PATIENCE = 120  # seconds


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


#: A function that runs a command in the newsletter's folder.
Newsletter = Callable[..., Ran]


def clean_environment() -> dict[str, str]:
    """The environment without settings of whoever runs the tests."""
    return {name: it for name, it in os.environ.items() if not name.startswith("NEWSLETTER_")}


def run(*words: str | Path, home: Path, env: Mapping[str, str] | None = None) -> Ran:
    """Run `newsletter` with these words; a traceback is a failed test.

    The process is forked by a server that has imported the most, and new in all else.
    """
    environment = clean_environment() if env is None else dict(env)
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder, "out"), Path(folder, "err")
        arguments = (list(map(str, words)), home, environment, said)
        process = PROCESSES.Process(target=_become, args=arguments)
        process.start()
        process.join(PATIENCE)
        if process.exitcode is None:
            process.kill()
            process.join()
        return _check(process.exitcode, *(path.read_text() for path in said))


def run_anew(*words: str | Path, home: Path, env: Mapping[str, str] | None = None) -> Ran:
    """The same in an interpreter of its own, which has nothing but what the command imports."""
    done = subprocess.run(
        [sys.executable, "-m", "newsletter", *map(str, words)],
        cwd=home,
        env=clean_environment() if env is None else env,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return _check(done.returncode, done.stdout, done.stderr)


def _check(code: int | None, out: str, err: str) -> Ran:
    assert "Traceback" not in err, err
    assert code is not None
    return Ran(code, out, err)


def _become(words: list[str], home: Path, env: Mapping[str, str], said: tuple[Path, ...]) -> None:
    os.chdir(home)
    os.environ.clear()
    os.environ.update(env)
    for descriptor, path in enumerate(said, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), descriptor)
    sys.argv = ["newsletter", *words]
    from newsletter.cli import main

    main()
