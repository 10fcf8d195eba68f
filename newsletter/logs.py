"""What is logged: text for people or JSON for machines, addresses masked unless asked."""

from __future__ import annotations

import logging
import re
import sys

from newsletter.settings import Log

_ADDRESS = re.compile(r"([^\s<>@,;:\"'()\[\]])[^\s<>@,;:\"'()\[\]]*@([^\s<>@,;:\"'()\[\]]+)")
#: What a run says of its own accord is wanted without --verbose.
_ALWAYS = ("newsletter.running", "newsletter.reloading")


def set_up(log: Log, *, verbose: bool) -> None:
    """Log to standard error by the settings; what was set up before is replaced."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_json_formatter() if log.format == "json" else _Words())
    if log.addresses == "masked":
        handler.addFilter(_mask_record)
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _ALWAYS:
        logging.getLogger(name).setLevel(logging.INFO)


def mask(text: str) -> str:
    """The text with each address left only its first letter and its domain."""
    return _ADDRESS.sub(r"\1***@\2", text)


class _Words(logging.Formatter):
    """The bare sentence; with its level where that is not the usual one."""

    def format(self, record: logging.LogRecord) -> str:
        words = super().format(record)
        return words if record.levelno == logging.INFO else f"{record.levelname.lower()}: {words}"


def _json_formatter() -> logging.Formatter:
    from pythonjsonlogger.json import JsonFormatter

    return JsonFormatter(
        "{levelname}{name}{message}",
        style="{",
        rename_fields={"levelname": "level", "name": "logger"},
        timestamp="time",
    )


def _mask_record(record: logging.LogRecord) -> bool:
    record.msg, record.args = mask(record.getMessage()), None
    for field in ("address", "reply"):
        if isinstance(value := getattr(record, field, None), str):
            setattr(record, field, mask(value))
    return True
