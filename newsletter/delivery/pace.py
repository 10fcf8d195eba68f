"""How fast to send: a rate kept to exactly, and a pace that gives way when it is asked to.

Two things are shared by all who send from one store, a row for each key (the whole, or one
domain): up to when the rate's moments are given away, and which share of the full pace is
taken. A rate is kept as by the generic cell rate algorithm (ITU-T I.371, annex A): each
message has a moment of its own, and moments are taken in small blocks, ahead of need, so
that no message waits for a commit. The share follows AIMD, as in TCP (RFC 5681): halved at
once, at most once for what was under way at the same time, and raised by steps.

Moments and ages are seconds on whatever clock the caller keeps to.
"""

from __future__ import annotations

import math
import re
import sys
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from newsletter.model import Reply, Stage

#: The key of everything that is sent; any other key is a domain.
ALL = ""
#: For how many seconds moments are taken at a time, and how long before they are needed.
BLOCK, LEAD = 0.2, 0.2
#: How late a moment may be used: so many seconds' worth of messages may come in a burst,
#: or one message, where that is longer.
ALLOWANCE = 0.5
#: How many messages are under way at first.
FEW = 2
#: How long it takes at most, in seconds, until they are twice as many.
DOUBLING = 0.25

#: The share that is added after so many seconds without a cut.
_RAISE, _STRETCH = 1 / 16, 5.0
_LEAST = 1 / 1024
#: How many blocks ahead of time senders that live can have taken.
_FARTHEST = 100
_LONGEST_REST = 5.0


@dataclass(frozen=True, slots=True)
class Pace:
    """What those who send from one store have agreed on for a key."""

    #: The share of the full pace, as it was cut last.
    share: float = 1.0
    cut_at: float = -math.inf
    #: The next moment that nobody has taken.
    free_at: float = -math.inf

    def shift(self, seconds: float) -> Pace:
        """The same on a clock that shows so much more."""
        return replace(self, cut_at=self.cut_at + seconds, free_at=self.free_at + seconds)

    def share_at(self, now: float) -> float:
        """The share by now: more after each stretch without a cut."""
        if self.share >= 1:
            return 1.0
        stretches = math.floor(max(now - self.cut_at, 0.0) / _STRETCH)
        return min(self.share + stretches * _RAISE, 1.0)

    def cut(self, begun: float, now: float) -> Pace:
        """Halve the share, for a message that was begun then.

        Others that were on the wire when it was cut say nothing new.
        """
        if begun <= self.cut_at:
            return self
        return replace(self, share=max(self.share_at(now) / 2, _LEAST), cut_at=now)

    def take(self, rate: float, most: int, now: float) -> tuple[Pace, Block]:
        """Take the next block of moments, at the share there is, and at most so many."""
        interval = 1 / (rate * self.share_at(now))
        start = max(self.free_at, now)
        if start > now + _FARTHEST * max(interval, BLOCK):  # of a rate that holds no more
            start = now
        block = Block(start, interval, max(1, min(round(BLOCK / interval), most)))
        return replace(self, free_at=block.end), block


@dataclass(frozen=True, slots=True)
class Block:
    """Moments at which a message may begin."""

    start: float
    interval: float
    count: int

    @property
    def end(self) -> float:
        return self.start + self.count * self.interval

    def shift(self, seconds: float) -> Block:
        """The same on a clock that shows so much more."""
        return replace(self, start=self.start + seconds)


@dataclass(frozen=True, slots=True)
class Ask:
    """What a sender wants of a key's row."""

    #: Take a block at this rate, and at most so many moments; 0: none.
    rate: float = 0.0
    most: int = sys.maxsize
    #: Cut, for a message that was begun so many seconds ago.
    cut: float | None = None


@dataclass(frozen=True, slots=True)
class Paces:
    """The rows, and the blocks that were taken, by a clock that shows `now`."""

    now: float
    rows: Mapping[str, Pace]
    blocks: Mapping[str, Block]


def answer(pace: Pace, ask: Ask, now: float) -> tuple[Pace, Block | None]:
    """The row after what a sender asked for, and the moments it got."""
    if ask.cut is not None:
        pace = pace.cut(now - ask.cut, now)
    return pace.take(ask.rate, ask.most, now) if ask.rate else (pace, None)


