"""How much of the relay's trouble a run bears, over all its connections."""

from __future__ import annotations

from datetime import timedelta

from newsletter.delivery.policy import Kind, Trouble
from newsletter.delivery.relay import Relay, away, refused_us

_LONGEST_WAIT = 15.0


class Patience:
    """Shared by all connections: while one of them gets through, the relay is there."""

    def __init__(self, relay: Relay, limit: timedelta) -> None:
        self._relay = relay
        self._limit = limit.total_seconds()
        self._since: float | None = None

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

    def wait(self, failures: int, chance: float) -> float:
        """Seconds until the next try: none after the first failure, then ever more.

        Never so many that the limit is passed unnoticed.
        """
        if failures <= 1:
            return 0.0
        doubled = min(0.5 * 2.0 ** min(failures - 2, 10), _LONGEST_WAIT)
        return min(doubled * (0.5 + chance / 2), max(self._limit / 4, 0.05))

    def renew(self) -> None:
        """The relay answered: it is there."""
        self._since = None
