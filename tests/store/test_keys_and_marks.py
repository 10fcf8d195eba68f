"""Keys that are made once, and marks that stay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from threading import Barrier

from newsletter.store import Store, open_store

NOW = datetime(2026, 8, 14, 8, 0, tzinfo=UTC)


def test_a_key_is_made_at_first_use_and_is_the_same_ever_after(store: Store) -> None:
    keys = store.keys.signing("links", now=NOW)

    assert len(keys) == 1
    assert len(keys[0]) >= 32
    assert store.keys.signing("links", now=NOW) == keys


def test_each_purpose_has_a_key_of_its_own(store: Store) -> None:
    assert store.keys.signing("links", now=NOW) != store.keys.signing("leavers", now=NOW)


def test_a_configured_key_signs_and_the_ones_before_it_are_believed(store: Store) -> None:
    made = store.keys.signing("links", now=NOW)

    assert store.keys.signing("links", now=NOW, configured="mine") == (*made, "mine")
    assert store.keys.signing("links", now=NOW, configured="newer") == (*made, "mine", "newer")
    assert store.keys.signing("links", now=NOW, configured="mine") == (*made, "newer", "mine")
    assert store.keys.signing("links", now=NOW) == (*made, "mine", "newer")


def test_no_key_is_made_where_one_is_configured_from_the_start(store: Store) -> None:
    assert store.keys.signing("links", now=NOW, configured="x" * 500) == ("x" * 500,)


def test_one_key_is_made_however_many_programs_ask_at_once(database_url: str) -> None:
    together, numbers = Barrier(6), count()

    def ask(_: int) -> tuple[str, ...]:
        with open_store(database_url) as store:
            together.wait()
            return store.keys.signing("links", now=NOW, make=lambda: f"key {next(numbers)}")

    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(ask, range(6)))

    assert found == {("key 0",)}


def test_a_mark_keeps_its_last_value(store: Store) -> None:
    assert store.marks.get("relay_used") is None

    store.marks.set("relay_used", "no", NOW)
    store.marks.set("relay_used", "yes", NOW)

    assert store.marks.get("relay_used") == "yes"
    assert store.marks.get("other") is None
