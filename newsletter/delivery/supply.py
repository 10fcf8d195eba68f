"""Claimed deliveries for the workers, fetched in batches, handed out in their turn."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from newsletter.delivery.lanes import Lanes
from newsletter.delivery.line import Line
from newsletter.model import Among, Claimed


class Supply:
    """Hands out what is due, one at a time, until nothing is or the run halts."""

    def __init__(
        self,
        claim: Callable[[Among, int], Awaitable[list[Claimed]]],
        lanes: Lanes,
        halt: asyncio.Event,
    ) -> None:
        self._claim = claim
        self._lanes = lanes
        self._halt = halt
        self._clock = asyncio.get_running_loop().time
        self._line = Line()
        self._claiming: asyncio.Task[None] | None = None
        self._failure: Exception | None = None

    def pick(self) -> Claimed | None:
        """The next delivery, if one may go at once."""
        return None if self._line or self._halt.is_set() else self._pick()

    async def take(self) -> Claimed | None:
        """The next delivery, when one may go; None when there is none.

        Raises:
            StoreUnavailable: nothing can be claimed.
        """
        waited = False
        while not self._halt.is_set():
            claimed = self._pick()
            if claimed is not None or (self._lanes.is_over and self._claiming is None):
                self._line.wake()
                return claimed
            if self._failure is not None:
                raise self._failure
            if self._lanes.wants_more(self._clock()):
                self._claim_for("")
            # Whoever claims wakes the next by itself.
            self._line.wake_at(None if self._claiming else self._lanes.find_next(self._clock()))
            await self._line.wait(first=waited)
            waited = True
        return None

    def _pick(self) -> Claimed | None:
        claimed = self._lanes.pick(self._clock())
        if (lane := self._lanes.find_hungry()) is not None:
            self._claim_for(lane)
        return claimed

    def _claim_for(self, lane: str) -> None:
        if self._claiming is None:
            self._claiming = asyncio.create_task(self._fill(lane))

    async def _fill(self, lane: str) -> None:
        try:
            among, limit = self._lanes.choose(lane)
            claimed = await self._claim(among, limit)
            self._lanes.add(lane, claimed, self._clock(), is_dry=len(claimed) < limit)
        except Exception as error:  # whatever it is, those who wait for it must learn it
            self._failure = error
        finally:
            self._claiming = None
            self._line.wake()

    def finish(self, claimed: Claimed) -> None:
        """What was handed out is done with."""
        self._lanes.finish(claimed)
        self._line.wake()

    def stir(self) -> None:
        """Something else may go by now, or nothing any more."""
        self._line.wake_all()

    async def close(self) -> None:
        """Claim nothing more."""
        if self._claiming is not None:
            await self._claiming
