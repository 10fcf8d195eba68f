"""The wire to the relay once it is open: replies are read in order, each to what was asked.

It takes the transport over from aiosmtplib, by asyncio's own `set_protocol`: aiosmtplib reads
one reply at a time and drops what else has come, so that commands could not go together.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

#: A reply is a few lines of at most 512 bytes (RFC 5321, 4.5.3.1.5); what has so many and no
#: end is none.
_LONGEST = 32_768


class Wire(asyncio.Protocol):
    """Knows how many replies are to come, and whether all that was written has left us.

    A line that nothing asked for would be read as the reply to the next command, and every
    later reply as that of its neighbour: then a refused message counts as sent.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._unread = b""
        self._replies: deque[bytes] = deque()
        self._awaited = 0
        self._waiter: asyncio.Future[None] | None = None
        #: Why nothing more comes; "" while it is open.
        self.end = ""
        #: Whether all that was written has left this process.
        self.is_flushed = True
        transport.set_protocol(self)
        # So low that we hear of what is not yet with the kernel. Not 0: TLS transports pause at
        # the limit and not beyond it, and so for nothing.
        transport.set_write_buffer_limits(high=1)

    @property
    def is_in_step(self) -> bool:
        """Whether what was asked is answered, and nothing else was said."""
        return not (self._awaited or self._replies or self._unread)

    @property
    def holds(self) -> bool:
        """Whether more can be asked."""
        return self.is_in_step and not self.end

    def ask(self, words: Iterable[bytes], replies: int = 1) -> None:
        """Write, and expect so many replies; they are taken one by one with `hear`."""
        self._awaited += replies
        if not self.end:
            self._transport.writelines(words)

    async def hear(self, patience: float) -> bytes:
        """The next reply, its lines parted by line feeds; b"" where none comes any more.

        Args:
            patience: seconds; after them the wire is of no use.
        """
        if not self._replies and not self.end:
            timer = self._loop.call_later(patience, self._end, "no reply in time")
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
                timer.cancel()
        if not self._replies:
            return b""
        self._awaited -= 1
        return self._replies.popleft()

    def abort(self) -> None:
        """End it at once; whoever waits for a reply learns it."""
        self._end("closed")
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        *lines, rest = (self._unread + data).split(b"\n")
        begun: list[bytes] = []
        for line in lines:
            begun.append(line)
            if line[3:4] != b"-":  # a hyphen: more of the same reply follows (RFC 5321, 4.2.1)
                self._replies.append(b"\n".join(begun))
                begun = []
        self._unread = b"\n".join((*begun, rest))
        if len(self._unread) > _LONGEST:
            self._end("a reply without end")
        elif self._replies:
            self._wake()

    def eof_received(self) -> bool:
        self._end("closed by the relay")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(str(exc or "") or "connection lost")

    def pause_writing(self) -> None:
        self.is_flushed = False

    def resume_writing(self) -> None:
        self.is_flushed = True

    def _end(self, why: str) -> None:
        self.end = self.end or why
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
