"""Serves the preview until it is stopped."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from types import FrameType

import uvicorn

from newsletter.errors import UsageError
from newsletter.web.preview.app import make_app
from newsletter.web.preview.news import News
from newsletter.web.preview.studio import Studio

#: Tried first; where it is taken, any free one will do.
_USUAL_PORT = 8787
#: Seconds that answers have when the preview is stopped.
_LAST_WORDS = 2


@dataclass(frozen=True, slots=True)
class Door:
    """Where the preview is reached."""

    listener: socket.socket
    #: The name or address that was asked for.
    host: str
    #: What lets others in; "" where only this machine can ask.
    token: str

    def address(self, query: str = "") -> str:
        """The page's address, with the token where there is one."""
        at, port = self.listener.getsockname()[:2]
        name = socket.gethostname() if ip_address(at).is_unspecified else self.host
        shown = f"[{name}]" if ":" in name else name
        words = "&".join(filter(None, (self.token and f"token={self.token}", query)))
        return f"http://{shown}:{port}/{words and f'?{words}'}"


def open_door(host: str, port: int | None) -> Door:
    """Listen.

    Args:
        host: any but this machine's own (loopback) asks for a token.
        port: 0 for any free one; None for the usual one or, where it is taken, any.

    Raises:
        UsageError: host or port cannot be had.
    """
    listener = None
    if port is None:
        with suppress(OSError):
            listener = _listen(host, _USUAL_PORT)
    try:
        listener = listener or _listen(host, port or 0)
    except OSError as error:
        raise UsageError(
            f"The preview cannot listen at {host}, port {port or 'any'}: {error.strerror};"
            " choose another by --port or --host."
        ) from error
    is_own = ip_address(listener.getsockname()[0]).is_loopback
    return Door(listener, host, "" if is_own else secrets.token_urlsafe(24))


def _listen(host: str, port: int) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.create_server(address[:2], family=family)
    # Inherited by each connection (tcp(7)); without it an answer's body waits 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def serve(studio: Studio, door: Door, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; `ready` is called once the page can be opened."""
    news = News()
    names = {door.host, socket.gethostname()}
    app = make_app(studio, news, names=names, token=door.token)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_LAST_WORDS,
    )
    server = _Server(config, news, ready)
    with suppress(KeyboardInterrupt):
        asyncio.run(server.serve(sockets=[door.listener]))


class _Server(uvicorn.Server):
    """Says when it is up, and ends the streams of news when it is to stop."""

    def __init__(self, config: uvicorn.Config, news: News, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._news = news
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets=sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(self._news.close)
        super().handle_exit(sig, frame)
