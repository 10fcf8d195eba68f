"""Readers: who comes, who leaves, and that leavers stay away."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Event

import pytest
import sqlalchemy as sa

import make
from newsletter.errors import AddressError
from newsletter.model import Delivery, Edition, Status, Subscriber, SubscriberStatus
from newsletter.store import Store, open_store
from newsletter.store.engine import reading, writing
from newsletter.store.schema import deliveries, leavers, subscribers

NOW = datetime(2026, 8, 14, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ADA, BOB = ("ada@example.org", "Ada"), ("bob@example.org", "Bob")


def get(store: Store, address: str) -> Subscriber:
    reader = store.subscribers.get(address)
    assert reader is not None
    return reader


def ask_on_the_web(store: Store, address: str) -> None:
    with writing(store.engine) as connection:
        connection.execute(
            subscribers.insert().values(
                address=address, folded=address, name="", status=SubscriberStatus.UNCONFIRMED,
                created_at=NOW, changed_at=NOW,
            )
        )  # fmt: skip


def publish(store: Store, day: date = make.DAY) -> None:
    edition = Edition(day=day, papers=(make.ranked(f"paper of {day}"),))
    assert store.editions.publish(edition, make.issue(day=day), now=NOW) is not None


def set_deliveries(store: Store, **values: object) -> None:
    with writing(store.engine) as connection:
        connection.execute(deliveries.update().values(**values))


def statuses(store: Store, reader: Subscriber) -> list[Status]:
    return [delivery.status for delivery in store.subscribers.history(reader.id)]


# Coming


def test_added_readers_are_confirmed_in_the_order_they_were_given(store: Store) -> None:
    added = store.subscribers.add([BOB, ADA], now=NOW)

    assert added.count == 2
    assert [(one.address, one.name) for one in store.subscribers.iterate()] == [BOB, ADA]
    assert get(store, "ada@example.org") == Subscriber(
        id=get(store, "ada@example.org").id, address="ada@example.org", name="Ada",
        status=SubscriberStatus.CONFIRMED, created_at=NOW, changed_at=NOW,
    )  # fmt: skip


def test_adding_twice_changes_nothing_and_says_so(store: Store) -> None:
    store.subscribers.add([ADA], now=NOW)
    before = get(store, "ada@example.org")

    added = store.subscribers.add([("ADA@example.org", "Countess"), BOB], now=LATER)

    assert (added.count, added.known) == (1, ("ADA@example.org",))
    assert get(store, "ada@example.org") == before


def test_an_address_given_twice_counts_once_whatever_its_case(store: Store) -> None:
    added = store.subscribers.add([ADA, ("Ada@example.org", ""), ADA, BOB], now=NOW)

    assert (added.count, added.duplicates, added.known) == (2, 2, ())
    assert get(store, "ADA@EXAMPLE.ORG").name == "Ada"


def test_plus_addresses_are_readers_of_their_own(store: Store) -> None:
    assert store.subscribers.add([ADA, ("ada+b@example.org", "")], now=NOW).count == 2


def test_an_international_domain_is_found_in_either_spelling(store: Store) -> None:
    store.subscribers.add([("ada@xn--bcher-kva.example", "")], now=NOW)

    assert store.subscribers.get("ada@bücher.example") is not None


def test_a_reader_who_never_confirmed_becomes_one_on_the_operators_word(store: Store) -> None:
    ask_on_the_web(store, "ada@example.org")

    added = store.subscribers.add([ADA], now=LATER)

    assert (added.count, added.known) == (1, ())
    ada = get(store, "ada@example.org")
    assert (ada.status, ada.changed_at) == (SubscriberStatus.CONFIRMED, LATER)


def test_nothing_is_added_if_the_entries_break_off(store: Store) -> None:
    def broken() -> Iterator[tuple[str, str]]:
        for number in range(3000):
            yield f"reader{number}@example.org", ""
        raise OSError("the disk was pulled out")

    with pytest.raises(OSError, match="pulled out"):
        store.subscribers.add(broken(), now=NOW)

    assert list(store.subscribers.iterate()) == []
    assert store.subscribers.add([ADA], now=NOW).count == 1


def test_others_may_write_while_the_entries_are_read(database_url: str) -> None:
    """A long import does not hold up dispatch."""
    with open_store(database_url) as importing, open_store(database_url) as other:

        def slow() -> Iterator[tuple[str, str]]:
            for number in range(2000):
                yield f"reader{number}@example.org", ""
            other.marks.set("meanwhile", "", NOW)
            other.subscribers.add([("reader7@example.org", "first")], now=NOW)
            yield ADA

        added = importing.subscribers.add(slow(), now=NOW)

        assert (added.count, added.known) == (2000, ("reader7@example.org",))


# Leaving


def test_no_add_lifts_a_leaver_and_each_is_named(store: Store) -> None:
    names = ("gone", "dead", "deleted", "here")
    store.subscribers.add([(f"{name}@example.org", "") for name in names], now=NOW)
    store.subscribers.unsubscribe(get(store, "gone@example.org").id, now=NOW)
    store.subscribers.suppress(get(store, "dead@example.org").id, now=NOW)
    store.subscribers.remove("deleted@example.org", now=NOW)

    added = store.subscribers.add([(f"{name}@EXAMPLE.org".upper(), "") for name in names], now=NOW)

    assert added.count == 0
    assert added.unsubscribed == ("GONE@EXAMPLE.ORG",)
    assert added.suppressed == ("DEAD@EXAMPLE.ORG",)
    assert added.left == ("DELETED@EXAMPLE.ORG",)
    assert added.known == ("HERE@EXAMPLE.ORG",)
    assert store.subscribers.count_by_status() == {
        SubscriberStatus.UNCONFIRMED: 0,
        SubscriberStatus.CONFIRMED: 1,
        SubscriberStatus.UNSUBSCRIBED: 1,
        SubscriberStatus.SUPPRESSED: 1,
    }


def test_a_deleted_reader_who_asks_again_waits_for_their_own_confirmation(store: Store) -> None:
    store.subscribers.add([ADA], now=NOW)
    store.subscribers.remove("ada@example.org", now=NOW)
    ask_on_the_web(store, "ada@example.org")

    assert store.subscribers.add([ADA], now=LATER).left == ("ada@example.org",)
    assert get(store, "ada@example.org").status is SubscriberStatus.UNCONFIRMED


@pytest.mark.parametrize("status", [Status.QUEUED, Status.DEFERRED, Status.IN_DOUBT])
def test_who_unsubscribes_gets_nothing_that_is_still_waiting(store: Store, status: Status) -> None:
    store.subscribers.add([ADA, BOB], now=NOW)
    publish(store)
    set_deliveries(store, status=status, due_at=LATER)
    ada = get(store, "ada@example.org")

    assert store.subscribers.unsubscribe(ada.id, now=LATER, reason="one click")

    left = get(store, "ada@example.org")
    assert (left.status, left.reason) == (SubscriberStatus.UNSUBSCRIBED, "one click")
    assert left.changed_at == LATER
    assert statuses(store, ada) == [Status.WITHDRAWN]
    assert statuses(store, get(store, "bob@example.org")) == [status]


@pytest.mark.parametrize("status", [Status.SENDING, Status.SENT, Status.FAILED, Status.REJECTED])
def test_what_is_on_the_wire_or_closed_stays_what_it_is(store: Store, status: Status) -> None:
    store.subscribers.add([ADA], now=NOW)
    publish(store)
    set_deliveries(store, status=status)
    ada = get(store, "ada@example.org")

    store.subscribers.unsubscribe(ada.id, now=LATER)

    assert statuses(store, ada) == [status]


def test_a_suppressed_readers_deliveries_say_suppressed(store: Store) -> None:
    store.subscribers.add([ADA], now=NOW)
    publish(store)
    ada = get(store, "ada@example.org")

    assert store.subscribers.suppress(ada.id, now=LATER, reason="complaint")

    assert get(store, "ada@example.org").reason == "complaint"
    assert statuses(store, ada) == [Status.SUPPRESSED]


def test_leaving_twice_changes_nothing_the_second_time(store: Store) -> None:
    store.subscribers.add([ADA], now=NOW)
    ada = get(store, "ada@example.org")

    assert store.subscribers.unsubscribe(ada.id, now=NOW)
    assert not store.subscribers.unsubscribe(ada.id, now=LATER)
    assert not store.subscribers.suppress(ada.id, now=LATER)
    assert get(store, "ada@example.org").changed_at == NOW
    assert not store.subscribers.unsubscribe(ada.id + 1, now=NOW)


def test_a_suppressed_reader_may_still_unsubscribe(store: Store) -> None:
    store.subscribers.add([ADA], now=NOW)
    ada = get(store, "ada@example.org")
    store.subscribers.suppress(ada.id, now=NOW)

    assert store.subscribers.unsubscribe(ada.id, now=NOW)
    assert get(store, "ada@example.org").status is SubscriberStatus.UNSUBSCRIBED


# Deleted


def test_a_deleted_reader_leaves_a_hash_and_rows_without_address_or_name(store: Store) -> None:
    store.subscribers.add([ADA], now=NOW)
    ada, days = get(store, "ada@example.org"), [date(2026, 8, 13), date(2026, 8, 14)]
    publish(store, days[0])
    said = {"stage": "rcpt", "code": 450, "enhanced": "4.2.1", "text": "<ada@example.org> is busy"}
    set_deliveries(store, status=Status.SENT, reply=said)
    publish(store, days[1])
    assert mentions(store, "ada@")

    assert store.subscribers.remove("ADA@example.org", now=LATER)

    assert store.subscribers.get("ada@example.org") is None
    assert store.subscribers.get_by_id(ada.id) is None
    history = store.subscribers.history(ada.id)
    assert [(it.day, it.status, it.address, it.reply) for it in history] == [
        (days[1], Status.WITHDRAWN, None, ""),
        (days[0], Status.SENT, None, "rcpt: 450 4.2.1"),
    ]
    assert not mentions(store, "ada@")
    assert not mentions(store, "'ada'")


def mentions(store: Store, word: str) -> bool:
    with reading(store.engine) as connection:
        tables = [connection.execute(sa.select(table)) for table in (
            subscribers, deliveries, leavers,
        )]  # fmt: skip
        return any(word in str(row).lower() for rows in tables for row in rows)


def test_a_leavers_hash_depends_on_a_key_of_the_store(database_url: str, blank_url: str) -> None:
    """Without the key nobody can try addresses against the hashes."""
    hashes = []
    for url in (database_url, blank_url):
        with open_store(url) as store, store.engine.connect() as connection:
            store.subscribers.add([ADA], now=NOW)
            store.subscribers.remove("ada@example.org", now=NOW)
            hashes.append(connection.scalar(sa.select(leavers.c.hash)))

    assert hashes[0] != hashes[1]
    assert {len(hash_ or "") for hash_ in hashes} == {64}


@pytest.mark.parametrize("spelling", ["ada@bücher.example", " ADA@BÜCHER.example "])
def test_a_deleted_reader_stays_away_however_the_operator_spelled_them(
    store: Store, spelling: str
) -> None:
    store.subscribers.add([("ada@xn--bcher-kva.example", "")], now=NOW)

    assert store.subscribers.remove(spelling, now=NOW)

    again = store.subscribers.add([("Ada@xn--bcher-kva.example", "")], now=LATER)
    assert again.left == ("Ada@xn--bcher-kva.example",)


def test_removing_somebody_unknown_says_so_and_records_nothing(store: Store) -> None:
    assert not store.subscribers.remove("ada@example.org", now=NOW)
    assert store.subscribers.add([ADA], now=NOW).count == 1


@pytest.mark.parametrize("call", ["get", "remove"])
def test_what_is_no_address_is_refused(store: Store, call: str) -> None:
    with pytest.raises(AddressError, match="cannot be mailed to"):
        store.subscribers.get("Ada") if call == "get" else store.subscribers.remove("Ada", now=NOW)


def test_a_reader_who_is_deleted_during_an_import_stays_away(database_url: str) -> None:
    """Whichever comes first: the import sees the hash, or the deletion sees the reader."""
    with open_store(database_url) as store:
        for number in range(10):
            address = f"reader{number}@example.org"
            store.subscribers.add([(address, "")], now=NOW)
            race(database_url, address)
            assert store.subscribers.get(address) is None
            assert store.subscribers.add([(address, "")], now=NOW).left == (address,)


def race(url: str, address: str) -> None:
    together = Barrier(2)

    def add() -> None:
        with open_store(url) as store:
            together.wait()
            store.subscribers.add([(address, "")], now=NOW)

    def remove() -> None:
        with open_store(url) as store:
            together.wait()
            store.subscribers.remove(address, now=NOW)

    with ThreadPoolExecutor(2) as pool:
        for done in (pool.submit(add), pool.submit(remove)):
            done.result()


def test_who_leaves_while_an_edition_is_published_is_not_mailed(database_url: str) -> None:
    """The publication waits for a reader who is just leaving, and then leaves them out."""
    with open_store(database_url) as store:
        store.subscribers.add([ADA, BOB], now=NOW)
        ada = get(store, "ada@example.org")
        leaving, publishing = Event(), Event()

        def leave() -> None:
            with writing(store.engine) as connection:
                connection.execute(
                    subscribers.update()
                    .where(subscribers.c.id == ada.id)
                    .values(status=SubscriberStatus.UNSUBSCRIBED)
                )
                leaving.set()
                assert publishing.wait(10)

        def publish_it() -> int | None:
            assert leaving.wait(10)
            publishing.set()
            edition = Edition(day=make.DAY, papers=())
            return store.editions.publish(edition, make.issue(), now=NOW)

        with ThreadPoolExecutor(2) as pool:
            pool.submit(leave)
            audience = pool.submit(publish_it)

        assert audience.result() == 1
        assert statuses(store, ada) == []


# Listed


def test_pages_follow_the_id_and_keep_to_a_status(store: Store) -> None:
    store.subscribers.add([(f"reader{number}@example.org", "") for number in range(5)], now=NOW)
    ids = [reader.id for reader in store.subscribers.iterate()]
    store.subscribers.unsubscribe(ids[1], now=NOW)

    confirmed = SubscriberStatus.CONFIRMED
    first = store.subscribers.page(limit=2, status=confirmed)
    assert [reader.id for reader in first] == [ids[0], ids[2]]
    second = store.subscribers.page(first[-1].id, limit=2, status=confirmed)
    assert [reader.id for reader in second] == [ids[3], ids[4]]
    assert store.subscribers.page(ids[-1]) == []


def test_readers_may_be_changed_while_they_are_listed(store: Store) -> None:
    """More than a page of them."""
    store.subscribers.add([(f"reader{number}@example.org", "") for number in range(1001)], now=NOW)

    seen = []
    for reader in store.subscribers.iterate(SubscriberStatus.CONFIRMED):
        seen.append(reader.id)
        if len(seen) % 100 == 1:
            store.subscribers.unsubscribe(reader.id, now=NOW)

    assert len(seen) == len(set(seen)) == 1001


def test_a_readers_history_tells_each_days_delivery_newest_first(store: Store) -> None:
    store.subscribers.add([ADA], now=NOW)
    ada = get(store, "ada@example.org")
    publish(store, date(2026, 8, 13))
    set_deliveries(
        store, status=Status.DEFERRED, attempts=2, due_at=LATER,
        reply={"stage": "rcpt", "code": 450, "enhanced": "4.2.0", "text": "Greylisted"},
    )  # fmt: skip
    publish(store, date(2026, 8, 14))

    history = store.subscribers.history(ada.id)

    assert [delivery.status for delivery in history] == [Status.QUEUED, Status.DEFERRED]
    assert history[1] == Delivery(
        id=history[1].id, day=date(2026, 8, 13), address="ada@example.org",
        status=Status.DEFERRED, attempts=2, reply="rcpt: 450 4.2.0 Greylisted", due_at=LATER,
    )  # fmt: skip
