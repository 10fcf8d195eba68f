"""Postfix's smtp-source and smtp-sink: those installed, or unpacked from Debian's package.

No daemon is started and nothing is installed: the two programs run from a folder of ours.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Postfix:
    """Where the programs lie, and the environment they need."""

    source: str
    sink: str
    env: dict[str, str]
    version: str


def find(folder: Path) -> Postfix | str:
    """The programs; a sentence that says why where there are none.

    Args:
        folder: what must be fetched is unpacked here, and found here the next time.
    """
    source, sink = (shutil.which(name, path=_PATH) for name in ("smtp-source", "smtp-sink"))
    if source and sink:
        return Postfix(source, sink, dict(os.environ), "installed")
    package = next(folder.glob("postfix_*.deb"), None)
    if package is None:
        if failed := _fetch(folder):
            return f"smtp-source and smtp-sink are not installed, and {failed}"
        package = next(folder.glob("postfix_*.deb"))
    return _unpacked(folder / "unpacked", package.name.split("_")[1])


_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))


def _fetch(folder: Path) -> str:
    """Download and unpack the package; what went wrong, or nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            return f"there is no {program} to fetch Debian's package of Postfix with"
    steps = (["apt-get", "download", "-q", "postfix"], ["dpkg-deb", "-x"])
    for step in steps:
        words = [*step, *map(str, folder.glob("postfix_*.deb")), str(folder / "unpacked")]
        done = subprocess.run(
            words if step[0] == "dpkg-deb" else step,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if done.returncode:
            return f"`{' '.join(step)}` failed: {done.stderr.strip().rpartition(chr(10))[2]}"
    return ""


def _unpacked(root: Path, version: str) -> Postfix:
    programs, libraries = root / "usr" / "sbin", root / "usr" / "lib" / "postfix"
    env = {**os.environ, "LD_LIBRARY_PATH": str(libraries)}
    return Postfix(str(programs / "smtp-source"), str(programs / "smtp-sink"), env, version)
