"""Each stage of SMTP × what can go wrong there: the ledger against what the relay took.

What can go wrong: each row of the reply policy, and the connection's own troubles.
"""

from __future__ import annotations

import re
import shutil
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest
from delivery.conftest import Certify
from delivery.sending import SECOND, counts, deliver, make_settings, names, publish, statuses
from delivery.sink import Sink, offers_of

import make
from newsletter.errors import RelayUnavailable
from newsletter.model import Status, SubscriberStatus
from newsletter.settings import Settings
from newsletter.store import Store, open_store

TROUBLES = ("drop", "reset", "garbage", "stray", "late", "never")
#: A code of each row of the policy, with an enhanced one where that decides.
ROWS = (
    "421", "450", "451=4.7.1", "452", "452=4.2.2", "454=4.7.0", "500", "501", "502", "503", "504",
    "521", "530=5.7.0", "535=5.7.8", "538", "550", "550=5.1.0", "550=5.1.1", "550=5.1.2",
    "550=5.1.3", "550=5.1.6", "550=5.1.8", "550=5.1.10", "550=5.2.1", "550=5.7.1", "552",
    "552=5.2.2", "552=5.3.4", "554", "554=5.3.4", "554=5.7.1", "556",
)  # fmt: skip
PASSWORD = "correct horse"
#: What the relay says about us, whatever the reader: the run ends and nobody is touched.
ABOUT_US = {"530=5.7.0", "535=5.7.8", "538", "552=5.3.4", "554=5.3.4"}
ABOUT_US_AT_RCPT = {*ABOUT_US, "550=5.1.8"}
DEAD = {"550=5.1.1", "550=5.1.2", "550=5.1.3", "550=5.1.6", "550=5.1.10", "550=5.2.1", "556"}


@pytest.fixture
def folder(tmp_path: Path, migrated_file: Path) -> Path:
    """A folder with a store, which holds nothing yet."""
    shutil.copy(migrated_file, tmp_path / "newsletter.db")
    return tmp_path


def store_in(folder: Path) -> Store:
    return open_store(f"sqlite:///{folder / 'newsletter.db'}")


def expect(stage: str, what: str) -> Status:
    """The handbook's table, for a stage at which a recipient is known."""
    if what in TROUBLES:
        return expect_trouble(stage, what)
    code, _, enhanced = what.partition("=")
    if code.startswith("4") or enhanced == "5.2.2" or (stage == "rcpt" and code == "552"):
        return Status.DEFERRED
    if stage == "rcpt" and (what in DEAD or not enhanced or enhanced.startswith("5.1.")):
        return Status.FAILED if 500 <= int(code) <= 504 else Status.REJECTED
    return Status.REJECTED if stage == "dot" and enhanced.startswith("5.1.") else Status.FAILED


def expect_trouble(stage: str, what: str) -> Status:
    if stage in ("dot", "lost"):
        return Status.SENT if what == "stray" else Status.IN_DOUBT
    return Status.SENT if what == "late" else Status.DEFERRED


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("stage", ["rcpt", "data", "dot", "lost"])
def test_whatever_goes_wrong_for_a_reader_the_ledger_agrees_with_the_relay(
    folder: Path, stage: str, together: bool
) -> None:
    about_us = ABOUT_US_AT_RCPT if stage == "rcpt" else ABOUT_US
    rows = () if stage == "lost" else tuple(row for row in ROWS if row not in about_us)
    # Each in a domain of its own, with others between them, so that no alarm is raised.
    odd = {f"{stage}={what}+r@d{n}.org": what for n, what in enumerate((*TROUBLES, *rows))}
    plain = names(4 * len(odd))
    addresses = [it for n, one in enumerate(odd) for it in (*plain[4 * n : 4 * n + 4], one)]

    with store_in(folder) as store, Sink(late=0.2, offers=offers_of(together)) as sink:
        publish(store, addresses)
        settings = make_settings(
            sink.port, in_doubt="hold", patience=120, lease=30, command_timeout=SECOND * 1.5,
            data_timeout=SECOND * 1.5, dot_timeout=SECOND * (0.1 if stage != "rcpt" else 1.5),
        )  # fmt: skip
        done = deliver(store, settings)
        found = statuses(store)
        suppressed = {it.address for it in store.subscribers.iterate(SubscriberStatus.SUPPRESSED)}

    taken = Counter(sink.accepted)
    assert {what: found[one] for one, what in odd.items()} == {
        what: expect(stage, what) for what in odd.values()
    }
    assert {found[name] for name in plain} == {Status.SENT}
    for address, status in found.items():
        assert taken[address] <= 1
        if status is not Status.IN_DOUBT:
            assert taken[address] == (status is Status.SENT), address
    assert set(done.doubtful) == {it for it, status in found.items() if status is Status.IN_DOUBT}
    assert suppressed == {one for one, what in odd.items() if stage == "rcpt" and what in DEAD}


@pytest.mark.parametrize(
    ("stage", "what"),
    [
        *(("rcpt", what) for what in sorted(ABOUT_US_AT_RCPT)),
        *((stage, what) for stage in ("data", "dot") for what in sorted(ABOUT_US)),
    ],
)
def test_a_refusal_of_us_at_a_reader_ends_the_run_and_touches_nobody(
    folder: Path, stage: str, what: str
) -> None:
    with store_in(folder) as store, Sink() as sink:
        publish(store, [f"{stage}={what}+r{number}@example.org" for number in range(5)])
        with pytest.raises(RelayUnavailable, match="no reader is to blame"):
            deliver(store, make_settings(sink.port))
        found = counts(store)
        suppressed = store.subscribers.count_by_status()[SubscriberStatus.SUPPRESSED]

    assert found == {Status.QUEUED: 5}
    assert suppressed == 0
    assert not sink.accepted


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("what", ["drop", "reset", "garbage", "stray", "late", "never"])
@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_what_passes_before_the_dot_is_not_noticed(
    folder: Path, stage: str, what: str, times: int
) -> None:
    address = f"{stage}={what}=={times}+odd@example.org"
    with store_in(folder) as store, Sink() as sink:
        publish(store, [*names(2), address])
        deliver(store, make_settings(sink.port, patience=20))
        found = statuses(store)

    assert set(found.values()) == {Status.SENT}
    assert sorted(sink.accepted) == sorted([*names(2), address])


