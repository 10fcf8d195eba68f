"""A TCP proxy between a sender and its relay that cuts a connection after so many bytes."""

from __future__ import annotations

import select
import socket
import threading
from typing import Self


class Proxy:
    """Passes on what comes; cuts once, for good, when a number of bytes has passed.

    Args:
        port: where the relay listens.
        after: how many bytes of the first connection pass, both ways together.
        resets: whether the ends get a reset, or learn of an orderly end.
    """

    def __init__(self, port: int, after: int, *, resets: bool = False) -> None:
        self._relay = ("127.0.0.1", port)
        self._left: float = after
        self._resets = resets
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        #: Whether it came to the cut.
        self.has_cut = False
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._start(self._listen)
        return self

    def __exit__(self, *_: object) -> None:
        # A shutdown wakes the thread that accepts; a close alone does not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _start(self, act: object, *arguments: object) -> None:
        thread = threading.Thread(target=act, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        while True:
            try:
                sender, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._pass_on, sender, socket.create_connection(self._relay))

    def _pass_on(self, sender: socket.socket, relay: socket.socket) -> None:
        with sender, relay:
            others = {sender: relay, relay: sender}
            while True:
                for end in select.select(list(others), [], [])[0]:
                    if not self._pass_some(end, others[end]):
                        return

    def _pass_some(self, source: socket.socket, target: socket.socket) -> bool:
        """Pass on what is there; False when that was the end."""
        try:
            some = source.recv(65536)
            passing = some if len(some) < self._left else some[: int(self._left)]
            target.sendall(passing)
        except OSError:
            return False
        self._left -= len(passing)
        if self._left <= 0:
            self._left = float("inf")
            self.has_cut = True
            if self._resets:
                linger = b"\1\0\0\0\0\0\0\0"
                for end in (source, target):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            return False
        return bool(some)
