"""What a dispatch has come to so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from newsletter.model import Claimed, Delivery, Outcome, Pause, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """What one run did; the ledger has the state of the editions."""

    sent: int = 0
    deferred: int = 0
    #: The address is dead, or not known any more.
    rejected: int = 0
    #: Refused, or given up.
    failed: int = 0
    #: The addresses that may or may not have it, ours and those of senders that were killed.
    doubtful: tuple[str, ...] = ()
    #: Open deliveries that another sender has in hand, while we wait for it.
    waiting: int = 0
    #: A wish to stop ended the run before nothing was due any more.
    stopped: bool = False
    #: What ended the run though something is due.
    pause: Pause | None = None
    #: How many were sent, and failed, of each edition.
    sent_of: Mapping[date, int] = field(default_factory=dict)
    failed_of: Mapping[date, int] = field(default_factory=dict)

    @property
    def in_doubt(self) -> int:
        return len(self.doubtful)

    @property
    def done(self) -> int:
        """How many deliveries were tried and came to something."""
        return self.sent + self.deferred + self.rejected + self.failed


def add_up(parts: Sequence[Dispatched]) -> Dispatched:
    """What several senders did, as if one had; a pause that one met is the run's."""
    sent_of, failed_of = Counter[date](), Counter[date]()
    for part in parts:
        sent_of.update(part.sent_of)
        failed_of.update(part.failed_of)
    return Dispatched(
        sent=sum(part.sent for part in parts),
        deferred=sum(part.deferred for part in parts),
        rejected=sum(part.rejected for part in parts),
        failed=sum(part.failed for part in parts),
        doubtful=tuple(address for part in parts for address in part.doubtful),
        waiting=min((part.waiting for part in parts), default=0),
        stopped=any(part.stopped for part in parts),
        pause=next((part.pause for part in parts if part.pause), None),
        sent_of=dict(sent_of),
        failed_of=dict(failed_of),
    )


#: Told what is done, and how many deliveries the run set out with.
Tell = Callable[[Dispatched, int], None]


class Progress:
    """Counts outcomes, and tells of them."""

    def __init__(self, tell: Tell, clock: Callable[[], float], pause: float = 0.0) -> None:
        """Tell of each outcome, or of one and then after `pause` seconds by the clock."""
        self._tell = tell
        self._clock = clock
        self._pause = pause
        self._told_at = float("-inf")
        self._is_told = True
        self._counts: Counter[Status] = Counter()
        self._of: dict[Status, Counter[date]] = {Status.SENT: Counter(), Status.FAILED: Counter()}
        self._doubtful: list[str] = []
        self._due = 0
        #: Set where the newsletter was found paused with something due.
        self.pause: Pause | None = None

    def set_out(self, due: int) -> None:
        """This many are due, besides those that are done."""
        self._due = sum(self._counts.values()) + due
        self._tell(self.so_far(), self._due)

    def add(self, claimed: Claimed, outcome: Outcome) -> None:
        """One delivery came to something."""
        if outcome.status is Status.IN_DOUBT:
            self._doubtful.append(claimed.address)
        else:
            self._counts[outcome.status] += 1
        if outcome.status in self._of:
            self._of[outcome.status][claimed.day] += 1
        self._is_told = not self._pause or self._clock() - self._told_at >= self._pause
        if self._is_told:
            self._told_at = self._clock()
            self._tell(self.so_far(), self._due)

    def doubt(self, deliveries: Iterable[Delivery]) -> None:
        """These were on the wire when their sender was stopped."""
        self._doubtful += [delivery.address or "(deleted)" for delivery in deliveries]

    def wait(self, others: int) -> None:
        """Others have this many in hand."""
        self._tell(self.so_far(waiting=others), self._due)

    def flush(self) -> None:
        """Tell of what was done since the last word, if anything was."""
        if not self._is_told:
            self._tell(self.so_far(), self._due)

    def so_far(self, *, waiting: int = 0, stopped: bool = False) -> Dispatched:
        return Dispatched(
            sent=self._counts[Status.SENT],
            deferred=self._counts[Status.DEFERRED],
            rejected=self._counts[Status.REJECTED],
            failed=self._counts[Status.FAILED],
            doubtful=tuple(self._doubtful),
            waiting=waiting,
            stopped=stopped,
            pause=self.pause,
            sent_of=dict(self._of[Status.SENT]),
            failed_of=dict(self._of[Status.FAILED]),
        )
