"""Group commit: senders wait until their changes are durable."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

import make
from newsletter.delivery.writer import Writer
from newsletter.errors import StoreUnavailable
from newsletter.model import Change

NOW = datetime(2026, 8, 14, 8, 0, tzinfo=UTC)


class Book:
    """A ledger that takes its time: the test says when a commit may end."""

    def __init__(self) -> None:
        self.commits: list[list[int]] = []
        self.threads: set[int] = set()
        self.may_end = threading.Event()
        self.error: Exception | None = None

    def write(self, owner: str, changes: Sequence[Change], *, now: datetime) -> list[bool]:
        assert (owner, now) == ("us", NOW)
        self.commits.append([change.claimed.id for change in changes])
        self.threads.add(threading.get_ident())
        assert self.may_end.wait(5)
        if self.error is not None:
            raise self.error
        return [change.claimed.id % 2 == 0 for change in changes]


def change(number: int) -> Change:
    return Change(make.claimed(id=number))


async def write_all(book: Book, groups: Sequence[Sequence[int]]) -> list[list[bool]]:
    async with Writer(book, "us", lambda: NOW) as writer:
        first = asyncio.create_task(writer.write([change(number) for number in groups[0]]))
        while not book.commits:
            await asyncio.sleep(0.001)
        rest = [
            asyncio.create_task(writer.write([change(number) for number in group]))
            for group in groups[1:]
        ]
        await asyncio.sleep(0)
        book.may_end.set()
        return await asyncio.gather(first, *rest)


def test_what_comes_during_a_commit_goes_together_into_the_next() -> None:
    book = Book()

    answers = asyncio.run(write_all(book, [[1], [2, 3], [4], [5, 6]]))

    assert book.commits == [[1], [2, 3, 4, 5, 6]]
    assert answers == [[False], [True, False], [True], [False, True]]
    assert len(book.threads) == 1
    assert threading.get_ident() not in book.threads


def test_a_commit_waits_until_half_of_the_writers_have_something_to_write() -> None:
    book = Book()
    book.may_end.set()

    async def go() -> None:
        async with Writer(book, "us", lambda: NOW, writers=4, moment=20) as writer:
            first = asyncio.create_task(writer.write([change(1)]))
            await asyncio.sleep(0.02)
            assert book.commits == []
            await asyncio.gather(first, writer.write([change(2)]))

    asyncio.run(asyncio.wait_for(go(), 10))

    assert book.commits == [[1, 2]]


def test_a_lone_writer_is_kept_waiting_for_a_moment_only() -> None:
    book = Book()
    book.may_end.set()

    async def go() -> None:
        async with Writer(book, "us", lambda: NOW, writers=4) as writer:
            await writer.write([change(1)])

    asyncio.run(asyncio.wait_for(go(), 10))

    assert book.commits == [[1]]


def test_an_error_of_the_store_reaches_everyone_who_waits_for_that_commit() -> None:
    book = Book()
    book.error = StoreUnavailable("the disk is full")

    async def go() -> list[list[bool] | BaseException]:
        async with Writer(book, "us", lambda: NOW) as writer:
            book.may_end.set()
            writes = [writer.write([change(number)]) for number in (1, 2, 3)]
            return await asyncio.gather(*writes, return_exceptions=True)

    assert asyncio.run(go()) == [book.error] * 3


def test_a_sender_that_waits_no_more_does_not_disturb_the_others() -> None:
    book = Book()

    async def go() -> list[bool]:
        async with Writer(book, "us", lambda: NOW) as writer:
            gone = asyncio.create_task(writer.write([change(1)]))
            stays = asyncio.create_task(writer.write([change(2)]))
            await asyncio.sleep(0)
            gone.cancel()
            book.may_end.set()
            return await stays

    assert asyncio.run(go()) == [True]


def test_other_statements_take_their_turn_in_the_same_thread() -> None:
    book = Book()
    book.may_end.set()

    async def go() -> int:
        async with Writer(book, "us", lambda: NOW) as writer:
            await writer.write([change(2)])
            return await writer.call(threading.get_ident)

    assert {asyncio.run(go())} == book.threads


def test_an_error_in_another_statement_reaches_the_caller() -> None:
    def fail() -> None:
        raise StoreUnavailable("locked")

    async def go() -> None:
        async with Writer(Book(), "us", lambda: NOW) as writer:
            await writer.call(fail)

    with pytest.raises(StoreUnavailable, match="locked"):
        asyncio.run(go())
