"""A wish to stop, from a signal or from whoever else may say so."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stop:
    """Asked once: finish what is on the wire. Asked twice: end now, safely.

    Whoever is to stop looks at it a few times a second; it belongs to no event loop. That
    somebody looks is a sign of life, which is passed on.
    """

    def __init__(self, seen: Callable[[], None] = lambda: None) -> None:
        self._times = 0
        self._seen = seen

    def ask(self) -> None:
        """Ask to stop, or insist on it."""
        self._times += 1

    @property
    def asked(self) -> bool:
        self._seen()
        return self._times > 0

    @property
    def insisted(self) -> bool:
        return self._times > 1

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Let SIGTERM and Ctrl-C ask; only in the main thread, where Python takes signals."""

        def ask(number: int, frame: FrameType | None) -> None:
            self.ask()

        before = {number: signal.signal(number, ask) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class StopAt(Stop):
    """Stops when another does, and at a moment."""

    def __init__(self, other: Stop, moment: datetime, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._other = other
        self._moment = moment
        self._clock = clock

    def ask(self) -> None:
        self._other.ask()

    @property
    def asked(self) -> bool:
        return self._other.asked or self._clock() >= self._moment

    @property
    def insisted(self) -> bool:
        return self._other.insisted
