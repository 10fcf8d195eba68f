"""When papers were seen first, and when lists were read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import sqlalchemy as sa

import make
from newsletter.store import Store, open_store
from newsletter.store.engine import reading
from newsletter.store.schema import papers, sightings

NOW = datetime(2026, 8, 14, 18, 0, tzinfo=UTC)
MORNING = datetime(2026, 8, 14, 8, 47, tzinfo=UTC)
NOON = datetime(2026, 8, 14, 12, 0, tzinfo=UTC)


def votes(store: Store, key: str) -> list[tuple[datetime, int | None, int | None, int | None]]:
    s = sightings.c
    query = sa.select(s.observed_at, s.upvotes, s.comments, s.stars).where(s.paper_key == key)
    with reading(store.engine) as connection:
        rows = connection.execute(query.order_by(s.observed_at))
        return [(row[0], row[1], row[2], row[3]) for row in rows]


def test_the_first_sighting_stays_and_each_later_one_keeps_its_votes(store: Store) -> None:
    seen = make.paper("a", observed_at=MORNING, upvotes=3, comments=1, stars=None)
    again = make.paper("a", observed_at=NOON, upvotes=9, comments=2, stars=7)
    store.sightings.record([seen], now=NOW)
    store.sightings.record([again], now=NOW)

    assert store.sightings.first_seen(["a", "never"]) == {"a": MORNING}
    assert votes(store, "a") == [(MORNING, 3, 1, None), (NOON, 9, 2, 7)]


def test_an_older_list_that_is_read_late_is_still_the_first_sighting(store: Store) -> None:
    store.sightings.record([make.paper("a", observed_at=NOON)], now=NOW)
    store.sightings.record([make.paper("a", observed_at=MORNING)], now=NOW)

    assert store.sightings.first_seen(["a"]) == {"a": MORNING}


def test_the_same_list_read_twice_counts_once(store: Store) -> None:
    seen = [make.paper("a", upvotes=None), make.paper("b"), make.paper("b")]
    store.sightings.record(seen, now=NOW)
    store.sightings.record(seen, now=NOW)

    assert len(votes(store, "a")) == len(votes(store, "b")) == 1
    assert votes(store, "a")[0][1] is None


def test_a_moment_in_the_future_counts_as_now(store: Store) -> None:
    store.sightings.record([make.paper("a", observed_at=NOW + timedelta(days=1))], now=NOW)

    assert store.sightings.first_seen(["a"]) == {"a": NOW}
    assert votes(store, "a")[0][0] == NOW


def test_title_and_listing_day_follow_the_source_unless_it_forgets_the_day(store: Store) -> None:
    store.sightings.record([make.paper("a", title="Old")], now=NOW)
    store.sightings.record([make.paper("a", title="New", listed_on=None)], now=NOW)

    with reading(store.engine) as connection:
        assert connection.execute(sa.select(papers.c.title, papers.c.listed_on)).one() == (
            "New", make.DAY,
        )  # fmt: skip


def test_when_a_days_list_was_read_tells_what_was_not_there_yet(store: Store) -> None:
    yesterday = make.DAY - timedelta(days=1)
    first = [make.paper("a", observed_at=MORNING), make.paper("b", observed_at=MORNING)]
    second = [make.paper("a", observed_at=NOON), make.paper("late", observed_at=NOON)]
    other = [make.paper("old", observed_at=NOON, listed_on=yesterday)]
    for seen in (second, first, other):
        store.sightings.record(seen, now=NOW)

    assert store.sightings.lists_seen([yesterday, make.DAY, date(2026, 1, 1)]) == {
        make.DAY: [MORNING, NOON],
        yesterday: [NOON],
    }
    assert store.sightings.first_seen(["late"])["late"] > MORNING


def test_any_number_of_papers_is_recorded_and_looked_up(store: Store) -> None:
    keys = [f"paper {number}" for number in range(2500)]
    store.sightings.record([make.paper(key) for key in keys], now=NOW)

    assert len(store.sightings.first_seen([*keys, *(f"unknown {key}" for key in keys)])) == 2500
    store.sightings.record([], now=NOW)
    assert store.sightings.first_seen([]) == {}
    assert store.sightings.lists_seen([]) == {}


def test_two_programs_may_record_the_same_list_at_once(database_url: str) -> None:
    """Each in its own order."""
    seen = [make.paper(f"paper {number}") for number in range(300)]
    together = Barrier(2)

    def record(order: int) -> None:
        with open_store(database_url) as store:
            together.wait()
            for _ in range(5):
                store.sightings.record(seen[::order], now=NOW)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(record, (1, -1)))

    with open_store(database_url) as store:
        assert len(store.sightings.first_seen([paper.key for paper in seen])) == 300