#: What is refused for ever where it is said, and ends the run.
FINAL = {
    "greeting": {"521"},
    "ehlo": set[str](),
    "starttls": set[str](),
    "auth": {what for what in ROWS if what.startswith("5")},
    "mail": {what for what in ROWS if what.startswith("5")},
    "quit": set[str](),
}


@dataclass
class Line:
    """A store and a relay that is in trouble of its own; an edition for each kind of it."""

    store: Store
    sink: Sink
    settings: Settings
    days: Iterator[date]

    def deliver(self, fault: str) -> tuple[Counter[Status], set[int], list[str]]:
        """What became of four readers: their statuses, their attempts, and who got it."""
        self.sink.faults = (fault,)
        self.sink.forget()
        day = next(self.days)
        publish(self.store, names(4), day=day)
        said = "run the command again, or not at all"
        try:
            deliver(self.store, self.settings, day=day)
        except RelayUnavailable as error:
            said = str(error)
        assert PASSWORD not in said
        assert re.search(r"run the command again|check smtp|offer STARTTLS", said)
        found = [*self.store.ledger.deliveries(day=day)]
        statuses, attempts = Counter(it.status for it in found), {it.attempts for it in found}
        return statuses, attempts, sorted(self.sink.accepted)


@contextmanager
def line(folder: Path, certify: Certify, ca_file: Path, patience: float = 60) -> Iterator[Line]:
    days = (make.DAY + number * timedelta(days=1) for number in count())
    with (
        store_in(folder) as store,
        Sink(tls=certify(), users={"me": PASSWORD}, late=0.4) as sink,
    ):
        settings = make_settings(
            sink.port, security="starttls", ca_file=ca_file, username="me", password=PASSWORD,
            connections=1, messages_per_connection=2, patience=patience, lease=60,
            connect_timeout=SECOND * 0.3, command_timeout=SECOND * 0.3,
            dot_timeout=SECOND * 10, data_timeout=SECOND * 10,
        )  # fmt: skip
        yield Line(store, sink, settings, days)


@pytest.mark.parametrize("stage", FINAL)
def test_the_relays_own_trouble_that_passes_is_not_noticed_by_readers(
    folder: Path, certify: Certify, ca_file: Path, stage: str
) -> None:
    whats = [what for what in (*TROUBLES, *ROWS) if what not in FINAL[stage]]
    whats = [what for what in whats if (stage, what) != ("greeting", "stray")]
    with line(folder, certify, ca_file) as ours:
        for what in whats:
            code, _, enhanced = what.partition("=")
            found = ours.deliver(f"{stage}={code}={enhanced}=1")
            assert found == ({Status.SENT: 4}, {1}, sorted(names(4))), what
        assert ours.store.subscribers.count_by_status()[SubscriberStatus.SUPPRESSED] == 0


@pytest.mark.parametrize("stage", [stage for stage, final in FINAL.items() if final])
def test_a_refusal_of_us_ends_the_run_and_touches_nobody(
    folder: Path, certify: Certify, ca_file: Path, stage: str
) -> None:
    with line(folder, certify, ca_file) as ours:
        for what in sorted(FINAL[stage]):
            assert ours.deliver(f"{stage}={what}") == ({Status.QUEUED: 4}, {0}, []), what
        assert ours.store.subscribers.count_by_status()[SubscriberStatus.SUPPRESSED] == 0


@pytest.mark.parametrize("stage", [stage for stage in FINAL if stage != "quit"])
def test_trouble_that_stays_ends_the_run_and_leaves_everybody_queued(
    folder: Path, certify: Certify, ca_file: Path, stage: str
) -> None:
    with line(folder, certify, ca_file, patience=0.2) as ours:
        for what in ("drop", "reset", "garbage", "never", "421", "451=4.7.1"):
            assert ours.deliver(f"{stage}={what}") == ({Status.QUEUED: 4}, {0}, []), what


def test_a_stray_line_before_the_offers_is_not_noticed_or_ends_the_run(
    folder: Path, certify: Certify, ca_file: Path
) -> None:
    """It hides the offer of STARTTLS, and nothing is sent in the clear unasked."""
    with store_in(folder) as store, Sink(faults=("greeting=stray==1",)) as sink:
        publish(store, names(4), day=make.DAY - timedelta(days=1))
        deliver(store, make_settings(sink.port, connections=1, patience=20))
        assert counts(store) == {Status.SENT: 4}

    with line(folder, certify, ca_file) as ours:
        assert ours.deliver("greeting=stray==1") == ({Status.QUEUED: 4}, {0}, [])


def test_a_relay_that_is_not_there_yet_is_waited_for(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    sink = Sink()
    sink.port = port

    def come_up() -> None:
        sink.__enter__()

    with store_in(folder) as store:
        publish(store, names(4))
        coming = start_later(0.5, come_up)
        deliver(store, make_settings(port, patience=60))
        coming.join()
        sink.__exit__()
        assert counts(store) == {Status.SENT: 4}


def start_later(seconds: float, act: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(seconds, act)
    timer.start()
    return timer
