"""One connection's loop: take a delivery, write the intent, send, judge, write the outcome."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from newsletter.delivery.connection import Connection
from newsletter.delivery.gate import Gate
from newsletter.delivery.guard import Alarm, Guard
from newsletter.delivery.lease import Lease
from newsletter.delivery.patience import Patience
from newsletter.delivery.policy import Kind, Trouble, back_off, defer, judge, judge_opening
from newsletter.delivery.progress import Progress
from newsletter.delivery.supply import Supply
from newsletter.delivery.writer import Writer
from newsletter.errors import AddressError, LeaseLost
from newsletter.model import Change, Claimed, Message, Outcome, Reply, Stage, Status
from newsletter.settings import Settings

_log = logging.getLogger(__name__)

#: After so many lost connections in a row it may be the message that ends them.
_CUTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What the workers of a run have in common."""

    settings: Settings
    compose: Callable[[Claimed], Message]
    clock: Callable[[], datetime]
    random: random.Random
    supply: Supply
    gate: Gate
    writer: Writer
    lease: Lease
    patience: Patience
    guard: Guard
    #: Does what an alarm asks for.
    heed: Callable[[Alarm], Awaitable[None]]
    progress: Progress
    #: Set when the run is to end: what is on the wire is finished, nothing new begun.
    halt: asyncio.Event


class Worker:
    """Each commit carries the outcome of one delivery and the intent of the next."""

    def __init__(self, shared: Shared, connection: Connection) -> None:
        self._shared = shared
        self._connection = connection
        self._settled: list[Change] = []
        self._failures = 0

    async def work(self) -> None:
        """Deliver until nothing is due or the run halts.

        Raises:
            RelayUnavailable: the relay refuses us, or was away for too long.
            StoreUnavailable: the ledger cannot be written.
            LeaseLost: another sender may have taken over.
        """
        try:
            while (claimed := await self._take()) is not None:
                await self._deliver(claimed)
                self._shared.supply.finish(claimed)
        finally:
            try:
                await self._commit()
            finally:
                await self._connection.close()

    def abort(self) -> None:
        """End the connection at once; what was on it is settled as lost."""
        self._connection.abort()

    async def _take(self) -> Claimed | None:
        if (claimed := self._shared.supply.pick()) is not None:
            return claimed
        await self._commit()  # an outcome never waits for another's turn
        return await self._shared.supply.take()

    async def _deliver(self, claimed: Claimed) -> None:
        cuts = 0
        while (verdict := await self._try(claimed)) is not None:
            cuts += isinstance(verdict, Trouble) and verdict.kind is Kind.CUT
            if isinstance(verdict, Trouble) and cuts == _CUTS:
                verdict = self._defer(claimed, verdict.reply)
            if isinstance(verdict, Outcome):
                await self._settle(claimed, verdict)
                return
            await self._undo(claimed, verdict)

    async def _try(self, claimed: Claimed) -> Outcome | Trouble | None:
        """Send it when its turn has come; None if the run halts or the reader left."""
        if not await self._begin(claimed):
            return None
        reply: Reply | None = None
        try:
            if not await self._get_ready():
                return None
            message = self._compose(claimed)  # before the intent: nothing is sent if it fails
            if not await self._commit(Change(claimed)):
                return None
            verdict = await self._attempt(claimed, message)
            reply = verdict.reply
        finally:
            self._shared.gate.leave(claimed, reply)
        return verdict

    async def _begin(self, claimed: Claimed) -> bool:
        if self._shared.gate.enter(claimed):
            return True
        await self._commit()
        return await self._shared.gate.wait(claimed)

    def _compose(self, claimed: Claimed) -> Message | Reply:
        try:
            return self._shared.compose(claimed)
        except AddressError as error:  # one bad record never stops the day
            return Reply(stage=Stage.RCPT, code=553, enhanced="5.1.3", text=str(error))

    async def _attempt(self, claimed: Claimed, message: Message | Reply) -> Outcome | Trouble:
        self._shared.lease.check()
        if isinstance(message, Reply):
            return self._judge(claimed, message, sender="")
        reply = await self._connection.send(message)
        return self._judge(claimed, reply, sender=message.sender)

    def _judge(self, claimed: Claimed, reply: Reply, *, sender: str) -> Outcome | Trouble:
        return judge(
            reply,
            attempts=claimed.attempts + 1,
            queued_at=claimed.queued_at,
            now=self._shared.clock(),
            settings=self._shared.settings.delivery,
            sender=sender,
            chance=self._shared.random.random(),
        )

    def _defer(self, claimed: Claimed, reply: Reply) -> Outcome:
        return defer(
            reply,
            back_off(claimed.attempts + 1, self._shared.random.random()),
            queued_at=claimed.queued_at,
            now=self._shared.clock(),
            settings=self._shared.settings.delivery,
        )

    async def _settle(self, claimed: Claimed, outcome: Outcome) -> None:
        self._settled.append(Change(claimed, outcome))
        self._shared.progress.add(claimed, outcome)
        if outcome.status is not Status.SENT:
            _log.info(
                "%s: %s (%s)",
                claimed.address,
                outcome.status,
                outcome.reply,
                extra={
                    "day": str(claimed.day),
                    "delivery": claimed.id,
                    "address": claimed.address,
                    "reply": str(outcome.reply),
                },
            )
        if outcome.reply.code:
            self._failures = 0
            self._shared.patience.renew(asyncio.get_running_loop().time())
            if alarm := self._shared.guard.take(claimed, outcome):
                await self._shared.heed(alarm)
        else:  # lost, with whatever it means for this reader: something ails the relay
            await self._commit()
            await self._bear(Trouble(Kind.AWAY, outcome.reply))

    async def _undo(self, claimed: Claimed, trouble: Trouble) -> None:
        """The relay certainly does not have it: it is again what it was."""
        undone = Outcome(status=Status.QUEUED, reply=trouble.reply)
        await self._commit(Change(claimed, undone))
        await self._bear(trouble)

    async def _get_ready(self) -> bool:
        """Open the connection unless it is; False if the run halts meanwhile."""
        if not self._connection.is_ready:
            await self._commit()  # an outcome never waits for a connection
        while not (self._connection.is_ready or self._shared.halt.is_set()):
            reply = await self._open()
            if reply is not None and reply.code // 100 != 2:
                self._shared.gate.heed_opening(reply)
                await self._bear(judge_opening(reply))
        return not self._shared.halt.is_set()

    async def _open(self) -> Reply | None:
        """Open the connection; a halt ends that at once, as nothing is at stake yet."""
        opening = asyncio.ensure_future(self._connection.open())
        halted = asyncio.ensure_future(self._shared.halt.wait())
        await asyncio.wait({opening, halted}, return_when=asyncio.FIRST_COMPLETED)
        halted.cancel()
        if opening.done():
            return opening.result()
        opening.cancel()
        await asyncio.wait({opening})
        return None

    async def _bear(self, trouble: Trouble) -> None:
        self._failures += 1
        patience = self._shared.patience
        patience.bear(trouble, asyncio.get_running_loop().time())
        pause = patience.wait(self._failures, self._shared.random.random())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._shared.halt.wait()

    async def _commit(self, *more: Change) -> bool:
        """Write what is settled, and more with it; returns whether the latter held.

        Raises:
            LeaseLost: what was on the wire is not ours any more.
        """
        settled, self._settled = self._settled, []
        if not settled and not more:
            return True
        answers = await self._shared.writer.write([*settled, *more])
        if not all(answers[: len(settled)]):
            raise LeaseLost(
                "another sender took over what this one had on the wire; run the command again"
            )
        return all(answers[len(settled) :])
