"""When papers were seen first, and when lists were read."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import sqlalchemy as sa

import make
from newsletter.model import Paper
from newsletter.store import Store, open_store
from newsletter.store.engine import reading
from newsletter.store.schema import papers, sightings

NOW = datetime(2026, 8, 14, 18, 0, tzinfo=UTC)
MORNING = datetime(2026, 8, 14, 8, 47, tzinfo=UTC)
NOON = datetime(2026, 8, 14, 12, 0, tzinfo=UTC)


def record(store: Store, seen: Sequence[Paper], now: datetime = NOW) -> None:
    store.sightings.record(seen, first_seen={}, lists={}, now=now)


def votes(store: Store, key: str) -> list[tuple[datetime, int | None, int | None, int | None]]:
    s = sightings.c
    query = sa.select(s.observed_at, s.upvotes, s.comments, s.stars).where(s.paper_key == key)
    with reading(store.engine) as connection:
        rows = connection.execute(query.order_by(s.observed_at))
        return [(row[0], row[1], row[2], row[3]) for row in rows]


def test_the_first_sighting_stays_and_each_later_one_keeps_its_votes(store: Store) -> None:
    seen = make.paper("a", observed_at=MORNING, upvotes=3, comments=1, stars=None)
    again = make.paper("a", observed_at=NOON, upvotes=9, comments=2, stars=7)
    record(store, [seen])
    record(store, [again])

    assert store.sightings.first_seen(["a", "never"]) == {"a": MORNING}
    assert votes(store, "a") == [(MORNING, 3, 1, None), (NOON, 9, 2, 7)]


def test_an_older_list_that_is_read_late_is_still_the_first_sighting(store: Store) -> None:
    record(store, [make.paper("a", observed_at=NOON)])
    record(store, [make.paper("a", observed_at=MORNING)])

    assert store.sightings.first_seen(["a"]) == {"a": MORNING}


def test_the_same_list_read_twice_counts_once(store: Store) -> None:
    seen = [make.paper("a", upvotes=None), make.paper("b"), make.paper("b")]
    record(store, seen)
    record(store, seen)

    assert len(votes(store, "a")) == len(votes(store, "b")) == 1
    assert votes(store, "a")[0][1] is None


def test_a_moment_in_the_future_counts_as_now(store: Store) -> None:
    record(store, [make.paper("a", observed_at=NOW + timedelta(days=1))])

    assert store.sightings.first_seen(["a"]) == {"a": NOW}
    assert votes(store, "a")[0][0] == NOW


def test_title_and_listing_day_follow_the_source_unless_it_forgets_the_day(store: Store) -> None:
    record(store, [make.paper("a", title="Old")])
    record(store, [make.paper("a", title="New", listed_on=None)])

    with reading(store.engine) as connection:
        assert connection.execute(sa.select(papers.c.title, papers.c.listed_on)).one() == (
            "New", make.DAY,
        )  # fmt: skip


def test_a_paper_that_earlier_lists_held_was_first_seen_then(store: Store) -> None:
    """What is kept of it is the newest reading, though the load has read older ones too."""
    seen = [make.paper("a", observed_at=NOON), make.paper("b", observed_at=NOON)]
    store.sightings.record(seen, first_seen={"a": MORNING, "b": NOON}, lists={}, now=NOW)

    assert store.sightings.first_seen(["a", "b"]) == {"a": MORNING, "b": NOON}
    assert [moment for moment, *_ in votes(store, "a")] == [NOON]


def test_when_a_days_list_was_read_tells_what_was_not_there_yet(store: Store) -> None:
    yesterday = make.DAY - timedelta(days=1)
    late = make.paper("late", observed_at=NOON)
    lists = {make.DAY: [NOON, MORNING], yesterday: [NOON, NOW + timedelta(days=1)]}
    for _ in range(2):
        store.sightings.record([late], first_seen={}, lists=lists, now=NOW)

    assert store.sightings.lists_seen([yesterday, make.DAY, date(2026, 1, 1)]) == {
        make.DAY: [MORNING, NOON],
        yesterday: [NOON, NOW],
    }
    assert store.sightings.first_seen(["late"])["late"] > MORNING


def test_the_reading_of_one_paper_is_no_reading_of_its_days_list(store: Store) -> None:
    record(store, [make.paper("a")])

    assert store.sightings.lists_seen([make.DAY]) == {}


def test_a_series_holds_every_sighting_with_votes_of_a_listed_paper(store: Store) -> None:
    record(store, [make.paper("a", observed_at=NOON, upvotes=9), make.paper("b", upvotes=None)])
    record(store, [make.paper("a", observed_at=MORNING, upvotes=3)])
    record(store, [make.paper("never listed", listed_on=None)])

    assert store.sightings.series() == [
        ("a", make.DAY, MORNING, 3),
        ("a", make.DAY, NOON, 9),
    ]


def test_any_number_of_papers_is_recorded_and_looked_up(store: Store) -> None:
    keys = [f"paper {number}" for number in range(2500)]
    record(store, [make.paper(key) for key in keys])

    assert len(store.sightings.first_seen([*keys, *(f"unknown {key}" for key in keys)])) == 2500
    record(store, [])
    assert store.sightings.first_seen([]) == {}
    assert store.sightings.lists_seen([]) == {}


def test_two_programs_may_record_the_same_list_at_once(database_url: str) -> None:
    """Each in its own order."""
    seen = [make.paper(f"paper {number}") for number in range(300)]
    together = Barrier(2)

    def record_in_order(order: int) -> None:
        with open_store(database_url) as store:
            together.wait()
            for _ in range(5):
                lists = {make.DAY: [MORNING, NOON][::order]}
                store.sightings.record(seen[::order], first_seen={}, lists=lists, now=NOW)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(record_in_order, (1, -1)))

    with open_store(database_url) as store:
        assert len(store.sightings.first_seen([paper.key for paper in seen])) == 300
