"""A relay for tests: an SMTP server whose faults are written in the recipient's address.

The local part reads `stage=what[=enhanced][=times]+name`:

    rcpt=550=5.1.1+ada@example.org    refused at RCPT, always
    dot=451=4.7.1=2+bob@example.org   refused at the dot, twice, then taken
    lost=drop+eve@example.org         taken, then closed before the reply

Stages: rcpt, data, dot, and lost, which is after the message was taken. What: a code; drop
(closed); reset; garbage (no SMTP); stray (the reply, and one more); late (after `late`
seconds); never; at data stall (the reply, then nothing is read, and a reset); and at rcpt
crash (closed, and the replies to what came with it are lost, as they went together). Faults
that come before a recipient is known are given to the sink in the same words, such as
`faults=("mail=421==1",)`. The log of what was taken is the oracle.
"""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self, cast

END = b"\r\n.\r\n"


@dataclass
class Fault:
    stage: str
    what: str
    enhanced: str = ""
    #: How often it happens to an address; 0 for always.
    times: int = 0

    @classmethod
    def read(cls, words: str) -> Self | None:
        stage, _, rest = words.partition("=")
        what, enhanced, times, *_ = [*rest.split("="), "", ""]
        return cls(stage, what, enhanced, int(times or 0)) if rest else None


