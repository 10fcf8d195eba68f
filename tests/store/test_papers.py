"""Looking up what was ever loaded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import make
from newsletter.model import Edition, Paper
from newsletter.store import Store

NOW = datetime(2026, 8, 14, 18, 0, tzinfo=UTC)
NOON = datetime(2026, 8, 14, 12, 0, tzinfo=UTC)


def record(store: Store, *seen: Paper) -> None:
    store.sightings.record(seen, first_seen={}, lists={}, now=NOW)


def keys(store: Store, *words: str, **which: object) -> list[str]:
    return [one.key for one in store.papers.find(words, **which)]  # type: ignore[arg-type]


def test_the_newest_come_first_and_then_the_most_voted(store: Store) -> None:
    record(
        store,
        make.paper("few", upvotes=1),
        make.paper("many", upvotes=9),
        make.paper("unknown", upvotes=None),
        make.paper("old", listed_on=make.DAY - timedelta(days=1), upvotes=99),
        make.paper("undated", listed_on=None),
    )

    assert keys(store) == ["many", "few", "unknown", "old", "undated"]
    assert keys(store, limit=2) == ["many", "few"]
    assert keys(store, listed_on=make.DAY) == ["many", "few", "unknown"]


def test_every_word_must_stand_in_title_or_key(store: Store) -> None:
    record(
        store,
        make.paper("2608.1", title="Deep Nets, 100% Deeper"),
        make.paper("2608.2", title="Shallow nets_"),
    )

    assert keys(store, "NETS") == ["2608.1", "2608.2"]
    assert keys(store, "nets", "deep") == ["2608.1"]
    assert keys(store, "nets", "2608.2") == ["2608.2"]
    assert keys(store, "100%") == ["2608.1"]
    assert keys(store, "%") == ["2608.1"]
    assert keys(store, "nets_") == ["2608.2"]


def test_a_paper_has_its_votes_over_time_and_the_day_that_featured_it(store: Store) -> None:
    record(store, make.paper("a", upvotes=12, comments=1, stars=None))
    record(store, make.paper("a", upvotes=10, observed_at=NOON))
    store.editions.publish(Edition(day=make.DAY, papers=(make.ranked("a"),)), make.issue(), now=NOW)

    known = store.papers.get("a")

    assert known is not None
    assert known._asdict() == {
        "key": "a",
        "title": "Paper a",
        "listed_on": make.DAY,
        "first_seen": make.MORNING,
        "upvotes": 12,
        "featured_on": make.DAY,
    }
    assert [tuple(each) for each in store.papers.readings("a")] == [
        (make.MORNING, 12, 1, None),
        (NOON, 10, None, None),
    ]


def test_a_paper_that_was_never_loaded_is_none(store: Store) -> None:
    record(store, make.paper("2608.12345"))

    assert store.papers.get("2608.1234") is None
    assert store.papers.readings("2608.1234") == []
