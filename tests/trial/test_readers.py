"""The email as one reader gets it, and nothing recorded by looking."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import make
from newsletter.errors import UsageError
from newsletter.message import escape_html, fill
from newsletter.model import Edition
from newsletter.outlet import choose_outlet, open_outlet
from newsletter.pipeline import make_composer
from newsletter.settings import Settings, Smtp, StoreSection, Web
from newsletter.store import open_store
from newsletter.trial.readers import find_readers, see_as

NOW = datetime(2026, 8, 15, 9, tzinfo=UTC)


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    return replace(Settings(), home=tmp_path)


def test_before_the_first_mail_the_sample_readers_are_there_and_no_store_is_made(
    own: Settings,
) -> None:
    outlet = choose_outlet(own)

    found = find_readers(own, outlet, "TANAKA", limit=9)
    eyes = see_as(own, outlet, found[0].id)

    assert [reader.address for reader in found] == ["kenji.tanaka+papers@example.org"]
    assert eyes.values(make.issue())["name"] == found[0].name
    assert not (own.home / "var").exists()


def test_a_reader_sees_byte_for_byte_what_is_sent(own: Settings) -> None:
    outlet = choose_outlet(own)
    with open_outlet(own, outlet, NOW) as store:
        store.editions.publish(
            Edition(day=make.DAY, papers=(make.ranked(),)), make.issue(), now=NOW
        )
        compose = make_composer(own, store, NOW)
        reader = store.subscribers.find("zoe")[0]
        sent = compose(
            make.claimed(subscriber_id=reader.id, address=reader.address, name=reader.name)
        )

    eyes = see_as(own, outlet, reader.id)

    assert eyes.message(make.issue()) == sent.head + sent.body
    assert eyes.values(make.issue())["unsubscribe_url"].rpartition("%20")[2] == eyes.token
    assert eyes.token in fill(make.issue().html, eyes.values(make.issue()), escape_html)


def test_looking_makes_no_key(own: Settings) -> None:
    outlet = choose_outlet(own)
    with open_outlet(own, outlet, NOW):
        pass

    eyes = see_as(own, outlet, 1)

    assert eyes.token == "preview"
    with open_store(outlet.store_url) as store:
        assert store.keys.known("unsubscribe") == ()


def test_a_key_of_the_operators_signs_without_being_recorded(own: Settings) -> None:
    own = replace(own, web=Web(signing_key="secret"))
    outlet = choose_outlet(own)
    with open_outlet(own, outlet, NOW) as store:
        pass

    assert see_as(own, outlet, 1).token.startswith("1~")
    with open_store(outlet.store_url) as store:
        assert store.keys.known("unsubscribe") == ()


def test_with_a_relay_only_its_own_readers_are_there(own: Settings) -> None:
    url = f"sqlite:///{own.home / 'real.db'}"
    own = replace(own, smtp=Smtp(host="relay.example.org"), store=StoreSection(url=url))
    outlet = choose_outlet(own)
    assert find_readers(own, outlet, "", limit=9) == []
    with open_store(url) as store:
        entries = [(f"reader{number}@example.org", "Reader 100%") for number in range(30)]
        store.subscribers.add(entries, now=NOW)

    assert len(find_readers(own, outlet, "", limit=9)) == 9
    assert len(find_readers(own, outlet, "0%", limit=99)) == 30
    assert find_readers(own, outlet, "1%0", limit=9) == []
    with pytest.raises(UsageError, match="no reader 99"):
        see_as(own, outlet, 99)
