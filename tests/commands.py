"""The command line, run as a person runs it: in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


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
    """Run `newsletter` with these words; a traceback is a failed test."""
    done = subprocess.run(
        [sys.executable, "-m", "newsletter", *map(str, words)],
        cwd=home,
        env=clean_environment() if env is None else env,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)
