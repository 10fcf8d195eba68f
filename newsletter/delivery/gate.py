"""Lets messages begin as fast as the rate and the pace allow, in step with all senders."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass

from newsletter.delivery.lanes import Lanes
from newsletter.delivery.line import Line
from newsletter.delivery.pace import (
    ALL,
    DOUBLING,
    Ask,
    Evidence,
    Moments,
    Pace,
    Paces,
    count_allowed,
    read_signal,
    rest_after,
)
from newsletter.errors import StoreUnavailable
from newsletter.model import Claimed, Reply

_log = logging.getLogger(__name__)

#: Seconds between two looks at what other senders have to say.
_LOOK = 1.0
_RELAY = "the relay"


@dataclass(frozen=True, slots=True)
class _Want:
    key: str
    rate: float
    most: int
    low_at: float


class Gate:
    """Each message enters before it begins, and leaves with the relay's reply."""

    def __init__(
        self,
        agree: Callable[[Mapping[str, Ask]], Awaitable[Paces]],
        lanes: Lanes,
        halt: asyncio.Event,
        *,
        connections: int,
        rate: float,
        stir: Callable[[], None],
    ) -> None:
        """Keep to a rate (messages per second, 0 for any).

        Args:
            agree: asks the store, for all senders.
            lanes: of the domains.
            halt: set when nothing is to begin any more.
            connections: how many messages may be under way.
            rate: in messages per second; 0 for any.
            stir: called when a domain may go on.
        """
        self._agree = agree
        self._lanes = lanes
        self._halt = halt
        self._connections = connections
        self._rate = rate
        self._stir = stir
        self._clock = asyncio.get_running_loop().time
        self._started = self._clock()
        self._line = Line()
        self._wanted = asyncio.Event()
        self._moments = Moments()
        self._pace = Pace()
        self._waiting = self._under_way = self._clean = 0
        self._rests_until = 0.0
        self._evidence: defaultdict[str, Evidence] = defaultdict(Evidence)
        #: Keys that are to be cut, and when the message was begun for whose sake.
        self._cuts: dict[str, float] = {}
        #: Of whose wish we told.
        self._slowed: set[str] = set()

    def enter(self, claimed: Claimed) -> bool:
        """Begin, if that may be at once."""
        return not self._line and self._enter(claimed)

    async def wait(self, claimed: Claimed) -> bool:
        """Begin as soon as it may be; False if the run halts before."""
        self._waiting += 1
        try:
            return await self._wait(claimed)
        finally:
            self._waiting -= 1

    async def _wait(self, claimed: Claimed) -> bool:
        waited = False
        while not self._halt.is_set():
            if self._enter(claimed):
                self._line.wake()
                return True
            self._line.wake_at(self._find_next())
            if self._rate and not self._moments.left:
                self._wanted.set()
            await self._line.wait(first=waited)
            waited = True
        return False

    def _enter(self, claimed: Claimed) -> bool:
        now = self._clock()
        share = self._pace.share_at(now)
        if self._under_way >= self._count_allowed(share, now):
            return False
        if now < self._rests_until or (self._rate and not self._moments.use(now)):
            return False
        self._under_way += 1
        self._lanes.begin(claimed, now)
        return True

    def _count_allowed(self, share: float, now: float) -> int:
        seconds = now - self._started
        return count_allowed(share, self._connections, clean=self._clean, seconds=seconds)

    def _find_next(self) -> float | None:
        now = self._clock()
        if self._under_way >= self._count_allowed(self._pace.share_at(now), now):
            return now + DOUBLING
        moment = self._moments.find_next(now) if self._rate else now
        # Without a moment there is nothing to wait for but what `keep` brings.
        return None if moment is None else max(moment, self._rests_until)

    def leave(self, claimed: Claimed, reply: Reply | None) -> None:
        """The message has ended, with a reply or with none that counts."""
        now = self._clock()
        self._under_way -= 1
        answered = reply is not None and reply.code != 0
        seconds = self._lanes.end(claimed, now, answered=answered)
        if reply is not None and answered:
            self._heed(claimed, reply, now - seconds)
        self._rests_until = now + rest_after(seconds, self._pace.share_at(now), self._connections)
        self._line.wake()

    def _heed(self, claimed: Claimed, reply: Reply, begun: float) -> None:
        signal = read_signal(reply)
        self._clean += signal is None
        if signal is None and not self._evidence:
            return
        domain = claimed.address.rpartition("@")[2].lower()
        for key in (ALL, domain):
            is_meant = signal is not None and signal.is_of_relay is (key == ALL)
            if not is_meant and key not in self._evidence:
                continue
            evidence = self._evidence[key]
            if evidence.add(signal.weight if signal and is_meant else 0):
                self._cut(key, reply, begun)
            if evidence.is_clean:
                del self._evidence[key]

    def heed_opening(self, reply: Reply) -> None:
        """What the relay says instead of opening another connection."""
        signal = read_signal(reply)
        if signal is not None and self._evidence[ALL].add(signal.weight):
            # Those that were opened at the same time are refused together.
            self._cut(ALL, reply, self._clock() - _LOOK)

    def _cut(self, key: str, reply: Reply, begun: float) -> None:
        now = self._clock()
        pace = self._find_pace(key)
        if pace.cut(begun, now) == pace:
            return
        if key not in self._slowed:
            self._slowed.add(key)
            _log.warning("%s wants less at a time, going slower: %s", key or _RELAY, reply)
        self._set_pace(key, pace.cut(begun, now))
        self._cuts[key] = begun
        self._wanted.set()

    def _find_pace(self, key: str) -> Pace:
        return self._lanes.find_pace(key) if key else self._pace

    def _set_pace(self, key: str, pace: Pace) -> None:
        if key:
            self._lanes.set_pace(key, pace)
        else:
            self._pace = pace

    async def keep(self) -> None:
        """Stay in step with the other senders, for ever."""
        while True:
            asks = dict(self._find_asks())
            try:
                paces = await self._agree(asks)
            except StoreUnavailable as error:  # whoever has something to write learns it too
                _log.warning("the pace was not agreed on with other senders: %s", error)
            else:
                self._take_up(paces)
            self._wanted.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._find_pause()):
                    await self._wanted.wait()

    def _find_asks(self) -> Iterator[tuple[str, Ask]]:
        now = self._clock()
        cuts, self._cuts = self._cuts, {}
        wants = {want.key: want for want in self._find_wants() if want.low_at <= now}
        for key in {*cuts, *wants}:
            cut = now - cuts[key] if key in cuts else None
            if (want := wants.get(key)) is not None:
                yield key, Ask(rate=want.rate, most=want.most, cut=cut)
            else:
                yield key, Ask(cut=cut)

    def _find_wants(self) -> Iterator[_Want]:
        """The moments that could be used, no more than there are deliveries."""
        if self._rate and (self._waiting or self._under_way):
            left = self._lanes.count_left()
            most = sys.maxsize if left is None else left + self._waiting - self._moments.left
            if most > 0:
                yield _Want(ALL, self._rate, most, self._moments.find_low())
        for lane in self._lanes.limited:
            if lane.moments is not None:
                most = len(lane.queue) - lane.moments.left if lane.is_dry else sys.maxsize
                if most > 0:
                    yield _Want(lane.name, lane.limit.rate, most, lane.moments.find_low())

    def _find_pause(self) -> float:
        now = self._clock()
        lows = (want.low_at - now for want in self._find_wants())
        return max(min(lows, default=_LOOK), 0.0)

    def _take_up(self, paces: Paces) -> None:
        now = self._clock()
        shift = now - paces.now
        for key, pace in paces.rows.items():
            shifted = pace.shift(shift)
            if not key or shifted.share_at(now) < 1:
                self._set_pace(key, shifted)
        if ALL in paces.blocks:
            self._moments.add(paces.blocks[ALL].shift(shift))
        for lane in self._lanes.limited:
            if lane.moments is not None and lane.name in paces.blocks:
                lane.moments.add(paces.blocks[lane.name].shift(shift))
        for key in [key for key in self._slowed if self._find_pace(key).share_at(now) == 1]:
            self._slowed.remove(key)
            _log.warning("%s: at full pace again", key or _RELAY)
        self._line.wake()
        self._stir()

    def release(self) -> None:
        """Let those go who wait, as the run halts."""
        self._line.wake_all()
