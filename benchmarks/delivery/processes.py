"""What Linux tells of running processes (proc(5))."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def find_tree(pid: int) -> list[int]:
    """A process and all that come from it, itself first; those that ended are left out."""
    found = [pid]
    for one in found:
        try:
            # Each thread has children of its own.
            for task in Path(f"/proc/{one}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def cpu_seconds(pids: list[int]) -> float:
    """User and system time of processes and of the children they outlived."""
    return sum(map(_cpu_seconds, pids))


def _cpu_seconds(pid: int) -> float:
    # utime, stime, cutime, cstime; the name before them may hold anything but stays in brackets.
    fields = _read(pid, "stat").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS


def peak_mib(pid: int) -> float:
    """The highest resident size a process ever had (VmHWM); 0 once it has ended."""
    return _find_number(_read(pid, "status"), "VmHWM:") / 1024


def bytes_read(pid: int) -> int:
    """How much a process read in its life, from sockets and files."""
    return _find_number(_read(pid, "io"), "rchar:")


def _find_number(text: str, key: str) -> int:
    for line in text.splitlines():
        if line.startswith(key):
            return int(line.split()[1])
    return 0


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
