"""Send what is due: claim, compose, hand over to the relay, record.

    claim | compose | intent | MAIL RCPT DATA dot | judge | outcome

Nobody is lost and nobody mailed twice: the intent is durable before the message goes, the
outcome after. The workers decide nothing; `policy` does.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import secrets
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from newsletter.delivery.connection import Connection
from newsletter.delivery.lease import Lease
from newsletter.delivery.patience import Patience
from newsletter.delivery.progress import Dispatched, Progress, Tell
from newsletter.delivery.relay import Relay, find_relay
from newsletter.delivery.stop import Stop
from newsletter.delivery.supply import Supply
from newsletter.delivery.worker import Shared, Worker
from newsletter.delivery.writer import Writer
from newsletter.errors import LeaseLost, StoreUnavailable
from newsletter.model import Change, Claimed, Delivery, Message
from newsletter.settings import Settings

__all__ = ["Dispatched", "Stop", "dispatch", "run"]

_log = logging.getLogger(__name__)

_Tasks = Sequence[asyncio.Task[None]]

#: Seconds between two looks at a wish to stop, or at what other senders have in hand.
_LOOK = 0.2
#: How many deliveries are claimed at a time for each connection.
_CLAIMS = 10


class Ledger(Protocol):
    """What dispatching needs of the ledger; `newsletter.store.ledger` has it."""

    def claim(
        self,
        owner: str,
        *,
        now: datetime,
        limit: int,
        lease: timedelta,
        resend: bool,
        day: date | None = None,
    ) -> list[Claimed]: ...

    def write(self, owner: str, changes: Sequence[Change], *, now: datetime) -> list[bool]: ...

    def renew(self, owner: str, lease: timedelta) -> None: ...

    def release(self, owner: str) -> None: ...

    def expire(self) -> list[Delivery]: ...

    def waiting(self, owner: str) -> tuple[int, float]: ...

    def due(self, now: datetime, resend: bool, day: date | None = None) -> int: ...


def run(
    ledger: Ledger,
    compose: Callable[[Claimed], Message],
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    random: random.Random,
    stop: Stop,
    progress: Tell,
    day: date | None = None,
    owner: str = "",
) -> Dispatched:
    """`dispatch` from code that is not async, on uvloop where there is one."""
    sending = dispatch(
        ledger,
        compose,
        settings,
        owner=owner or _make_owner(),
        clock=clock,
        random=random,
        stop=stop,
        progress=progress,
        day=day,
    )
    with asyncio.Runner(loop_factory=_find_loop()) as runner:
        return runner.run(sending)


def _find_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        from uvloop import new_event_loop
    except ImportError:  # not on every platform
        return None
    return new_event_loop


def _make_owner() -> str:
    return f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"


async def dispatch(
    ledger: Ledger,
    compose: Callable[[Claimed], Message],
    settings: Settings,
    *,
    owner: str,
    clock: Callable[[], datetime],
    random: random.Random,
    stop: Stop,
    progress: Tell,
    day: date | None = None,
) -> Dispatched:
    """Send until nothing is due now, neither with us nor with another sender.

    Args:
        ledger: where the deliveries stand.
        compose: makes the message of a delivery.
        settings: of `smtp` and `delivery`.
        owner: our name in the ledger; no other sender may ever have it.
        clock: the time, by which deferred deliveries are due.
        random: spreads retries.
        stop: looked at several times a second.
        progress: told of every outcome.
        day: send that edition only.

    Raises:
        RelayUnavailable: the relay refuses us, or was away for longer than we wait. What
            we had claimed is given back; no reader's delivery is touched by it.
        StoreUnavailable: the ledger cannot be read or written.
        LeaseLost: we were held up, and another sender may have taken over.
        ConfigError: the settings of the relay cannot be used.
    """
    relay = find_relay(settings.smtp)
    async with Writer(ledger, owner, clock) as writer:
        sending = _Sending(
            ledger=ledger,
            compose=compose,
            settings=settings,
            owner=owner,
            clock=clock,
            random=random,
            stop=stop,
            progress=Progress(progress),
            day=day,
            relay=relay,
            writer=writer,
        )
        await sending.deliver_all()
    return sending.progress.so_far(stopped=stop.asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sending:
    ledger: Ledger
    compose: Callable[[Claimed], Message]
    settings: Settings
    owner: str
    clock: Callable[[], datetime]
    random: random.Random
    stop: Stop
    progress: Progress
    day: date | None
    relay: Relay
    writer: Writer

    async def deliver_all(self) -> None:
        while not self.stop.asked:
            # Asked first: a lease that ends between two questions must not slip through.
            others, seconds = await self.writer.call(lambda: self.ledger.waiting(self.owner))
            await self._take_over()
            if due := await self._count_due():
                self.progress.set_out(due)
                await self._deliver(min(due, self.settings.smtp.connections))
            elif others:
                await self._wait_for(others, seconds)
            else:
                return

    async def _take_over(self) -> None:
        """Put in doubt what a sender had on the wire that lives no more."""
        lapsed = await self.writer.call(self.ledger.expire)
        for delivery in lapsed:
            _log.warning(
                "%s: in doubt, its sender was stopped",
                delivery.address,
                extra={
                    "day": str(delivery.day),
                    "delivery": delivery.id,
                    "address": delivery.address,
                    "reply": delivery.reply,
                },
            )
        self.progress.doubt(lapsed)

    async def _count_due(self) -> int:
        resend = self._resends
        return await self.writer.call(lambda: self.ledger.due(self.clock(), resend, self.day))

    async def _wait_for(self, others: int, seconds: float) -> None:
        """Let another sender go on with what it has in hand, for a moment."""
        _log.info("another sender has %s in hand, for %.0f s at most", others, seconds)
        self.progress.wait(others)
        await asyncio.sleep(_LOOK)

    async def _deliver(self, connections: int) -> None:
        """Deliver what is due with so many connections at a time."""
        halt = asyncio.Event()
        lease = Lease(self._renew, self.settings.delivery.lease)
        shared = self._share(halt, lease)
        workers = [Worker(shared, Connection(self.relay)) for _ in range(connections)]
        tasks = [asyncio.create_task(worker.work()) for worker in workers]
        heartbeat = asyncio.create_task(lease.keep())
        try:
            await self._watch(tasks, heartbeat)
            halt.set()
            await self._drain(tasks, workers)
        finally:
            for task in (heartbeat, *tasks):
                task.cancel()  # the workers are done by now, unless we are cancelled ourselves
            ended = await asyncio.gather(heartbeat, *tasks, return_exceptions=True)
        await self._conclude([error for error in ended if isinstance(error, Exception)])

    def _share(self, halt: asyncio.Event, lease: Lease) -> Shared:
        return Shared(
            settings=self.settings,
            compose=self.compose,
            clock=self.clock,
            random=self.random,
            supply=Supply(self._claim, halt),
            writer=self.writer,
            lease=lease,
            patience=Patience(self.relay, self.settings.delivery.relay_patience),
            progress=self.progress,
            halt=halt,
        )

    async def _claim(self) -> list[Claimed]:
        return await self.writer.call(
            lambda: self.ledger.claim(
                self.owner,
                now=self.clock(),
                limit=_CLAIMS * self.settings.smtp.connections,
                lease=self.settings.delivery.lease,
                resend=self._resends,
                day=self.day,
            )
        )

    async def _renew(self) -> None:
        lease = self.settings.delivery.lease
        await self.writer.call(lambda: self.ledger.renew(self.owner, lease))

    @property
    def _resends(self) -> bool:
        return self.settings.delivery.in_doubt == "resend"

    async def _watch(self, tasks: _Tasks, heartbeat: asyncio.Task[None]) -> None:
        """Wait until all is done, the first failure, or a wish to stop."""
        running = {heartbeat, *tasks}
        while not (self.stop.asked or all(task.done() for task in tasks)):
            done, running = await asyncio.wait(
                running, timeout=_LOOK, return_when=asyncio.FIRST_COMPLETED
            )
            if any(task.exception() for task in done):
                return

    async def _drain(self, tasks: _Tasks, workers: Iterable[Worker]) -> None:
        """Let what is on the wire end, for a while; then end it, and learn what came of it."""
        patience = asyncio.timeout(self.settings.delivery.drain.total_seconds())
        with contextlib.suppress(TimeoutError):
            async with patience:
                while not (self.stop.insisted or all(task.done() for task in tasks)):
                    await asyncio.wait(tasks, timeout=_LOOK)
        for worker in workers:
            worker.abort()
        await asyncio.wait(tasks)

    async def _conclude(self, failures: Sequence[Exception]) -> None:
        """Give back what was not begun, and raise what went wrong."""
        # Without the store, or without the lease, there is nothing to give back or nobody
        # to tell: the claims end by themselves.
        if not any(isinstance(error, StoreUnavailable | LeaseLost) for error in failures):
            await self.writer.call(lambda: self.ledger.release(self.owner))
        if failures:
            raise failures[0]
