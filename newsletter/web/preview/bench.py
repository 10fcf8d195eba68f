"""One thread at work: what acts in the order it was asked for, then the newest wish first.

Equal wishes are done once, and none that nobody waits for; what acts is done in any case.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Job:
    work: Callable[[], Any]
    done: asyncio.Future[Any]
    waiting: int = 0


class Bench:
    """Hands work to its thread. All but the work itself happens on the event loop."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "bench")
        #: What waits, the newest last.
        self._jobs: dict[Hashable, _Job] = {}
        #: What waits and acts, the oldest first; before any wish.
        self._acts: deque[_Job] = deque()
        self._running: asyncio.Task[None] | None = None

    async def do(self, wish: Hashable, work: Callable[[], T]) -> T:
        """What the work comes to; an equal wish that waits already is not done twice.

        A caller that is cancelled waits no more, and what nobody waits for is never begun.
        """
        job = self._jobs.pop(wish, None) or _Job(work, _make_future())
        self._jobs[wish] = job
        self._begin()
        job.waiting += 1
        try:
            result: T = await asyncio.shield(job.done)
            return result
        finally:
            job.waiting -= 1

    async def act(self, work: Callable[[], T]) -> T:
        """What the work comes to; it is done though its caller leaves."""
        job = _Job(work, _make_future(), waiting=1)
        self._acts.append(job)
        self._begin()
        result: T = await asyncio.shield(job.done)
        return result

    def close(self) -> None:
        """Begin nothing more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _begin(self) -> None:
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().create_task(self._work_off())

    async def _work_off(self) -> None:
        loop = asyncio.get_running_loop()
        # Whoever asks in the same turn is heard before the newest is chosen.
        await asyncio.sleep(0)
        while self._acts or self._jobs:
            job = self._acts.popleft() if self._acts else self._jobs.popitem()[1]
            if not job.waiting:
                job.done.cancel()
                continue
            try:
                job.done.set_result(await loop.run_in_executor(self._thread, job.work))
            except Exception as error:
                job.done.set_exception(error)
                job.done.exception()  # its callers may all have left, which is no fault


def _make_future() -> asyncio.Future[Any]:
    return asyncio.get_running_loop().create_future()
