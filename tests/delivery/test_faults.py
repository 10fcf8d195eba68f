"""Each stage of SMTP × what can go wrong there: the ledger against what the relay took."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from delivery.sending import counts, deliver, make_settings, names, publish, statuses
from delivery.sink import Sink

from newsletter.model import Status
from newsletter.store import Store, open_store


def store_in(folder: Path) -> Store:
    return open_store(f"sqlite:///{folder / 'newsletter.db'}")


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("rcpt=550=5.1.1", Status.REJECTED),
        ("rcpt=550", Status.REJECTED),
        ("rcpt=550=5.7.1", Status.FAILED),
        ("rcpt=451=4.7.1", Status.DEFERRED),
        ("rcpt=452=4.2.2", Status.DEFERRED),
        ("rcpt=421", Status.DEFERRED),
        ("rcpt=501", Status.FAILED),
        ("rcpt=drop==1", Status.SENT),
        ("rcpt=reset==2", Status.SENT),
        ("rcpt=garbage==1", Status.SENT),
        ("rcpt=stray==1", Status.SENT),
        ("rcpt=late==1", Status.SENT),
        ("rcpt=never==1", Status.SENT),
        ("rcpt=drop", Status.DEFERRED),
        ("rcpt=garbage", Status.DEFERRED),
        ("data=451", Status.DEFERRED),
        ("data=554", Status.FAILED),
        ("data=421", Status.DEFERRED),
        ("data=drop==1", Status.SENT),
        ("data=garbage==1", Status.SENT),
        ("data=stray==1", Status.SENT),
        ("data=late==1", Status.SENT),
        ("data=never==1", Status.SENT),
        ("dot=550=5.1.1", Status.REJECTED),
        ("dot=554=5.7.1", Status.FAILED),
        ("dot=451", Status.DEFERRED),
        ("dot=421", Status.DEFERRED),
        ("dot=drop", Status.IN_DOUBT),
        ("dot=reset", Status.IN_DOUBT),
        ("dot=garbage", Status.IN_DOUBT),
        ("dot=never", Status.IN_DOUBT),
        ("dot=late", Status.IN_DOUBT),
        ("dot=stray", Status.SENT),
        ("lost=drop", Status.IN_DOUBT),
        ("lost=never", Status.IN_DOUBT),
    ],
)
def test_whatever_goes_wrong_the_ledger_agrees_with_the_relay(
    tmp_path: Path, fault: str, status: Status
) -> None:
    address = f"{fault}+odd@example.org"
    with store_in(tmp_path) as store, Sink() as sink:
        publish(store, [*names(4), address])
        done = deliver(store, make_settings(sink.port, in_doubt="hold", patience=3))
        found = statuses(store)

    assert found.pop(address) is status
    assert set(found.values()) == {Status.SENT}
    taken = Counter(sink.accepted)
    assert [taken[name] for name in names(4)] == [1] * 4
    assert taken[address] <= 1
    if status is not Status.IN_DOUBT:
        assert taken[address] == (status is Status.SENT)
    assert done.doubtful == ((address,) if status is Status.IN_DOUBT else ())


@pytest.mark.parametrize(
    "fault",
    [
        "greeting=421==3",
        "greeting=drop==3",
        "greeting=garbage==2",
        "greeting=554==2",
        "ehlo=421==2",
        "ehlo=drop==3",
        "ehlo=never==1",
        "mail=421==3",
        "mail=451==3",
        "mail=drop==3",
        "mail=garbage==2",
        "mail=stray==2",
        "mail=never==1",
        "mail=late==2",
        "quit=drop",
        "quit=never",
        "quit=garbage",
    ],
)
def test_the_relays_own_trouble_that_passes_is_not_noticed_by_readers(
    tmp_path: Path, fault: str
) -> None:
    with store_in(tmp_path) as store, Sink(faults=(fault,)) as sink:
        publish(store, names(8))
        deliver(store, make_settings(sink.port, patience=20, messages_per_connection=3))
        attempts = {it.attempts for it in store.ledger.deliveries()}
        found = counts(store)

    assert found == {Status.SENT: 8}
    assert attempts == {1}
    assert sorted(sink.accepted) == sorted(names(8))
