"""Tells browsers that something changed, by Server-Sent Events (HTML, 9.2)."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Sequence

#: Seconds after which a silent stream says something, so that a dead one is noticed.
_PULSE = 15
#: Milliseconds after which a browser asks again whether we are back.
_AGAIN = 500


class News:
    """The mark of the last change, and those who follow it."""

    def __init__(self) -> None:
        self._run = secrets.token_hex(4)
        self._count = 0
        self._changed: tuple[str, ...] = ()
        self._bell = asyncio.Event()
        self._is_over = False

    @property
    def mark(self) -> str:
        """Another one after each change, and in each run of the program."""
        return f"{self._run}.{self._count}"

    def ring(self, changed: Sequence[str]) -> None:
        """These files changed."""
        self._count += 1
        self._changed = tuple(changed)
        self._wake()

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self._is_over = True
        self._wake()

    async def follow(self) -> AsyncIterator[str]:
        """The stream of one browser: the mark at once, then each new one."""
        told = ""
        yield f"retry: {_AGAIN}\n\n"
        while not self._is_over:
            bell = self._bell
            if told != self.mark:
                told = self.mark
                yield f"data: {json.dumps({'mark': told, 'changed': self._changed})}\n\n"
            try:
                await asyncio.wait_for(bell.wait(), _PULSE)
            except TimeoutError:
                yield ": still here\n\n"

    def _wake(self) -> None:
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()
