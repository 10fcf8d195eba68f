"""Locks that name their holder and end by themselves."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from newsletter.store import Store

LONG, SHORT = timedelta(minutes=1), timedelta(milliseconds=200)


def test_a_lock_is_had_by_one_and_names_it(store: Store) -> None:
    assert store.locks.holder("sending") is None

    assert store.locks.take("sending", "ada", LONG)
    assert not store.locks.take("sending", "grace", LONG)

    holder = store.locks.holder("sending")
    assert holder is not None
    assert holder.name == "ada"
    assert timedelta(0) <= holder.age < LONG


def test_of_many_who_want_it_at_once_one_gets_it(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        got = pool.map(lambda n: store.locks.take("sending", f"program {n}", LONG), range(8))

    assert sum(got) == 1


def test_what_is_given_back_is_free_and_only_its_holder_gives_it_back(store: Store) -> None:
    store.locks.take("sending", "ada", LONG)

    store.locks.release("sending", "grace")
    assert not store.locks.take("sending", "grace", LONG)
    store.locks.release("sending", "ada")
    assert store.locks.take("sending", "grace", LONG)


def test_the_lock_of_a_dead_holder_ends_by_itself(store: Store) -> None:
    store.locks.take("sending", "ada", SHORT)
    time.sleep(SHORT.total_seconds() * 1.5)

    assert store.locks.holder("sending") is None
    assert store.locks.take("sending", "grace", LONG)
    assert not store.locks.renew("sending", "ada", LONG)


def test_a_renewed_lock_lasts(store: Store) -> None:
    store.locks.take("sending", "ada", SHORT)

    assert store.locks.renew("sending", "ada", LONG)
    time.sleep(SHORT.total_seconds() * 1.5)

    assert not store.locks.take("sending", "grace", LONG)
