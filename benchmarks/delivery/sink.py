"""A fast SMTP server that counts what it is sent and throws it away, in a process of its own.

    python -m benchmarks.delivery.sink LOG [--delay 0.02] [--slow slow.example] …

`tests/delivery/sink.py` cannot serve: it reads a fault from every address, keeps all it hears,
lives in the process of the test, offers no PIPELINING, and knows no HELO, which is what
smtp-source says. This one does as little as a server can, so that what is measured is the
client.

Its port is the first line of LOG; then, twenty times a second, the time of day and what it
took so far, what it took for the slow domain, and what it refused.
"""

from __future__ import annotations

import argparse
import asyncio
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import uvloop

#: A recipient that begins so is refused for now.
REFUSED = b"<later"
_OFFERS = ("sink", "PIPELINING", "SIZE 50000000", "ENHANCEDSTATUSCODES", "8BITMIME")
_END = b"\r\n.\r\n"
_REPLIES = {
    b"MAIL": b"250 2.1.0 Ok\r\n",
    b"RCPT": b"250 2.1.5 Ok\r\n",
    b"DATA": b"354 End data with <CR><LF>.<CR><LF>\r\n",
    b"RSET": b"250 2.0.0 Ok\r\n",
    b"HELO": b"250 sink\r\n",
    b"QUIT": b"221 2.0.0 Bye\r\n",
    b"EHLO": "".join(f"250-{offer}\r\n" for offer in _OFFERS).encode() + b"250 DSN\r\n",
}


@dataclass
class Counts:
    """What all connections took and refused, and how the sink is to behave."""

    delay: float
    slow_domain: bytes
    slow_seconds: float
    taken: int = 0
    slow: int = 0
    refused: int = 0


class Session(asyncio.Protocol):
    """One connection. Replies to what came together go together, in order (RFC 2920)."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self.rest = b""
        self.has_recipient = self.reads_body = self.is_slow = self.is_held = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.reply(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self.rest += data
        self.go_on()

    def go_on(self) -> None:
        replies: list[bytes] = []
        while not self.is_held and (reply := self.take_body() if self.reads_body else self.obey()):
            replies.append(reply)
        self.reply(b"".join(replies))

    def take_body(self) -> bytes:
        at_end = self.rest.endswith(_END)  # nearly always; looking for it takes longer
        end = len(self.rest) - len(_END) if at_end else self.rest.find(_END)
        if end < 0:
            self.rest = self.rest[-4:]
            return b""
        self.rest = self.rest[end + len(_END) :]
        self.reads_body = self.has_recipient = False
        self.counts.taken += 1
        self.counts.slow += self.is_slow
        return b"250 2.0.0 Ok: taken\r\n"

    def obey(self) -> bytes:
        line, end, rest = self.rest.partition(b"\r\n")
        if not end:
            return b""
        self.rest = rest
        verb = line[:4].upper()
        if verb == b"RCPT":
            return self.admit(line)
        if verb == b"DATA" and not self.has_recipient:
            return b"503 5.5.1 To whom?\r\n"
        self.reads_body = verb == b"DATA"
        if verb == b"QUIT":
            asyncio.get_running_loop().call_later(self.counts.delay, self.transport.close)
        return _REPLIES.get(verb, b"500 5.5.1 What?\r\n")

    def admit(self, line: bytes) -> bytes:
        if REFUSED in line:
            self.counts.refused += 1
            return b"450 4.2.0 Later\r\n"
        self.has_recipient = True
        self.is_slow = bool(self.counts.slow_domain) and self.counts.slow_domain in line
        if not self.is_slow:
            return _REPLIES[b"RCPT"]
        self.is_held = True
        asyncio.get_running_loop().call_later(self.counts.slow_seconds, self.release)
        return b""

    def release(self) -> None:
        self.is_held = False
        self.reply(_REPLIES[b"RCPT"])
        self.go_on()

    def reply(self, text: bytes) -> None:
        if self.counts.delay and text:
            asyncio.get_running_loop().call_later(self.counts.delay, self.transport.write, text)
        elif text:
            self.transport.write(text)


async def _serve(log: Path, counts: Counts, tls: ssl.SSLContext | None) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Session(counts), "127.0.0.1", 0, ssl=tls, backlog=1000
    )
    with log.open("w", buffering=1) as lines:
        lines.write(f"{server.sockets[0].getsockname()[1]}\n")
        while True:
            await asyncio.sleep(0.05)
            lines.write(f"{time.time():.3f} {counts.taken} {counts.slow} {counts.refused}\n")


def main() -> None:
    """Serve until we are ended."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delivery.sink")
    parser.add_argument("log", type=Path)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each reply")
    parser.add_argument("--slow", default="", help="the domain whose RCPT is answered late")
    parser.add_argument("--slow-seconds", type=float, default=5.0)
    parser.add_argument("--certificate", type=Path, help="speak TLS from the first byte (PEM)")
    asked = parser.parse_args()
    tls = None
    if asked.certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(asked.certificate)
    counts = Counts(asked.delay, asked.slow.encode(), asked.slow_seconds)
    uvloop.run(_serve(asked.log, counts, tls))


if __name__ == "__main__":
    main()
