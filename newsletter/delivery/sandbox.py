"""An SMTP server of our own on loopback: it keeps what it is sent and forwards nothing."""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

_HOST = "127.0.0.1"
_FOLDERS = ("tmp", "new", "cur")  # https://cr.yp.to/proto/maildir.html


class _Keeper:
    """Keeps each message as a file of a Maildir, byte for byte as it came."""

    def __init__(self, maildir: Path) -> None:
        self._maildir = maildir
        self._run = f"{os.getpid()}_{secrets.token_hex(4)}"
        self._count = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """aiosmtpd calls it with each message; the name is its own."""
        self._count += 1
        # Written aside and moved, so that no mail reader meets half a message. Not the
        # standard library's Maildir: it syncs each file to the disk, for mail that is not real.
        name = f"{time.time_ns()}.{self._run}_{self._count}.sandbox"
        half = self._maildir / "tmp" / name
        half.write_bytes(envelope.original_content or b"")
        half.rename(self._maildir / "new" / name)
        return f"250 2.0.0 kept as {name}"


@contextmanager
def sandbox(maildir: Path) -> Iterator[tuple[str, int]]:
    """Run the server while the `with` block lasts; gives its host and port.

    Args:
        maildir: the folder to keep mail in; made where there is none.
    """
    for folder in _FOLDERS:
        (maildir / folder).mkdir(parents=True, exist_ok=True)
    loop = asyncio.new_event_loop()
    # aiosmtpd's own Controller cannot take a free port: it connects to port 0 to test itself.
    server = loop.run_until_complete(
        loop.create_server(lambda: _make_session(_Keeper(maildir), loop), _HOST, 0)
    )
    thread = threading.Thread(target=loop.run_forever, name="sandbox", daemon=True)
    thread.start()
    try:
        yield _HOST, server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _make_session(keeper: _Keeper, loop: asyncio.AbstractEventLoop) -> SMTP:
    return SMTP(keeper, hostname="sandbox.invalid", enable_SMTPUTF8=True, loop=loop)


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
