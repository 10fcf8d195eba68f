"""The one thread that talks to the ledger, and commits in groups."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self, TypeVar

from newsletter.model import Change

T = TypeVar("T")

#: Seconds that a commit waits for more to write: a small part of what a message takes.
_MOMENT = 0.002


class Written(Protocol):
    """What the writer needs of the ledger."""

    def write(self, owner: str, changes: Sequence[Change], *, now: datetime) -> list[bool]: ...


class Writer:
    """Senders wait until what they wrote is durable; the changes that come while a commit
    is under way, or is waited with for a moment, go together into the next one."""

    def __init__(
        self,
        ledger: Written,
        owner: str,
        clock: Callable[[], datetime],
        *,
        writers: int = 1,
        moment: float = _MOMENT,
    ) -> None:
        """Commit for so many writers; half of them are waited for, for a moment in seconds."""
        self._ledger = ledger
        self._owner = owner
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._waiting: list[tuple[Sequence[Change], asyncio.Future[list[bool]]]] = []
        self._committing: asyncio.Task[None] | None = None
        self._moment = moment
        self._enough = max(1, writers // 2)
        self._is_enough = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Wait for the last commit."""
        if self._committing is not None:
            await self._committing
        self._thread.shutdown()

    async def write(self, changes: Sequence[Change]) -> list[bool]:
        """Write changes, and wait until they are durable.

        Returns:
            For each change whether it still held: its row was ours, and as we left it.

        Raises:
            StoreUnavailable: none of them is written.
        """
        done: asyncio.Future[list[bool]] = asyncio.get_running_loop().create_future()
        self._waiting.append((changes, done))
        if len(self._waiting) >= self._enough:
            self._is_enough.set()
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_groups())
        return await done

    async def call(self, statement: Callable[[], T]) -> T:
        """Run another statement of the ledger in its thread, between two commits."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, statement)

    async def _commit_groups(self) -> None:
        try:
            while self._waiting:
                await self._gather()
                group, self._waiting = self._waiting, []
                self._is_enough.clear()
                await self._commit(group)
        finally:
            self._committing = None

    async def _gather(self) -> None:
        """Wait for a moment while few have come, and as long as more come at once: a commit
        costs much the same for many as for one."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._moment):
                await self._is_enough.wait()
        count = 0
        while count < len(self._waiting):
            count = len(self._waiting)
            await asyncio.sleep(0)

    async def _commit(
        self, group: list[tuple[Sequence[Change], asyncio.Future[list[bool]]]]
    ) -> None:
        changes = [change for some, _ in group for change in some]
        try:
            answers = await self.call(
                lambda: self._ledger.write(self._owner, changes, now=self._clock())
            )
        except Exception as error:  # whatever it is, those who wait for it must learn it
            for _, done in group:
                if not done.done():
                    done.set_exception(error)
            return
        for some, done in group:
            own, answers = answers[: len(some)], answers[len(some) :]
            if not done.done():
                done.set_result(own)
