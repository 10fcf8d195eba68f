"""Days that are waited for or skipped."""

from __future__ import annotations

from datetime import date, timedelta

import make
from newsletter.model import Edition
from newsletter.store import Store
from newsletter.timetable import Skip, Waiting

FRIDAY, THURSDAY = make.DAY, make.DAY - timedelta(days=1)
NOW = make.MORNING
WAITING = Waiting(FRIDAY, "no papers", NOW + timedelta(minutes=10))


def publish(store: Store, day: date) -> None:
    edition = Edition(day=day, papers=(make.ranked(f"of {day}"),))
    store.editions.publish(edition, make.issue(day=day), now=NOW)


def test_a_new_store_has_settled_nothing(store: Store) -> None:
    assert store.agenda.last_settled(FRIDAY) is None
    assert store.agenda.waiting() is None


def test_published_and_skipped_days_are_settled_waited_for_ones_are_not(store: Store) -> None:
    publish(store, date(2026, 8, 11))
    assert store.agenda.last_settled(FRIDAY) == date(2026, 8, 11)

    store.agenda.skip([Skip(date(2026, 8, 12), "a reason")], now=NOW)
    store.agenda.wait(WAITING, now=NOW)

    assert store.agenda.last_settled(FRIDAY) == date(2026, 8, 12)
    assert store.agenda.waiting() == WAITING


def test_days_published_ahead_do_not_settle_those_before(store: Store) -> None:
    publish(store, FRIDAY + timedelta(days=3))

    assert store.agenda.last_settled(FRIDAY) is None


def test_a_wait_may_be_prolonged_and_ends_in_a_skip(store: Store) -> None:
    longer = Waiting(FRIDAY, "down", NOW + timedelta(minutes=20))

    assert store.agenda.wait(WAITING, now=NOW)
    assert store.agenda.wait(longer, now=NOW)
    assert store.agenda.waiting() == longer
    assert store.agenda.skip([Skip(FRIDAY, "too late")], now=NOW)

    assert store.agenda.waiting() is None
    assert store.agenda.skips(THURSDAY) == [Skip(FRIDAY, "too late")]


def test_a_day_is_skipped_once_and_then_not_waited_for(store: Store) -> None:
    first = [Skip(THURSDAY, "one reason"), Skip(FRIDAY, "another")]

    assert store.agenda.skip(first, now=NOW) == first
    assert store.agenda.skip([Skip(FRIDAY, "a third")], now=NOW) == []
    assert not store.agenda.wait(WAITING, now=NOW)
    assert store.agenda.skips(THURSDAY) == first[::-1]


def test_a_published_day_is_neither_waited_for_nor_skipped(store: Store) -> None:
    publish(store, FRIDAY)

    assert not store.agenda.wait(WAITING, now=NOW)
    assert store.agenda.skip([Skip(FRIDAY, "a reason")], now=NOW) == []


def test_publishing_takes_the_day_off_the_agenda(store: Store) -> None:
    store.agenda.wait(WAITING, now=NOW)

    publish(store, FRIDAY)

    assert store.agenda.waiting() is None
    assert store.agenda.skips(THURSDAY) == []
