"""Publishing: once a day, all or nothing, no paper twice."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

import make
from newsletter.errors import UsageError
from newsletter.model import Card, Edition, Issue, Literal, PassedOver, Slot, Status, Steering
from newsletter.store import Store, open_store
from newsletter.store.engine import reading
from newsletter.store.schema import deliveries, issues

NOW = datetime(2026, 8, 14, 8, 0, tzinfo=UTC)
NEXT_DAY = make.DAY + timedelta(days=1)


def edition(*keys: str, day: date = make.DAY) -> Edition:
    return Edition(day=day, papers=tuple(make.ranked(key) for key in keys))


def add_readers(store: Store, count: int = 3) -> None:
    store.subscribers.add(
        ((f"reader{number}@example.org", f"Reader {number}") for number in range(count)), now=NOW
    )


def count_rows(store: Store, table: sa.Table) -> int:
    with reading(store.engine) as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_publishing_queues_one_delivery_for_each_confirmed_reader(store: Store) -> None:
    add_readers(store)
    store.subscribers.unsubscribe(next(store.subscribers.iterate()).id, now=NOW)

    assert store.editions.publish(edition("a", "b"), make.issue(), now=NOW) == 2

    found = list(store.ledger.deliveries(make.DAY))
    assert [it.address for it in found] == ["reader1@example.org", "reader2@example.org"]
    assert {(it.status, it.attempts, it.reply, it.due_at) for it in found} == {
        (Status.QUEUED, 0, "", None)
    }
    with reading(store.engine) as connection:
        rows = connection.execute(sa.select(deliveries).order_by("id")).all()
    assert [row.name for row in rows] == ["Reader 1", "Reader 2"]
    assert {(row.queued_at, row.changed_at, row.epoch, row.owner) for row in rows} == {
        (NOW, NOW, 0, None)
    }


def test_the_domains_of_a_sorted_list_are_spread_over_the_whole_edition(store: Store) -> None:
    sizes = {"large.example": 800, "small.example": 200, "tiny.example": 10}
    readers = [(f"r{n}@{name}", "") for name, size in sizes.items() for n in range(size)]
    store.subscribers.add(readers, now=NOW)

    store.editions.publish(edition("a"), make.issue(), now=NOW)

    queued = [str(it.address).partition("@")[2] for it in store.ledger.deliveries()]
    for start in range(0, 1010 - 101, 20):
        here = Counter(queued[start : start + 101])
        assert 78 <= here["large.example"] <= 82
        assert 18 <= here["small.example"] <= 22
        assert here["tiny.example"] <= 3


def test_an_edition_without_readers_has_an_audience_of_nobody(store: Store) -> None:
    assert store.editions.publish(edition("a"), make.issue(), now=NOW) == 0
    assert store.editions.days() == [make.DAY]


def test_a_day_is_published_once(store: Store) -> None:
    add_readers(store)
    store.editions.publish(edition("a"), make.issue(), now=NOW)

    again = store.editions.publish(edition("b"), make.issue(subject="Another"), now=NOW)

    assert again is None
    assert store.editions.featured(["a", "b"]) == {"a": make.DAY}
    issue = store.editions.get_issue(make.DAY)
    assert issue is not None
    assert issue.subject == "Three papers"
    assert count_rows(store, deliveries) == 3


def test_a_paper_is_featured_once_and_the_repeated_one_is_named(store: Store) -> None:
    add_readers(store)
    store.editions.publish(edition("a", "b"), make.issue(), now=NOW)

    with pytest.raises(UsageError, match=f"{NEXT_DAY} repeats .*: b on {make.DAY}"):
        store.editions.publish(edition("c", "b", day=NEXT_DAY), make.issue(day=NEXT_DAY), now=NOW)

    assert store.editions.days() == [make.DAY]
    assert store.editions.get_issue(NEXT_DAY) is None
    assert store.editions.featured(["a", "b", "c"]) == {"a": make.DAY, "b": make.DAY}
    assert count_rows(store, deliveries) == 3


def test_an_issue_of_another_day_is_a_mistake_of_the_caller(store: Store) -> None:
    with pytest.raises(ValueError, match="is not of the edition"):
        store.editions.publish(edition("a"), make.issue(day=NEXT_DAY), now=NOW)


def test_an_issue_comes_back_as_it_was_published(store: Store) -> None:
    segments = (
        Literal("<p>Ünï\u2028code & 'quotes'</p>\r\n"),
        Card("2608.00001", "short", (Slot("rank"), Literal(". A paper"))),
        Slot("unsubscribe_url"),
    )
    issue = make.issue(
        html=segments, text=segments[::-1], preheader="And more", salt="5a17",
        dated=datetime(2026, 8, 14, 10, 0, tzinfo=UTC),
    )  # fmt: skip
    store.editions.publish(edition("a"), issue, now=NOW)

    assert store.editions.get_issue(make.DAY) == issue
    assert store.editions.get_issue(NEXT_DAY) is None


def test_an_editions_papers_are_kept_with_the_parts_of_their_scores(store: Store) -> None:
    store.editions.publish(edition("b", "a"), make.issue(), now=NOW)

    page = store.editions.get_edition_page(make.DAY)
    assert page is not None
    assert [paper["key"] for paper in page] == ["b", "a"]
    assert page[0] == {
        "key": "b", "title": "Paper b", "score": 1.0, "parts": [["upvotes", 1.0, "10 upvotes"]],
    }  # fmt: skip
    assert store.editions.get_edition_page(NEXT_DAY) is None


def test_what_an_edition_passed_over_is_kept_with_the_reasons(store: Store) -> None:
    passed_over = (
        PassedOver(make.paper("c"), "the edition was full", make.ranked("c")),
        PassedOver(make.paper("d"), "featured on 2026-08-12"),
    )
    store.editions.publish(replace(edition("a"), passed_over=passed_over), make.issue(), now=NOW)

    found = store.editions.get_passed_over(make.DAY)

    assert found == [
        {
            "key": "c", "title": "Paper c", "score": 1.0,
            "parts": [["upvotes", 1.0, "10 upvotes"]], "reason": "the edition was full",
        },
        {
            "key": "d", "title": "Paper d", "score": None, "parts": None,
            "reason": "featured on 2026-08-12",
        },
    ]  # fmt: skip
    assert store.editions.get_passed_over(NEXT_DAY) is None


def test_what_the_editor_had_settled_comes_back(store: Store) -> None:
    steering = Steering(note="*Hi*", subject="Now", lead="a", pin=("b",), skip=("c", "d"))
    store.editions.publish(replace(edition("a", "b"), steering=steering), make.issue(), now=NOW)

    assert store.editions.get_steering(make.DAY) == steering
    assert store.editions.get_steering(NEXT_DAY) is None
    assert store.editions.published_at(make.DAY) == NOW
    assert store.editions.published_at(NEXT_DAY) is None


def test_more_keys_are_looked_up_than_a_statement_can_hold(store: Store) -> None:
    store.editions.publish(edition("a"), make.issue(), now=NOW)

    keys = [f"unknown {number}" for number in range(70_000)]

    assert store.editions.featured([*keys, "a"]) == {"a": make.DAY}
    assert store.editions.featured([]) == {}


def test_days_are_told_in_order(store: Store) -> None:
    for day in (NEXT_DAY, make.DAY):
        store.editions.publish(Edition(day=day, papers=()), make.issue(day=day), now=NOW)

    assert store.editions.days() == [make.DAY, NEXT_DAY]


def publish_together(url: str, tries: list[tuple[Edition, Issue]]) -> list[int | UsageError | None]:
    together = Barrier(len(tries))

    def publish(one: tuple[Edition, Issue]) -> int | UsageError | None:
        with open_store(url) as store:
            together.wait()
            try:
                return store.editions.publish(*one, now=NOW)
            except UsageError as error:
                return error

    with ThreadPoolExecutor(len(tries)) as pool:
        return list(pool.map(publish, tries))


def test_one_of_many_threads_publishes_the_day(database_url: str) -> None:
    with open_store(database_url) as store:
        add_readers(store, 500)

        results = publish_together(database_url, [(edition("a", "b"), make.issue())] * 6)

        assert sorted(results, key=str) == [500, None, None, None, None, None]
        assert count_rows(store, deliveries) == 500


def test_one_of_two_days_features_a_paper_that_both_want(database_url: str) -> None:
    """And neither waits for the other for ever, though they name the papers crosswise."""
    results = publish_together(
        database_url,
        [
            (edition("a", "b"), make.issue()),
            (edition("b", "a", day=NEXT_DAY), make.issue(day=NEXT_DAY)),
        ],
    )

    assert sum(isinstance(result, UsageError) for result in results) == 1
    assert 0 in results
    with open_store(database_url) as store:
        assert len(store.editions.days()) == 1


def test_one_of_many_processes_publishes_the_day(database_url: str) -> None:
    """They start together on a line from us."""
    code = """