class Moments:
    """The moments a sender has taken and not used yet."""

    def __init__(self) -> None:
        self._blocks: deque[Block] = deque()
        self._used = 0

    @property
    def left(self) -> int:
        """How many there are."""
        return sum(block.count for block in self._blocks) - self._used

    def add(self, block: Block) -> None:
        """Keep what was taken."""
        self._blocks.append(block)

    def find_next(self, now: float) -> float | None:
        """The next moment that may be used, now or later; None where none is left."""
        while self._blocks:
            block = self._blocks[0]
            moment = block.start + self._used * block.interval
            if self._used < block.count and now - moment <= max(ALLOWANCE, block.interval):
                return moment
            self._skip(block, now)
        return None

    def _skip(self, block: Block, now: float) -> None:
        late = now - max(ALLOWANCE, block.interval) - block.start
        self._used = max(self._used + 1, math.ceil(late / block.interval))
        if self._used >= block.count:
            self._blocks.popleft()
            self._used = 0

    def use(self, now: float) -> bool:
        """Use the next moment, if it has come."""
        moment = self.find_next(now)
        if moment is None or moment > now:
            return False
        self._used += 1
        return True

    def find_low(self) -> float:
        """When the next block should be taken."""
        if not self._blocks:
            return -math.inf
        return self._blocks[-1].end - self._blocks[-1].interval - LEAD


def count_allowed(share: float, connections: int, *, clean: int, seconds: float) -> int:
    """How many messages may be under way.

    Few at first and one more for each that ends well, which doubles them in the time that
    one takes, or each quarter of a second, if that is sooner; never more than the share of
    the connections, and always one.

    Args:
        share: of the full pace.
        connections: at full pace.
        clean: how many have ended well.
        seconds: since the run began.
    """
    started = FEW + clean
    if started < connections:
        started = max(started, FEW * 2 ** min(int(seconds / DOUBLING), 10))
    return max(1, min(started, int(share * connections)))


def rest_after(seconds: float, share: float, connections: int) -> float:
    """How long to rest after a message, where even one at a time is more than the share."""
    part = share * connections
    return 0.0 if part >= 1 else min(seconds * (1 / part - 1), _LONGEST_REST)


class Signal(Enum):
    """What a reply says of our pace. The members are a key's kind and a weight."""

    SLOWER = (True, 10)  # the relay wants less
    PRESSED = (True, 1)  # so it may, if it says this often
    DOMAIN = (False, 1)  # as a recipient's domain may, if it says this often

    @property
    def is_of_relay(self) -> bool:
        return self.value[0]

    @property
    def weight(self) -> int:
        return self.value[1]


_OPENING = frozenset({Stage.GREETING, Stage.EHLO, Stage.AUTH})
_MAIL = frozenset({Stage.MAIL})
_RCPT = frozenset({Stage.RCPT})
_BODY = frozenset({Stage.DATA, Stage.DOT})
_ANY = _OPENING | _MAIL | _RCPT | _BODY

# The first row that fits holds; a pattern is of "code enhanced". A relay that answers MAIL
# with a 421 that names no policy has had enough of the connection, not of us. At RCPT 451
# and 4.7.x are mostly greylisting (RFC 6647): of one recipient, or of all at that domain,
# and the relay takes the others' mail as fast as ever.
_TABLE: tuple[tuple[frozenset[Stage], str, Signal | None], ...] = (
    (_ANY, "4.. 4[.]2[.].*", None),  # the mailbox
    (_MAIL, "421 (?!4[.]7[.]).*", None),
    (_OPENING, "421 (?!4[.]7[.]).*", Signal.PRESSED),
    (_ANY, "(421|452|454) .*", Signal.SLOWER),
    (_OPENING | _MAIL, "4.. 4[.]7[.].*", Signal.SLOWER),
    (_RCPT, "451 .*|4.. 4[.]7[.].*", Signal.DOMAIN),
    (_MAIL | _BODY, "451 .*|4.. 4[.]7[.].*", Signal.PRESSED),
)
_ROWS = tuple((stages, re.compile(pattern), signal) for stages, pattern, signal in _TABLE)


def read_signal(reply: Reply) -> Signal | None:
    """Whether a reply asks for less, and who does; None for most."""
    if reply.code // 100 != 4:
        return None
    said = f"{reply.code} {reply.enhanced}"
    fitting = (row for row in _ROWS if reply.stage in row[0] and row[1].fullmatch(said))
    return next((signal for _, _, signal in fitting), None)


class Evidence:
    """The last replies by the weight of what they say; enough of it is a reason to cut.

    One reader of ten greylisted is nothing; half of the last twenty are.
    """

    _LAST, _ENOUGH = 20, 10

    def __init__(self) -> None:
        self._weights: deque[int] = deque(maxlen=self._LAST)

    def add(self, weight: int) -> bool:
        """Note a reply; whether it was one too many, after which counting begins anew."""
        self._weights.append(weight)
        if not weight or sum(self._weights) < self._ENOUGH:
            return False
        self._weights.clear()
        return True

    @property
    def is_clean(self) -> bool:
        return not any(self._weights)
