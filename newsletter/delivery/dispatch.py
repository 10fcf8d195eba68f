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
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from newsletter.delivery.connection import Connection
from newsletter.delivery.gate import Gate
from newsletter.delivery.guard import DOMAIN_PAUSE, Alarm, Guard
from newsletter.delivery.lanes import Lanes
from newsletter.delivery.lease import Lease
from newsletter.delivery.ledger import Ledger
from newsletter.delivery.pace import Ask, Paces
from newsletter.delivery.patience import Patience
from newsletter.delivery.policy import STRIKES_ALLOWED
from newsletter.delivery.progress import Dispatched, Progress, Tell
from newsletter.delivery.relay import Relay, find_relay
from newsletter.delivery.stop import Stop
from newsletter.delivery.supply import Supply
from newsletter.delivery.worker import Shared, Worker
from newsletter.delivery.writer import Writer
from newsletter.errors import LeaseLost, StoreUnavailable
from newsletter.model import Among, Claimed, Message, Reply, Stage
from newsletter.settings import Settings

__all__ = ["Dispatched", "Stop", "dispatch", "run"]

_log = logging.getLogger(__name__)

_Tasks = Sequence[asyncio.Task[None]]

#: Seconds between two looks at a wish to stop, or at what other senders have in hand.
_LOOK = 0.2
#: Seconds between two looks at whether the newsletter is paused.
_LOOK_FOR_PAUSE = 1.0
#: How many deliveries are claimed at a time for each connection.
_CLAIMS = 10


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
    pause: float = 0.0,
    judges_addresses: bool = True,
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
        pause=pause,
        judges_addresses=judges_addresses,
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
    pause: float = 0.0,
    judges_addresses: bool = True,
) -> Dispatched:
    """Send until nothing is due now, neither with us nor with another sender.

    While the newsletter is paused nothing is begun. A pause that the operator asks for in
    the middle is waited for as long as for the relay; any other ends the run.

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
        pause: seconds between two words to `progress`; 0 for one on every outcome.
        judges_addresses: whether to suppress at the end who was refused for good; where
            several share the work, it is for who sees all of it.

    Raises:
        RelayUnavailable: the relay refuses us, or was away for longer than we wait. What
            we had claimed is given back; no reader's delivery is touched by it.
        StoreUnavailable: the ledger cannot be read or written.
        LeaseLost: we were held up, and another sender may have taken over.
        ConfigError: the settings of the relay cannot be used.
    """
    relay = find_relay(settings.smtp)
    async with Writer(ledger, owner, clock, writers=settings.smtp.connections) as writer:
        sending = _Sending(
            ledger=ledger,
            compose=compose,
            settings=settings,
            owner=owner,
            clock=clock,
            random=random,
            stop=stop,
            progress=Progress(progress, asyncio.get_running_loop().time, pause),
            day=day,
            judges_addresses=judges_addresses,
            relay=relay,
            writer=writer,
        )
        try:
            await sending.deliver_all()
        finally:
            sending.progress.flush()
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
    judges_addresses: bool
    relay: Relay
    writer: Writer
    guard: Guard = field(default_factory=Guard)

    async def deliver_all(self) -> None:
        patience = 0.0
        while not self.stop.asked:
            # Asked first: a lease that ends between two questions must not slip through.
            others, seconds = await self.writer.call(lambda: self.ledger.waiting(self.owner))
            await self._take_over()
            due = await self._count_due()
            pause = await self.writer.call(self.ledger.paused)
            if due and pause:
                if not pause.is_by_hand or patience <= 0:
                    self.progress.pause = pause
                    return
                patience -= _LOOK_FOR_PAUSE
                await asyncio.sleep(_LOOK_FOR_PAUSE)
            elif due:
                self.progress.set_out(due)
                await self._deliver(min(due, self.settings.smtp.connections))
                patience = self.settings.delivery.relay_patience.total_seconds()
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
        halt, alarms = asyncio.Event(), list[Alarm]()
        lease = Lease(self._renew, self.settings.delivery.lease)
        shared = self._share(halt, lease, alarms, connections)
        workers = [Worker(shared, Connection(self.relay)) for _ in range(connections)]
        tasks = [asyncio.create_task(worker.work()) for worker in workers]
        watches = [
            asyncio.create_task(lease.keep()),
            asyncio.create_task(self._look_for_pause(halt)),
            asyncio.create_task(shared.gate.keep()),
        ]
        try:
            await self._watch(tasks, watches, halt)
            halt.set()
            shared.gate.release()
            shared.supply.stir()
            await self._drain(tasks, workers)
        finally:
            for task in (*watches, *tasks):
                task.cancel()  # the workers are done by now, unless we are cancelled ourselves
            ended = await asyncio.gather(*watches, *tasks, return_exceptions=True)
            await shared.supply.close()
        await self._conclude([error for error in ended if isinstance(error, Exception)], alarms)

    def _share(
        self, halt: asyncio.Event, lease: Lease, alarms: list[Alarm], connections: int
    ) -> Shared:
        async def heed(alarm: Alarm) -> None:
            if alarm.domain:
                await self._put_off(alarm)
            else:  # paused once all outcomes are written
                alarms.append(alarm)
                halt.set()

        smtp = self.settings.smtp
        lanes = Lanes(smtp.domains, connections, _CLAIMS * smtp.connections)
        supply = Supply(self._claim, lanes, halt)
        gate = Gate(
            self._agree, lanes, halt, connections=connections, rate=smtp.rate, stir=supply.stir
        )
        return Shared(
            settings=self.settings,
            compose=self.compose,
            clock=self.clock,
            random=self.random,
            supply=supply,
            gate=gate,
            writer=self.writer,
            lease=lease,
            patience=Patience(self.relay, self.settings.delivery.relay_patience),
            guard=self.guard,
            heed=heed,
            progress=self.progress,
            halt=halt,
        )

    async def _agree(self, asks: Mapping[str, Ask]) -> Paces:
        return await self.writer.call(lambda: self.ledger.pace(asks))

    async def _claim(self, among: Among, limit: int) -> list[Claimed]:
        return await self.writer.call(
            lambda: self.ledger.claim(
                self.owner,
                now=self.clock(),
                limit=limit,
                lease=self.settings.delivery.lease,
                resend=self._resends,
                day=self.day,
                among=among,
            )
        )

    async def _renew(self) -> None:
        lease = self.settings.delivery.lease
        await self.writer.call(lambda: self.ledger.renew(self.owner, lease))

    @property
    def _resends(self) -> bool:
        return self.settings.delivery.in_doubt == "resend"

    async def _put_off(self, alarm: Alarm) -> None:
        """Leave a domain alone for a while; whatever of it is claimed is not sent."""
        now = self.clock()
        text = f"{alarm.domain} refused several messages in a row and is left alone for a while"
        why = Reply(stage=Stage.RCPT, code=0, text=text)  # no words that name other readers
        count = await self.writer.call(
            lambda: self.ledger.put_off(alarm.domain, now + DOMAIN_PAUSE, why, now=now)
        )
        _log.error("%s; its %s other readers wait for an hour", alarm.reason, count)

    async def _look_for_pause(self, halt: asyncio.Event) -> None:
        """End the sending when somebody pauses the newsletter."""
        while not halt.is_set():
            await asyncio.sleep(_LOOK_FOR_PAUSE)
            try:
                pause = await self.writer.call(self.ledger.paused)
            except StoreUnavailable as error:  # whoever has something to write learns it too
                _log.warning("it is not known whether the newsletter is paused: %s", error)
                continue
            if pause:
                _log.warning("%s; to go on: newsletter resume", pause)
                halt.set()

    async def _watch(self, tasks: _Tasks, watches: _Tasks, halt: asyncio.Event) -> None:
        """Wait until all is done, the first failure, or a wish to stop."""
        running = {*watches, *tasks}
        while not (self.stop.asked or halt.is_set() or all(task.done() for task in tasks)):
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

    async def _conclude(self, failures: Sequence[Exception], alarms: Sequence[Alarm]) -> None:
        """Give back what was not begun, and raise what went wrong."""
        # Without the store, or without the lease, there is nothing to give back or nobody
        # to tell: the claims end by themselves.
        is_cut_off = any(isinstance(error, StoreUnavailable | LeaseLost) for error in failures)
        if not is_cut_off:
            await self.writer.call(lambda: self.ledger.release(self.owner))
        if alarms or not is_cut_off:  # the store may be back, and an alarm is raised only once
            await self._judge_addresses(alarms)
        if failures:
            raise failures[0]

    async def _judge_addresses(self, alarms: Sequence[Alarm]) -> None:
        """Suppress who is refused for good, unless it was about us: then pause instead."""
        now = self.clock()
        if alarms:
            _log.error("the newsletter is paused: %s", alarms[0].reason)
            suspects = {suspect for alarm in alarms for suspect in alarm.suspects}
            await self.writer.call(
                lambda: self.ledger.pause(alarms[0].reason, now=now, suspects=suspects)
            )
        elif self.judges_addresses:
            await self.writer.call(lambda: suppress_spent(self.ledger, now))


def suppress_spent(ledger: Ledger, now: datetime) -> None:
    """Suppress who was refused for good, after a run that raised no alarm."""
    for address in ledger.suppress_spent(STRIKES_ALLOWED, now=now):
        _log.info("%s: suppressed", address)
