"""Whose turn it is: claimed deliveries by domain, so that none holds up the others.

Deliveries go in the order they are claimed; one whose domain may not have more under way
steps aside, and goes first when it may. A domain that is limited has a lane of its own: its
deliveries are claimed apart, wait there without being in anybody's way, and go as its limit
lets them. It gets a lane by the settings, by a pace that was cut, or by proving slow.

While others wait, a domain that has not answered yet has one message under way, any other
three quarters of the connections, and a slow one a tenth.
Times are seconds on a clock that only goes forward.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from newsletter.delivery.pace import Moments, Pace
from newsletter.limits import Limit
from newsletter.model import Among, Claimed

#: A domain is slow that takes longer than this, and so many times as long as is usual.
SLOW, _TIMES = 1.0, 4.0
#: Each lane is looked for by itself, so there are no more of domains that prove slow.
_MOST_LANES = 20
#: So many names are little memory, and to forget them costs little time.
_MOST_KNOWN = 5_000
_TENTH, _QUARTER = 10, 4
#: How much of a lane's rate is claimed at a time, in seconds.
_AHEAD = 2.0
#: While lanes go on, the others' deliveries that become due are looked for so often.
_LOOK_AGAIN = 15.0
#: Whether a domain proves slow is looked at so often, where nothing else happens.
_LOOK = 0.1
#: How many batches may wait for domains that have not answered yet.
_BATCHES = 4


class Domain:
    """One domain's deliveries, claimed and under way."""

    def __init__(self, name: str, limit: Limit) -> None:
        self.name = name
        self.limit = limit
        self.queue: deque[Claimed] = deque()
        #: Handed out and not done.
        self.under_way = 0
        self.has_answered = False
        self.has_lane = False
        # What follows counts in a lane alone.
        self.moments = Moments() if limit.rate else None
        self.pace = Pace()
        self.is_slow = False
        #: How many answers in a row were not slow.
        self.quick = 0
        self.after = 0
        self.is_dry = False


