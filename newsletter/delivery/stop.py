"""A wish to stop, from a signal or from whoever else may say so."""

from __future__ import annotations

import asyncio


class Stop:
    """Asked once: finish what is on the wire. Asked twice: end now, safely."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._insisted = asyncio.Event()

    def ask(self) -> None:
        """Ask to stop; only from the event loop's own thread, as signal handlers do there."""
        (self._insisted if self._asked.is_set() else self._asked).set()

    @property
    def is_asked(self) -> bool:
        return self._asked.is_set()

    async def asked(self) -> None:
        """Wait for the first asking."""
        await self._asked.wait()

    async def insisted(self) -> None:
        """Wait for the second asking."""
        await self._insisted.wait()
