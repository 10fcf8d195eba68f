"""How fast a send goes, and when it will be over: figures and words, told the time."""

from __future__ import annotations

import math
from collections import deque
from datetime import timedelta

from newsletter.delivery.progress import Dispatched
from newsletter.windows import in_words

#: The speed is that of the last so many seconds, looked at so often.
_SPAN, _STEP = 30.0, 0.5
#: Seconds between two lines.
EVERY = 10.0


class Speed:
    """Watches one send after another. Moments are seconds on a clock that goes forward."""

    def __init__(self, limit: float = 0.0) -> None:
        """Know that no more than so many messages a second may go; 0: any number."""
        self._limit = limit
        self._seen: deque[tuple[float, int]] = deque()
        self._told = 0.0

    def note(self, done: int, now: float) -> None:
        """So many are done by now; fewer than before is another send."""
        if not self._seen or done < self._seen[-1][1]:
            self._seen.clear()
            self._told = now
        elif now - self._seen[-1][0] < _STEP:
            return
        self._seen.append((now, done))
        while now - self._seen[0][0] > _SPAN:
            self._seen.popleft()

    def is_due(self, now: float) -> bool:
        """Whether a line should be told now; if so, the next one is due later."""
        if not self._seen or now - self._told < EVERY:
            return False
        self._told = now
        return True

    @property
    def per_second(self) -> float:
        """How many messages a second; before that can be seen, what the limit lets go."""
        (begun, first), (now, last) = (self._seen[0], self._seen[-1]) if self._seen else _NONE
        if last == first:
            return self._limit
        measured = (last - first) / (now - begun)
        return min(measured, self._limit) if self._limit else measured


_NONE = ((0.0, 0), (0.0, 0))


def describe_speed(done: Dispatched, due: int, per_second: float) -> str:
    """The speed, who was put off, and how long it will take yet: "95/s, about 2 min left"."""
    said = []
    if per_second:
        said.append(f"{_round(per_second)}/s" if per_second >= 1 else f"{per_second * 60:.0f}/min")
    if done.deferred:
        said.append(f"{done.deferred:,} deferred")
    if refused := done.rejected + done.failed:
        said.append(f"{refused:,} refused")
    if per_second and due > done.done:
        left = timedelta(seconds=math.ceil((due - done.done) / per_second))
        said.append(f"about {in_words(left)} left")
    return ", ".join(said)


def describe(done: Dispatched, due: int, per_second: float) -> str:
    """One line of where a send is."""
    speed = describe_speed(done, due, per_second)
    return f"Sent {done.sent:,} of {due:,}" + (f": {speed}" if speed else "")


def _round(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.1f}"