class Lanes:
    """Decides which delivery goes next, and which are to be claimed."""

    def __init__(self, limits: Mapping[str, Limit], connections: int, batch: int) -> None:
        self._limits = limits
        self._connections = connections
        self._batch = batch
        self._domains: dict[str, Domain] = {}
        self._queue: deque[Claimed] = deque()
        #: Domains without a lane of which something stepped aside, and how much did in all.
        self._aside: deque[Domain] = deque()
        self._waiting = 0
        self._lanes: deque[Domain] = deque()
        self._lane_is_next = False
        self._after = 0
        self._look_at = 0.0
        self._is_dry = False
        #: Domains that are out of sight, and have answered before.
        self._known: set[str] = set()
        self._out: dict[int, Domain] = {}
        self._begun: dict[int, tuple[Domain, float]] = {}
        self._usual: float | None = None
        self._last_end = 0.0

    # What is claimed.

    def find_hungry(self) -> str | None:
        """A lane for which there is something to claim; None for none."""
        return next((lane.name for lane in self._lanes if not (lane.queue or lane.is_dry)), None)

    def wants_more(self, now: float) -> bool:
        """Whether to claim for all who have no lane, when none of theirs can go now."""
        has_room = not self._queue and self._waiting < _BATCHES * self._batch
        return has_room and (not self._is_dry or (bool(self._lanes) and now >= self._look_at))

    def choose(self, name: str) -> tuple[Among, int]:
        """What to claim for a lane, or with "" for all others, and how many."""
        if not name:
            without = tuple(lane.name for lane in self._lanes if not lane.is_dry)
            # From where it was left: what was deferred before is not gone through again each time.
            return Among(without=without, after=self._after), self._batch
        lane = self._domains[name]
        ahead = max(2 * self._count_allowed(lane, 0.0), math.ceil(_AHEAD * lane.limit.rate))
        return Among(domain=name, after=lane.after), min(ahead, self._batch)

    def count_left(self) -> int | None:
        """How many deliveries have not been handed out; None where there may be more."""
        if not self._is_dry or any(not lane.is_dry for lane in self._lanes):
            return None
        return len(self._queue) + self._waiting + sum(len(lane.queue) for lane in self._lanes)

    def add(self, name: str, claimed: Sequence[Claimed], now: float, *, is_dry: bool) -> None:
        """Take in what was claimed for a lane, or for all others; whether that was the rest."""
        after = 0 if is_dry else claimed[-1].id
        if name:
            lane = self._domains[name]
            lane.queue.extend(claimed)
            lane.after, lane.is_dry = after, is_dry
        else:
            self._queue.extend(claimed)
            self._after, self._is_dry = after, is_dry
            self._look_at = now + _LOOK_AGAIN

    def _find(self, claimed: Claimed) -> Domain:
        name = _domain_of(claimed)
        if (domain := self._domains.get(name)) is None:
            limit = self._limits.get(name)
            domain = self._domains[name] = Domain(name, limit or Limit())
            domain.has_answered = name in self._known
            if limit is not None:
                self._give_lane(domain)
        return domain

    def _give_lane(self, domain: Domain) -> None:
        if domain.has_lane:
            return
        domain.has_lane = True
        self._lanes.append(domain)
        if domain.queue:
            self._aside.remove(domain)
            self._waiting -= len(domain.queue)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left, neither here nor to be claimed."""
        waits = self._others_wait or any(lane.queue or not lane.is_dry for lane in self._lanes)
        return not waits

    @property
    def _others_wait(self) -> bool:
        return not self._is_dry or bool(self._queue) or bool(self._waiting)

    # Whose turn it is.

    def pick(self, now: float) -> Claimed | None:
        """The next delivery, if one may go now."""
        self._look_for_slow(now)
        self._lane_is_next = not self._lane_is_next
        found = self._pick_from_lanes(now) if self._lane_is_next else None
        # What is of a lane is put there, so that there may be something now.
        return found or self._pick_from_others() or self._pick_from_lanes(now)

    def _pick_from_lanes(self, now: float) -> Claimed | None:
        for _ in range(len(self._lanes)):
            lane = self._lanes[0]
            self._lanes.rotate(-1)
            may_go = lane.queue and lane.under_way < self._count_allowed(lane, now)
            if may_go and (lane.moments is None or lane.moments.use(now)):
                return self._hand_out(lane)
        return None

    def _count_allowed(self, lane: Domain, now: float) -> int:
        most = max(1, int(lane.pace.share_at(now) * self._connections))
        if lane.limit.connections:
            most = min(most, lane.limit.connections)
        if lane.is_slow and self._others_wait:
            most = min(most, max(1, self._connections // _TENTH) + lane.quick)
        return most

    def _pick_from_others(self) -> Claimed | None:
        most = self._connections - self._connections // _QUARTER
        found = self._pick_from_aside(1, most) or self._pick_from_queue(1, most)
        if found is None and self._aside:  # nobody else is there
            first = self._connections if self._is_dry else 1
            found = self._pick_from_aside(first, self._connections)
        return found

    def _pick_from_aside(self, first: int, most: int) -> Claimed | None:
        for _ in range(len(self._aside)):
            domain = self._aside[0]
            self._aside.rotate(-1)
            if self._may_go(domain, first, most):
                self._waiting -= 1
                claimed = self._hand_out(domain)
                if not domain.queue:
                    self._aside.pop()
                return claimed
        return None

    def _pick_from_queue(self, first: int, most: int) -> Claimed | None:
        while self._queue:
            claimed = self._queue.popleft()
            domain = self._find(claimed)
            if self._may_go(domain, first, most):
                return self._send_out(domain, claimed)
            self._step_aside(domain, claimed)
        return None

    def _may_go(self, domain: Domain, first: int, most: int) -> bool:
        return not domain.has_lane and domain.under_way < (most if domain.has_answered else first)

    def _step_aside(self, domain: Domain, claimed: Claimed) -> None:
        if domain.has_lane:
            domain.is_dry = False
        else:
            self._waiting += 1
            if not domain.queue:
                self._aside.append(domain)
        domain.queue.append(claimed)

    def _hand_out(self, domain: Domain) -> Claimed:
        return self._send_out(domain, domain.queue.popleft())

    def _send_out(self, domain: Domain, claimed: Claimed) -> Claimed:
        domain.under_way += 1
        self._out[claimed.id] = domain
        return claimed

    def find_next(self, now: float) -> float | None:
        """When a delivery may go that may not yet, if nothing else happens before."""
        moments = [
            moment
            for lane in self._lanes
            if lane.queue
            and lane.moments
            and lane.under_way < self._count_allowed(lane, now)
            and (moment := lane.moments.find_next(now)) is not None
        ]
        if self._lanes and self._is_dry:
            moments.append(self._look_at)
        if self._aside and self._begun:
            _, begun = next(iter(self._begun.values()))
            moments.append(max(begun + self._limit, now + _LOOK))
        return min(moments, default=None)

    # What comes of it.

    def begin(self, claimed: Claimed, now: float) -> None:
        """It is on its way."""
        self._begun[claimed.id] = (self._out[claimed.id], now)

    def end(self, claimed: Claimed, now: float, *, answered: bool) -> float:
        """It came to an end, with an answer or without; how many seconds it took."""
        domain, begun = self._begun.pop(claimed.id)
        seconds = now - begun
        if answered:
            self._learn(domain, seconds)
            self._last_end = now
        return seconds

    def _learn(self, domain: Domain, seconds: float) -> None:
        domain.has_answered = True
        if self._usual is not None and seconds > self._limit:
            self._mark_slow(domain)
        else:
            domain.quick += 1
        # Follows the median: half of the answers push it up, half down.
        usual = self._usual or seconds
        self._usual = usual * 1.05 if seconds > usual else usual / 1.05

    @property
    def _limit(self) -> float:
        return max(SLOW, _TIMES * (self._usual or 0.0))

    def _look_for_slow(self, now: float) -> None:
        for domain, begun in self._begun.values():  # the oldest first
            if now - begun <= self._limit:
                return
            # While no answer comes at all, it is the relay that is slow.
            if not domain.has_answered or self._last_end - begun > self._limit:
                self._mark_slow(domain)

    def _mark_slow(self, domain: Domain) -> None:
        if domain.has_lane or len(self._lanes) < _MOST_LANES:
            domain.is_slow, domain.quick = True, 0
            self._give_lane(domain)

    def finish(self, claimed: Claimed) -> None:
        """It is done with."""
        domain = self._out.pop(claimed.id)
        domain.under_way -= 1
        if not (domain.under_way or domain.queue or domain.has_lane):
            del self._domains[domain.name]
            self._remember(domain)

    def _remember(self, domain: Domain) -> None:
        if domain.has_answered:
            if len(self._known) == _MOST_KNOWN:
                self._known.clear()
            self._known.add(domain.name)

    # What others say of a domain.

    @property
    def limited(self) -> Iterable[Domain]:
        """The domains that have a lane."""
        return self._lanes

    def find_pace(self, name: str) -> Pace:
        """A domain's pace."""
        return self._domains[name].pace if name in self._domains else Pace()

    def set_pace(self, name: str, pace: Pace) -> None:
        """A domain's pace was cut, or is known from other senders."""
        domain = self._domains.get(name)
        if domain is not None and (domain.has_lane or len(self._lanes) < _MOST_LANES):
            domain.pace = pace
            self._give_lane(domain)


def _domain_of(claimed: Claimed) -> str:
    return claimed.address.rpartition("@")[2].lower()
