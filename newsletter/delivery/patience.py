"""How much of the relay's trouble a run bears, over all its connections."""

from __future__ import annotations

import logging
from datetime import timedelta

from newsletter.delivery.policy import Kind, Trouble
from newsletter.delivery.relay import Relay, away, refused_us

_log = logging.getLogger(__name__)

_LONGEST_WAIT = 15.0
#: Only after so many seconds without trouble it is over: some connections may get through.
_WELL = 5.0


class Patience:
    """Shared by all connections: while one of them gets through, the relay is there."""

    def __init__(self, relay: Relay, limit: timedelta) -> None:
        self._relay = relay
        self._limit = limit.total_seconds()
        self._since: float | None = None
        #: Since when there is trouble of which we told, and when there was some last.
        self._ill_since: float | None = None
        self._ill_at = 0.0

    def bear(self, trouble: Trouble, now: float) -> None:
        """Bear with the relay once more.

        Args:
            trouble: what it said.
            now: seconds on a clock that only goes forward.

        Raises:
            RelayUnavailable: it refuses us, or the trouble lasts for longer than the limit.
        """
        if trouble.kind is Kind.US:
            raise refused_us(self._relay, trouble.reply)
        if self._since is None:
            self._since = now
        if now - self._since >= self._limit:
            raise away(self._relay, trouble.reply)
        self._ill_at = now
        if self._ill_since is None:
            self._ill_since = now
            said = str(trouble.reply)
            _log.warning("trouble with the relay, trying again: %s", said, extra={"reply": said})

    def wait(self, failures: int, chance: float) -> float:
        """Seconds until the next try: none after the first failure, then ever more.

        Never so many that the limit is passed unnoticed.
        """
        if failures <= 1:
            return 0.0
        doubled = min(0.5 * 2.0 ** min(failures - 2, 10), _LONGEST_WAIT)
        return min(doubled * (0.5 + chance / 2), max(self._limit / 4, 0.05))

    def renew(self, now: float) -> None:
        """The relay answered: it is there."""
        self._since = None
        if self._ill_since is not None and now - self._ill_at >= _WELL:
            _log.warning("the relay is well again, after %.0f s", self._ill_at - self._ill_since)
            self._ill_since = None
