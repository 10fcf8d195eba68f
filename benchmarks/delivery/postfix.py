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
    root = folder.resolve() / "unpacked"
    if not (root / "usr" / "sbin" / "smtp-sink").exists() and (failed := _fetch(root)):
        return f"smtp-source and smtp-sink are not installed, and {failed}"
    return _unpacked(root)


_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))


def _fetch(root: Path) -> str:
    """Download and unpack the package; what went wrong, or nothing."""
    folder = root.parent
    folder.mkdir(parents=True, exist_ok=True)
    if failed := _run(["apt-get", "download", "-q", "postfix"], folder):
        return failed
    return _run(["dpkg-deb", "-x", str(_find_package(folder)), str(root)], folder)


def _run(command: list[str], folder: Path) -> str:
    if shutil.which(command[0]) is None:
        return f"there is no {command[0]} to fetch Debian's package of Postfix with"
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    said = done.stderr.strip().rpartition("\n")[2]
    return f"`{' '.join(command)}` failed: {said}" if done.returncode else ""


def _find_package(folder: Path) -> Path:
    return max(folder.glob("postfix_*.deb"))


def _unpacked(root: Path) -> Postfix:
    programs, libraries = root / "usr" / "sbin", root / "usr" / "lib" / "postfix"
    env = {**os.environ, "LD_LIBRARY_PATH": str(libraries)}
    version = _find_package(root.parent).name.split("_")[1]
    return Postfix(str(programs / "smtp-source"), str(programs / "smtp-sink"), env, version)