import sys
from datetime import UTC, datetime
sys.path.insert(0, sys.argv[2])
import make
from newsletter.model import Edition
from newsletter.store import open_store
with open_store(sys.argv[1]) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    edition = Edition(day=make.DAY, papers=(make.ranked(),))
    print(store.editions.publish(edition, make.issue(), now=datetime.now(UTC)))
"""
    with open_store(database_url) as store:
        add_readers(store, 500)
        command = [sys.executable, "-c", code, database_url, str(make.__file__).rpartition("/")[0]]
        processes = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(4)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        answers = [start(process) for process in processes]

        assert sorted(process.communicate()[0].strip() for process in answers) == [
            "500", "None", "None", "None",
        ]  # fmt: skip
        assert count_rows(store, deliveries) == 500


def start(process: subprocess.Popen[str]) -> subprocess.Popen[str]:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    return process


def test_nobody_sees_half_of_a_publication(database_url: str) -> None:
    """An edition that can be seen has its issue and all of its deliveries."""
    with open_store(database_url) as store:
        add_readers(store, 5000)
        seen = set()
        with ThreadPoolExecutor(1) as pool, open_store(database_url) as watcher:
            done = pool.submit(store.editions.publish, edition("a"), make.issue(), now=NOW)
            while not done.done():
                seen.add(look(watcher))
        assert done.result() == 5000
        assert seen | {look(store)} <= {(0, 0), (1, 5000)}


def look(store: Store) -> tuple[int, int]:
    queries = (sa.select(sa.func.count()).select_from(table) for table in (issues, deliveries))
    both = sa.select(*(query.scalar_subquery() for query in queries))
    with reading(store.engine) as connection:
        row = connection.execute(both).one()
    return row[0], row[1]
