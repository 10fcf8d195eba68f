"""A bound to the whole of a request; httpx bounds each wait for bytes, however many there are."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import Event, Timer
from typing import Any

import httpx

#: What httpcore calls the moments from which there is another socket.
_CONNECTED = ("connect_tcp.complete", "start_tls.complete")


@contextmanager
def bounded(request: httpx.Request, timeout: timedelta) -> Iterator[None]:
    """Cut the line under a request, and those it is redirected to, once the time is over.

    How long the system looks for a host's address is not bounded.

    Args:
        request: for a connection of its own; one that is kept alive is not known here.

    Raises:
        httpx.ReadTimeout: the time was over before the block was done.
    """
    sockets: list[socket.socket] = []
    over = Event()

    def cut() -> None:
        over.set()
        for each in sockets:
            with suppress(OSError):  # it is closed, or became that of TLS
                # That of SSLSocket takes TLS off it, under the hands of who reads from it.
                socket.socket.shutdown(each, socket.SHUT_RDWR)

    def note(event: str, info: dict[str, Any]) -> None:
        if event.endswith(_CONNECTED):
            sockets.append(info["return_value"].get_extra_info("socket"))
            if over.is_set():
                cut()

    request.extensions["trace"] = note
    timer = Timer(timeout.total_seconds(), cut)
    timer.start()
    try:
        yield
    except httpx.RequestError as error:
        if over.is_set():
            raise httpx.ReadTimeout("byte by byte", request=request) from error
        raise
    finally:
        timer.cancel()
        timer.join()
    if over.is_set():  # an answer that does not tell its length seems to end where it was cut
        raise httpx.ReadTimeout("byte by byte", request=request)
