"""One program at a time sends: a lock in the store that names its holder.

Nothing would be sent twice without it, that is the ledger's work; it keeps cron from
piling up programs that wait for each other's deliveries, and tells who is at it.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from newsletter.delivery.stop import Stop
from newsletter.errors import Busy, StoreUnavailable
from newsletter.store import Store
from newsletter.windows import in_words

_log = logging.getLogger(__name__)

#: The lock's name.
SENDING = "sending"
#: Seconds between two tries of one who waits.
_LOOK = 0.2


@contextmanager
def take_turn(
    store: Store,
    lease: timedelta,
    *,
    wait: bool,
    stop: Stop,
    tell: Callable[[str], None],
) -> Iterator[None]:
    """Hold the lock while the `with` block lasts.

    Args:
        lease: how long after our death the lock is free.
        wait: for whoever has it; else give up at once.
        stop: ends the wait.
        tell: told for whom we wait.

    Raises:
        Busy: somebody else has it, and we do not wait or were asked to stop.
    """
    holder = f"{socket.gethostname()[:64]}, process {os.getpid()} ({secrets.token_hex(3)})"
    _take(store, holder, lease, wait=wait, stop=stop, tell=tell)
    ended = threading.Event()
    keeper = threading.Thread(target=_keep, args=(store, holder, lease, ended), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()
        store.locks.release(SENDING, holder)


def _take(
    store: Store,
    holder: str,
    lease: timedelta,
    *,
    wait: bool,
    stop: Stop,
    tell: Callable[[str], None],
) -> None:
    told = False
    while not store.locks.take(SENDING, holder, lease):
        words = say_holder(store)
        if not wait or stop.asked:
            raise Busy(f"{words or 'Another program is sending'}; run the command again.")
        if words and not told:
            tell(f"{words}; waiting for it.")
            told = True
        time.sleep(_LOOK)


def say_holder(store: Store) -> str:
    """Who is sending, and for how long; "" where nobody is."""
    holder = store.locks.holder(SENDING)
    return f"{holder.name} has been sending for {in_words(holder.age)}" if holder else ""


def _keep(store: Store, holder: str, lease: timedelta, ended: threading.Event) -> None:
    while not ended.wait(lease.total_seconds() / 3):
        try:
            store.locks.renew(SENDING, holder, lease)
        except StoreUnavailable as error:  # the ledger's own leases keep mail from going twice
            _log.warning("the lock was not renewed: %s", error)
