"""Other ways to send in Python: `python -m benchmarks.delivery.loops WAY PORT COUNT SESSIONS FILE`.

`smtplib`: the standard library, one message after the other on one connection. `send_message`:
aiosmtplib as its manual shows it, a connection for each session.
"""

from __future__ import annotations

import asyncio
import smtplib
import sys
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from aiosmtplib import SMTP as Client

SENDER = "papers@example.org"


def main(way: str, port: str, count: str, sessions: str, file: str) -> None:
    """Send so many messages, and return when the last is taken."""
    wire, readers = (
        Path(file).read_bytes(),
        map("reader{}@domain1.example".format, range(int(count))),
    )
    if way == "smtplib":
        _loop(int(port), readers, wire)
    else:
        asyncio.run(_send_messages(int(port), readers, wire, int(sessions)))


def _loop(port: int, readers: Iterator[str], wire: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for reader in readers:
            smtp.sendmail(SENDER, [reader], wire)


async def _send_messages(port: int, readers: Iterator[str], wire: bytes, sessions: int) -> None:
    message = message_from_bytes(wire, EmailMessage, policy=SMTP)

    async def work() -> None:
        async with Client(hostname="127.0.0.1", port=port, start_tls=False) as client:
            for reader in readers:  # shared: whoever is free takes the next
                await client.send_message(message, sender=SENDER, recipients=[reader])

    await asyncio.gather(*(work() for _ in range(sessions)))


if __name__ == "__main__":
    main(*sys.argv[1:])
