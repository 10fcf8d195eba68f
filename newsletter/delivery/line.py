"""Those who wait for something that one of them at a time may have."""

from __future__ import annotations

import asyncio
from collections import deque

#: Loops count in milliseconds: whoever is woken too early would wait once more, and again.
_TICK = 0.001


class Line:
    """First come, first served; whoever is woken looks for itself, and wakes the next."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    async def wait(self, *, first: bool = False) -> None:
        """Wait to be woken; first who has waited before and was woken for nothing."""
        place = self._loop.create_future()
        if first:
            self._waiting.appendleft(place)
        else:
            self._waiting.append(place)
        await place

    def wake(self) -> None:
        """Wake the first."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():  # who was cancelled is gone
                place.set_result(None)
                return

    def wake_all(self) -> None:
        """Wake everybody."""
        while self._waiting:
            self.wake()

    def wake_at(self, moment: float | None) -> None:
        """Wake the first at a moment, by the loop's clock, instead of any set before."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if moment is not None:
            moment = max(moment, self._loop.time()) + _TICK
            self._timer = self._loop.call_at(moment, self.wake)
