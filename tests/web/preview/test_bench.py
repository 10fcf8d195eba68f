"""One thread: what acts first, then the newest wish."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import pytest

from newsletter.web.preview.bench import Bench

Act = Callable[[Bench, list[str], threading.Event], Awaitable[None]]


def run(act: Act) -> list[str]:
    """What was done, in order; the first wish waits until the event is set."""
    done: list[str] = []

    async def with_bench() -> None:
        bench = Bench()
        gate = threading.Event()
        first = asyncio.create_task(bench.do("first", lambda: [gate.wait(5), done.append("first")]))
        await asyncio.sleep(0.05)
        try:
            await act(bench, done, gate)
        finally:
            gate.set()
            await first
            bench.close()

    asyncio.run(with_bench())
    return done


def ask(bench: Bench, done: list[str], wish: str) -> asyncio.Task[None]:
    return asyncio.create_task(bench.do(wish, lambda: done.append(wish)))


def test_the_newest_wish_comes_first_and_equal_ones_once() -> None:
    async def act(bench: Bench, done: list[str], gate: threading.Event) -> None:
        asked = [ask(bench, done, wish) for wish in ("old", "same", "same", "new")]
        await asyncio.sleep(0.01)
        gate.set()
        await asyncio.gather(*asked)

    assert run(act) == ["first", "new", "same", "old"]


def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    async def act(bench: Bench, done: list[str], gate: threading.Event) -> None:
        gone, kept = ask(bench, done, "gone"), ask(bench, done, "kept")
        half = [ask(bench, done, "half"), ask(bench, done, "half")]
        await asyncio.sleep(0.01)
        gone.cancel()
        half[0].cancel()
        gate.set()
        await asyncio.gather(kept, half[1])
        with suppress(asyncio.CancelledError):
            await gone

    assert run(act) == ["first", "half", "kept"]


def test_what_acts_comes_before_any_wish_in_the_order_it_was_asked_for() -> None:
    async def act(bench: Bench, done: list[str], gate: threading.Event) -> None:
        wish = ask(bench, done, "wish")
        acts = [asyncio.create_task(bench.act(partial(done.append, name))) for name in "abc"]
        await asyncio.sleep(0.01)
        acts[1].cancel()
        late = ask(bench, done, "late")
        gate.set()
        await asyncio.gather(wish, late, *acts, return_exceptions=True)

    assert run(act) == ["first", "a", "b", "c", "late", "wish"]


def test_what_a_wish_raises_is_told_to_all_who_asked() -> None:
    async def act(bench: Bench, done: list[str], gate: threading.Event) -> None:
        asked = [asyncio.create_task(bench.do("bad", lambda: 1 / 0)) for _ in range(2)]
        await asyncio.sleep(0.01)
        gate.set()
        for each in asked:
            with pytest.raises(ZeroDivisionError):
                await each

    assert run(act) == ["first"]