@dataclass
class Sink:
    """Listens on loopback, in a thread of its own, while the `with` block lasts."""

    faults: tuple[str, ...] = ()
    tls: ssl.SSLContext | None = None
    #: TLS from the first byte, not by STARTTLS.
    implicit: bool = False
    #: Who may log in, and must.
    users: dict[str, str] = field(default_factory=dict)
    offers: tuple[str, ...] = ("SIZE 50000000", "8BITMIME", "ENHANCEDSTATUSCODES")
    per_connection: int = 0
    #: How it ends a connection that carried enough; without words it just hangs up.
    goodbye: str = "421 4.4.2 enough for one connection"
    #: Seconds before each reply, and before one that is late.
    delay: float = 0.0
    late: float = 0.6
    keeps_messages: bool = False
    #: What it says of a message that it takes.
    thanks: str = "taken"

    def __post_init__(self) -> None:
        #: The addresses whose message was taken, in order.
        self.accepted: list[str] = []
        self.messages: list[bytes] = []
        self.commands: list[str] = []
        self.connections = 0
        self.sessions: set[Session] = set()
        self._happened: Counter[tuple[str, str]] = Counter()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self.come_up()
        return self

    def __exit__(self, *_: object) -> None:
        self.go_down()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def come_up(self) -> None:
        """Listen, on the same port as before."""
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()

    def go_down(self) -> None:
        """Stop listening and cut all connections."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()

    def forget(self) -> None:
        """Begin the log anew, and count faults from the first."""
        self.accepted.clear()
        self._happened.clear()

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(
            lambda: Session(self),
            "127.0.0.1",
            self.port,
            ssl=self.tls if self.implicit else None,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        for session in list(self.sessions):
            session.transport.abort()
        await asyncio.sleep(0)  # so that the ends of the connections are heard of

    def find_fault(self, stage: str, address: str = "") -> Fault | None:
        """What goes wrong here, if anything does."""
        words = [address.rpartition("@")[0].partition("+")[0]] if address else self.faults
        for fault in map(Fault.read, words):
            if fault is None or fault.stage != stage:
                continue
            self._happened[stage, address] += 1
            if not fault.times or self._happened[stage, address] <= fault.times:
                return fault
        return None


def offers_of(together: bool) -> tuple[str, ...]:
    """The usual offers; with PIPELINING commands may come together (RFC 2920)."""
    return (*Sink.offers, "PIPELINING") if together else Sink.offers


class Session(asyncio.Protocol):
    """One connection."""

    transport: asyncio.Transport

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.buffer = bytearray()
        self.scanned = 0
        self.recipient: str | None = None
        self.reads_message = False
        self.is_secure = sink.implicit
        #: Nothing is answered, and so nothing read: before a reply that is late, or never
        #: comes, and between STARTTLS and the transport that speaks it.
        self.is_silent = False
        self.user = ""
        self.login: list[str] | None = None
        self.carried = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        again = hasattr(self, "transport")
        self.transport = cast(asyncio.Transport, transport)
        self.sink.sessions.add(self)
        if again:  # after STARTTLS
            return
        self.sink.connections += 1
        self.answer("greeting", "220 sink ESMTP")

    def connection_lost(self, exc: Exception | None) -> None:
        self.sink.sessions.discard(self)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if b"<rcpt=crash+" in data:
            self.transport.close()
        else:
            self.read_on()

    def read_on(self) -> None:
        while not self.is_silent and (
            self.take_message() if self.reads_message else self.take_line()
        ):
            pass

    def speak_again(self, reply: str) -> None:
        self.is_silent = False
        self.say(reply)
        self.read_on()

    def take_line(self) -> bool:
        end = self.buffer.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self.buffer[:end]).decode()
        del self.buffer[: end + 2]
        self.obey(line)
        return True

    def obey(self, line: str) -> None:
        self.sink.commands.append(line)
        if self.login is not None:
            self.go_on_login(line)
            return
        verb = line.partition(" ")[0].upper()
        {
            "EHLO": self.ehlo,
            "STARTTLS": self.starttls,
            "AUTH": self.auth,
            "MAIL": self.mail,
            "RCPT": self.rcpt,
            "DATA": self.data,
            "RSET": self.rset,
            "QUIT": self.quit,
        }.get(verb, self.unknown)(line)

    def answer(self, stage: str, reply: str, address: str = "") -> bool:
        """Say it, or let go wrong what is to go wrong; whether all is well."""
        fault = self.sink.find_fault(stage, address)
        if fault is None:
            self.say(reply)
            return True
        self.fail(fault, reply)
        return fault.what in ("stray", "late")

    def fail(self, fault: Fault, reply: str) -> None:
        what = fault.what
        if what == "drop":
            self.is_silent = True  # what came with it is not answered either
            self.transport.close()
        elif what == "reset":
            self.reset()
        elif what == "garbage":
            self.say("what do you mean?")
        elif what == "stray":
            self.say(f"{reply}\r\n250 2.0.0 nobody asked for this")
        elif what == "stall":
            self.say(reply)
            self.transport.pause_reading()
            self.later(self.sink.late, self.reset)
        elif what == "late":
            self.is_silent = True
            self.later(self.sink.late, lambda: self.speak_again(reply))
        elif what == "never":
            self.is_silent = True
        else:
            self.say(" ".join(part for part in (what, fault.enhanced, "as scripted") if part))
            if what == "421":
                self.is_silent = True
                self.transport.close()

    def say(self, reply: str) -> None:
        if self.sink.delay:
            self.later(self.sink.delay, lambda: self.transport.write(reply.encode() + b"\r\n"))
        else:
            self.transport.write(reply.encode() + b"\r\n")

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(
            seconds, lambda: None if self.transport.is_closing() else act()
        )

    def reset(self) -> None:
        own = self.transport.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def ehlo(self, line: str) -> None:
        offers = ["sink", *self.sink.offers]
        if self.sink.tls and not self.is_secure:
            offers.append("STARTTLS")
        elif self.sink.users:
            offers.append("AUTH PLAIN LOGIN")
        lines = [f"250-{offer}" for offer in offers[:-1]] + [f"250 {offers[-1]}"]
        self.answer("ehlo", "\r\n".join(lines))

    def starttls(self, line: str) -> None:
        self.transport.pause_reading()  # what comes next is TLS, and not for us
        if self.answer("starttls", "220 go ahead"):
            self.securing = asyncio.ensure_future(self.secure())
        else:
            self.transport.resume_reading()

    async def secure(self) -> None:
        assert self.sink.tls is not None
        self.is_secure = self.is_silent = True
        if self.sink.find_fault("handshake"):
            self.transport.close()
            return
        try:
            secured = await asyncio.get_running_loop().start_tls(
                self.transport, self, self.sink.tls, server_side=True
            )
        except (OSError, ConnectionError):  # the client did not like the certificate
            self.transport.abort()
            return
        self.transport = cast(asyncio.Transport, secured)
        self.is_silent = False
        self.read_on()

    def auth(self, line: str) -> None:
        _, method, *initial = line.split(" ")
        if method.upper() == "PLAIN":
            _, user, password = base64.b64decode(initial[0]).decode().split("\0")
            self.check(user, password)
        else:
            self.login = [base64.b64decode(initial[0]).decode()]
            self.say("334 " + base64.b64encode(b"Password:").decode())

    def go_on_login(self, line: str) -> None:
        assert self.login is not None
        user, self.login = self.login[0], None
        self.check(user, base64.b64decode(line).decode())

    def check(self, user: str, password: str) -> None:
        if self.sink.users.get(user) != password:
            self.say(f"535 5.7.8 {user}, {password} is wrong")
        elif self.answer("auth", "235 2.7.0 welcome"):
            self.user = user

    def mail(self, line: str) -> None:
        if self.sink.users and not self.user:
            self.say("530 5.7.0 log in first")
        elif self.recipient is not None:
            self.say("503 5.5.1 a transaction is open")
        else:
            self.answer("mail", "250 2.1.0 ok")

    def rcpt(self, line: str) -> None:
        address = line.partition("<")[2].rpartition(">")[0]
        if self.answer("rcpt", "250 2.1.5 ok", address):
            self.recipient = address

    def data(self, line: str) -> None:
        if self.recipient is None:
            self.say("503 5.5.1 to whom?")
        elif self.answer("data", "354 go ahead", self.recipient):
            self.reads_message = True

    def take_message(self) -> bool:
        end = self.buffer.find(END, max(0, self.scanned - len(END)))
        self.scanned = len(self.buffer)
        if end < 0:
            return False
        message = bytes(self.buffer[: end + 2]) if self.sink.keeps_messages else b""
        del self.buffer[: end + len(END)]
        self.scanned = 0
        self.reads_message = False
        self.settle(message)
        return True

    def settle(self, message: bytes) -> None:
        address, self.recipient = self.recipient or "", None
        fault = self.sink.find_fault("dot", address)
        if fault is not None and fault.what not in ("stray", "late"):
            self.fail(fault, "")
            return
        self.sink.accepted.append(address)
        if self.sink.keeps_messages:
            self.sink.messages.append(message)
        self.carried += 1
        reply = f"250 2.0.0 {self.sink.thanks} as {len(self.sink.accepted)}"
        fault = fault or self.sink.find_fault("lost", address)
        if fault is not None:
            self.fail(fault, reply)
        else:
            self.say(reply)
            self.end_if_enough()

    def end_if_enough(self) -> None:
        if self.carried == self.sink.per_connection:
            if self.sink.goodbye:
                self.say(self.sink.goodbye)
            self.transport.close()

    def rset(self, line: str) -> None:
        self.recipient = None
        self.say("250 2.0.0 forgotten")

    def quit(self, line: str) -> None:
        if self.answer("quit", "221 2.0.0 bye"):
            self.transport.close()

    def unknown(self, line: str) -> None:
        self.say("500 5.5.1 what?")
