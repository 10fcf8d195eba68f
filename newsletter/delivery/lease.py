"""Keeps our claims ours while we live."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from newsletter.errors import LeaseLost, StoreUnavailable

_log = logging.getLogger(__name__)


class Lease:
    """Renewed three times before it ends; who was away for longer must not go on."""

    def __init__(self, renew: Callable[[], Awaitable[None]], length: timedelta) -> None:
        self._renew = renew
        self._length = length.total_seconds()
        self._clock = asyncio.get_running_loop().time
        self._until = self._clock() + self._length

    def check(self) -> None:
        """Go on only while the claims are surely ours.

        Raises:
            LeaseLost: they may be another's by now.
        """
        if self._clock() >= self._until:
            raise LeaseLost(
                f"this sender was held up for longer than delivery.lease ({self._length:g} s), and"
                " another may have taken over; run the command again"
            )

    async def keep(self) -> None:
        """Renew for ever.

        Raises:
            LeaseLost: it could not be renewed in time.
        """
        while True:
            await asyncio.sleep(self._length / 3)
            self.check()
            started = self._clock()
            try:
                await self._renew()
            except StoreUnavailable as error:  # there is time for another try
                _log.warning("the lease was not renewed: %s", error)
            else:
                self._until = started + self._length
