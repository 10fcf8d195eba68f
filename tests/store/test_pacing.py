"""The rows by which all senders of a store keep to one pace."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from delivery.sending import NOW, publish

from newsletter.delivery.pace import ALL, Ask, Pace
from newsletter.model import Among
from newsletter.store import Store


def test_nobody_has_asked_for_anything_yet(store: Store) -> None:
    paces = store.ledger.pace({})

    assert (dict(paces.rows), dict(paces.blocks)) == ({}, {})


def test_blocks_follow_upon_each_other(store: Store) -> None:
    first = store.ledger.pace({ALL: Ask(rate=100.0)})
    second = store.ledger.pace({ALL: Ask(rate=100.0)})

    assert first.blocks[ALL].start == first.now
    assert first.blocks[ALL].count == 20
    assert second.blocks[ALL].start == pytest.approx(first.blocks[ALL].end)


def test_whoever_asks_at_once_never_gets_the_same_moment(store: Store) -> None:
    def ask(number: int) -> list[float]:
        block = store.ledger.pace({ALL: Ask(rate=1000.0), "example.com": Ask()}).blocks[ALL]
        return [round(block.start + place * block.interval, 5) for place in range(block.count)]

    with ThreadPoolExecutor(4) as pool:
        moments = [moment for block in pool.map(ask, range(40)) for moment in block]

    assert len(moments) == len(set(moments)) == 40 * 200


def test_a_cut_is_seen_by_all_and_made_once_for_what_was_under_way(store: Store) -> None:
    cut = store.ledger.pace({"example.com": Ask(cut=0.5)})
    again = store.ledger.pace({"example.com": Ask(cut=0.5)})

    assert cut.rows["example.com"].share == 0.5
    assert again.rows["example.com"] == cut.rows["example.com"]
    assert store.ledger.pace({}).rows == cut.rows


def test_each_key_has_a_row_of_its_own(store: Store) -> None:
    paces = store.ledger.pace({ALL: Ask(cut=1.0), "example.com": Ask(rate=10.0)})

    assert paces.rows[ALL].share == 0.5
    assert paces.rows["example.com"].share == 1
    assert set(paces.blocks) == {"example.com"}
    assert isinstance(paces.rows[ALL], Pace)


def test_a_claim_may_be_among_one_domain_or_all_others(store: Store) -> None:
    publish(store, ["a@one.org", "b@two.org", "c@One.org", "d@anyone.org", "e@two.org"])

    ids = {it.address[0]: it.id for it in store.ledger.deliveries()}

    def claim(among: Among) -> list[str]:
        lease = timedelta(minutes=1)
        claimed = store.ledger.claim("me", now=NOW, limit=9, lease=lease, resend=True, among=among)
        store.ledger.release("me")
        return sorted(one.address[0] for one in claimed)

    assert claim(Among(domain="one.org")) == ["a", "c"]
    assert claim(Among(without=("one.org",))) == ["b", "d", "e"]
    assert claim(Among(without=("one.org", "anyone.org"), after=ids["e"])) == ["b"]
    assert claim(Among(domain="two.org", after=ids["e"])) == ["b"]
