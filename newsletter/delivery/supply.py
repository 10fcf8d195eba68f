"""Claimed deliveries for the workers, fetched in batches."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from newsletter.model import Claimed


class Supply:
    """Hands out what is due, one at a time, until nothing is or the run halts."""

    def __init__(self, claim: Callable[[], Awaitable[list[Claimed]]], halt: asyncio.Event) -> None:
        self._claim = claim
        self._halt = halt
        self._batch: deque[Claimed] = deque()
        self._claiming = asyncio.Lock()
        self._is_dry = False

    async def take(self) -> Claimed | None:
        """The next delivery; None when there is none.

        Raises:
            StoreUnavailable: nothing can be claimed.
        """
        if not self._batch:
            await self._refill()
        return self._batch.popleft() if self._batch and not self._halt.is_set() else None

    async def _refill(self) -> None:
        async with self._claiming:
            if self._batch or self._is_dry or self._halt.is_set():
                return
            self._batch.extend(await self._claim())
            self._is_dry = not self._batch
