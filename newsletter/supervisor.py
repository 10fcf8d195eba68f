"""Tells systemd that we are up, alive, and what we do: sd_notify(3), sd_watchdog_enabled(3).

The protocol is one datagram. Of the packages for it one has not been kept since 2017 and
the others need a compiler.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping

from newsletter.delivery.progress import Dispatched


class Supervisor:
    """Silent where no supervisor listens."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        watched = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        limit = int(environ.get("WATCHDOG_USEC", "0")) / 1e6 if watched else 0.0
        self._beat = limit / 4
        self._last_beat = self._last_word = -60.0

    def notify(self, *lines: str) -> None:
        """Send assignments such as READY=1; a supervisor that went away is no harm."""
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            try:
                out.sendto("\n".join(lines).encode(), address)
            except OSError:
                self._address = ""

    def live(self) -> None:
        """Feed the watchdog, if it is time to."""
        now = time.monotonic()
        if self._beat and now - self._last_beat >= self._beat:
            self._last_beat = now
            self.notify("WATCHDOG=1")

    def show(self, line: str) -> None:
        """Show a line as our status."""
        self.notify(f"STATUS={line}")

    def show_progress(self, done: Dispatched, due: int) -> None:
        """Say how far a send is, at most once a second."""
        now = time.monotonic()
        if now - self._last_word >= 1:
            self._last_word = now
            self.show(f"Sending: {done.done} of {due}")
