"""What is logged: text for people or JSON for machines, addresses masked unless asked."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable
from typing import Any

from newsletter.settings import Log

_ADDRESS = re.compile(r"([^\s<>@,;:\"'()\[\]])[^\s<>@,;:\"'()\[\]]*@([^\s<>@,;:\"'()\[\]]+)")
#: What a run says of its own accord is wanted without --verbose.
_ALWAYS = ("newsletter.running", "newsletter.reloading")
#: They would log the addresses of sources whole, passwords included.
_INDISCREET = ("httpx", "httpcore")


def set_up(log: Log, *, verbose: bool) -> None:
    """Log to standard error by the settings; what was set up before is replaced."""
    clean = mask if log.addresses == "masked" else str
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_make_json(clean) if log.format == "json" else _Words(clean))
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _ALWAYS:
        logging.getLogger(name).setLevel(logging.INFO)
    for name in _INDISCREET:
        logging.getLogger(name).setLevel(logging.WARNING)


def mask(text: str) -> str:
    """The text with each address left only its first letter and its domain."""
    return _ADDRESS.sub(r"\1***@\2", text)


class _Words(logging.Formatter):
    """The bare sentence; with its level where that is not the usual one."""

    def __init__(self, clean: Callable[[str], str]) -> None:
        super().__init__()
        self._clean = clean

    def format(self, record: logging.LogRecord) -> str:
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        return level + self._clean(super().format(record))


def _make_json(clean: Callable[[str], str]) -> logging.Formatter:
    from pythonjsonlogger.json import JsonFormatter

    class Fields(JsonFormatter):
        def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
            return {
                name: clean(value) if isinstance(value, str) else value
                for name, value in log_data.items()
            }

    return Fields(
        "{levelname}{name}{message}",
        style="{",
        rename_fields={"levelname": "level", "name": "logger"},
        timestamp="time",
    )
