"""What the tests of delivery share: an audience, messages, settings, a run.

Run as a program it is a sender of its own, to be killed: URL, PORT and options.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import event

import make
from newsletter.delivery.dispatch import Dispatched, Stop, run
from newsletter.errors import NewsletterError
from newsletter.model import Claimed, Edition, Message, Status
from newsletter.settings import Delivery, Settings, Smtp
from newsletter.store import Store, open_store

NOW = datetime(2026, 8, 14, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ROOT = Path(__file__).parents[2]


def publish(store: Store, addresses: Iterable[str], day: date = make.DAY) -> None:
    """Make readers of the addresses, and queue the day's issue for every reader."""
    store.subscribers.add([(address, "") for address in addresses], now=NOW)
    issue = make.issue(day=day)
    store.editions.publish(Edition(day=day, papers=()), issue, now=NOW)


def names(count: int) -> list[str]:
    return [f"reader{number}@example.org" for number in range(count)]


def compose(claimed: Claimed) -> Message:
    head = f"To: {claimed.address}\r\nMessage-ID: <{claimed.id}@example.org>\r\n\r\n"
    return Message("papers@example.org", claimed.address, head.encode(), (b"Papers.\r\n" * 20,))


def make_settings(
    port: int, *, lease: float = 5, patience: float = 0.6, drain: float = 5, **changes: Any
) -> Settings:
    """Settings that lead to a sink; every time-out is short."""
    smtp: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "local_hostname": "sender.example.org",
        "connections": 3,
        "connect_timeout": SECOND,
        "command_timeout": SECOND * 0.3,
        "data_timeout": SECOND * 0.3,
        "dot_timeout": SECOND * 0.3,
    }
    in_doubt = changes.pop("in_doubt", "resend")
    delivery = Delivery(
        lease=SECOND * lease,
        relay_patience=SECOND * patience,
        drain=SECOND * drain,
        in_doubt=in_doubt,
    )
    return Settings(smtp=Smtp(**{**smtp, **changes}), delivery=delivery)


def be_quiet(done: Dispatched, due: int) -> None:
    """Whoever is not told of progress."""


def deliver(
    store: Store,
    settings: Settings,
    *,
    clock: Callable[[], datetime] = lambda: NOW,
    stop: Stop | None = None,
    progress: Callable[[Dispatched, int], None] = be_quiet,
    compose: Callable[[Claimed], Message] = compose,
    day: date | None = None,
) -> Dispatched:
    return run(
        store.ledger,
        compose,
        settings,
        clock=clock,
        random=Random(8),
        stop=stop or Stop(),
        progress=progress,
        day=day,
    )


def statuses(store: Store) -> dict[str, Status]:
    return {delivery.address or "": delivery.status for delivery in store.ledger.deliveries()}


def counts(store: Store) -> Counter[Status]:
    return Counter(delivery.status for delivery in store.ledger.deliveries())


def command(url: str, port: int, **options: Any) -> list[str]:
    """The command line of a sender in a process of its own."""
    return [sys.executable, __file__, url, str(port), *(f"{k}={v}" for k, v in options.items())]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}


def find_senders(parent: int) -> list[int]:
    """The sender processes that a process has started."""
    lists = [it.read_text() for it in Path(f"/proc/{parent}/task").glob("*/children")]
    found = {int(pid): Path(f"/proc/{pid}/cmdline") for it in lists for pid in it.split()}
    return [pid for pid, line in found.items() if b"newsletter.sender" in line.read_bytes()]


def make_trouble(store: Store, trouble: str, after: int) -> Callable[[Dispatched, int], None]:
    """After so many messages the store refuses this process, by the database's own means."""
    statements = {
        ("sqlite", "full"): "PRAGMA max_page_count = 1",  # as small as what is there
        ("sqlite", "read-only"): "PRAGMA query_only = ON",
        ("sqlite", "locked"): "PRAGMA busy_timeout = 100",
        ("postgresql", "read-only"): "SET default_transaction_read_only = on",
        ("postgresql", "locked"): "SET lock_timeout = '100ms'",
    }
    statement = statements[store.engine.dialect.name, trouble]
    has_begun = False

    @event.listens_for(store.engine, "checkout")
    def refuse(connection: Any, *_: object) -> None:
        if has_begun:
            connection.execute(statement)
            connection.commit()

    def tell(done: Dispatched, due: int) -> None:
        nonlocal has_begun
        if done.sent >= after and not has_begun:
            has_begun = True
            print("now", flush=True)  # noqa: T201
            time.sleep(0.5)  # nothing is written now: whoever wants a lock gets it

    return tell


def main(url: str, port: str, *words: str) -> None:
    options: dict[str, Any] = dict(word.split("=") for word in words)
    for key, kind in (("lease", float), ("connections", int), ("rate", float)):
        if key in options:
            options[key] = kind(options[key])
    if options.pop("slow", ""):  # so slow to lose patience that the test is sooner
        options["dot_timeout"] = SECOND * 60
    if room := options.pop("room", ""):  # what a full disk does, for this process alone
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(room), int(room)))
    trouble, _, after = str(options.pop("trouble", "")).partition(":")
    stop = Stop()
    try:
        with open_store(url) as store, stop.on_signals():
            progress = make_trouble(store, trouble, int(after)) if trouble else be_quiet
            settings = make_settings(int(port), **options)
            done = deliver(store, settings, stop=stop, progress=progress)
    except NewsletterError as error:
        print(error)  # noqa: T201
        sys.exit(error.exit_code)
    print(done.sent, done.stopped, *done.doubtful)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
