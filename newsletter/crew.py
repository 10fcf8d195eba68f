"""Sender processes that share the work: started, listened to, stopped and outlived.

Each claims for itself, so that they need not know of each other: what one of them has on the
wire when it is killed is taken over, by its lease, by the others or by us.
"""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import IO

import newsletter
from newsletter import errors
from newsletter.composing import make_composer
from newsletter.delivery.dispatch import run, suppress_spent
from newsletter.delivery.progress import Dispatched, Tell, add_up
from newsletter.delivery.stop import Stop
from newsletter.errors import NewsletterError
from newsletter.orders import STOP, Ended, read_told, write_orders
from newsletter.settings import Settings, Smtp
from newsletter.store import Store
from newsletter.store.engine import parse_url

_log = logging.getLogger(__name__)

#: From so many due deliveries on lean processes are worth their start.
WORTH_A_CREW = 1_000
#: How many processes at most unless the settings say otherwise, and with fewer connections than
#: how many one has little to write together. SQLite has one writer at a time: two that wait for
#: it are faster than one only with much to write each.
_ON_SQLITE, _ON_SERVER = (2, 50), (4, 10)
#: Seconds between two looks at a wish to stop.
_LOOK = 0.2
#: Seconds between two words on what is done.
_PAUSE = 0.1
#: For how long after `delivery.drain` a sender may take to end.
_GRACE = timedelta(seconds=30)


def send_out(
    store: Store,
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    random: Random,
    stop: Stop,
    progress: Tell,
) -> Dispatched:
    """Send what is due: much of it with lean processes, the rest in this one.

    The arguments and errors are those of `dispatch`.
    """
    done = Dispatched()
    resends = settings.delivery.in_doubt == "resend"
    due = store.ledger.due(clock(), resends)
    shares = share_out(settings, os.cpu_count() or 1)
    if due >= WORTH_A_CREW and not store.ledger.paused():
        done = _send_with_crew(store, shares, due, clock=clock, stop=stop, progress=progress)

    def tell(ours: Dispatched, left: int) -> None:
        progress(add_up([done, ours]), done.done + left)

    with store.ledger.kept() as ledger:
        rest = run(
            ledger,
            make_composer(settings, store, clock()),
            settings,
            clock=clock,
            random=random,
            stop=stop,
            progress=tell,
            pause=_PAUSE,
        )
    return add_up([done, rest])


def share_out(settings: Settings, cores: int) -> list[Settings]:
    """The settings of each process: the connections are shared among them.

    There are no more processes than connections, to the relay and for any domain.
    """
    smtp = settings.smtp
    is_sqlite = parse_url(settings.store.url).get_backend_name() == "sqlite"
    most, worth_one = _ON_SQLITE if is_sqlite else _ON_SERVER
    sensible = max(1, min(most, cores, smtp.connections // worth_one))
    narrow = [limit.connections for limit in smtp.domains.values() if limit.connections]
    number = min(smtp.processes or sensible, smtp.connections, *narrow)
    return [replace(settings, smtp=_take_share(smtp, place, number)) for place in range(number)]


def _take_share(smtp: Smtp, place: int, number: int) -> Smtp:
    def share(connections: int) -> int:
        least, more = divmod(connections, number)
        return least + (place < more)

    domains = {
        domain: replace(limit, connections=share(limit.connections))
        for domain, limit in smtp.domains.items()
    }
    return replace(smtp, connections=share(smtp.connections), domains=domains)


def _send_with_crew(
    store: Store,
    shares: Sequence[Settings],
    due: int,
    *,
    clock: Callable[[], datetime],
    stop: Stop,
    progress: Tell,
) -> Dispatched:
    with _start(shares) as crew:
        ended = crew.listen(stop, lambda done: progress(done, due))
    pause = store.ledger.paused()
    if pause is None or pause.is_by_hand:
        suppress_spent(store.ledger, clock())
    if ended is not None:
        raise _find_error(ended)
    return crew.done


def _find_error(ended: Ended) -> Exception:
    kind = getattr(errors, ended.error, None)
    if isinstance(kind, type) and issubclass(kind, NewsletterError):
        return kind(ended.message)
    return RuntimeError(f"a sender process failed\n{ended.message}")


@dataclass(eq=False)
class _Sender:
    process: subprocess.Popen[bytes]
    done: Dispatched = field(default_factory=Dispatched)
    end: Ended | None = None

    def say(self, words: bytes) -> None:
        """Tell it; one that is gone needs not to be told."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(words)
            self.process.stdin.flush()


@dataclass
class _Crew:
    senders: list[_Sender]
    patience: timedelta
    told: queue.Queue[tuple[_Sender, str]] = field(default_factory=queue.Queue)
    wishes: int = 0
    kill_at: float = float("inf")

    @property
    def done(self) -> Dispatched:
        return add_up([sender.done for sender in self.senders])

    def listen(self, stop: Stop, progress: Callable[[Dispatched], None]) -> Ended | None:
        """Until all have ended: the first that ended with an error, if one did."""
        for sender in self.senders:
            assert sender.process.stdout is not None
            threading.Thread(
                target=self._pass_on, args=(sender, sender.process.stdout), daemon=True
            ).start()
        working, failed = set(self.senders), None
        while working:
            self._heed(stop, failed)
            with suppress(queue.Empty):
                sender, line = self.told.get(timeout=_LOOK)
                if line:
                    self._take(sender, line, progress)
                else:
                    working.remove(sender)
                    failed = failed or self._see_off(sender)
        return failed

    def _pass_on(self, sender: _Sender, lines: IO[bytes]) -> None:
        with lines:
            for line in lines:
                if line.endswith(b"\n"):  # else its sender was killed in the middle of it
                    self.told.put((sender, line.decode()))
        self.told.put((sender, ""))

    def _heed(self, stop: Stop, failed: Ended | None) -> None:
        """Pass on a wish to stop; where one has failed, the others are to end as well."""
        wishes = 2 if stop.insisted else 1 if stop.asked or failed else 0
        for _ in range(self.wishes, wishes):
            for sender in self.senders:
                sender.say(STOP)
        if wishes and not self.wishes:
            self.kill_at = time.monotonic() + self.patience.total_seconds()
        self.wishes = max(self.wishes, wishes)
        if time.monotonic() >= self.kill_at:
            for sender in self.senders:
                sender.process.kill()

    def _take(self, sender: _Sender, line: str, progress: Callable[[Dispatched], None]) -> None:
        told = read_told(line)
        if isinstance(told, Ended):
            sender.done, sender.end = told.done, told
        elif isinstance(told, Dispatched):
            sender.done = told
            progress(self.done)
        else:
            record = logging.makeLogRecord(told)
            logging.getLogger(record.name).handle(record)

    def _see_off(self, sender: _Sender) -> Ended | None:
        code = sender.process.wait()
        if sender.end is None:
            _log.warning(
                "a sender process ended before its time (exit code %s); what it had on the wire"
                " is taken over when its lease ends",
                code,
            )
            return None
        return sender.end if sender.end.error else None


@contextmanager
def _start(shares: Sequence[Settings]) -> Iterator[_Crew]:
    """Start the senders; whatever happens, they end before the `with` block does."""
    senders: list[_Sender] = []
    level = logging.getLogger("newsletter.delivery").getEffectiveLevel()
    try:
        for settings in shares:
            sender = _Sender(_spawn())
            senders.append(sender)
            sender.say(write_orders(settings, level=level).encode() + b"\n")
        yield _Crew(senders, shares[0].delivery.drain + _GRACE)
    finally:
        for sender in senders:
            assert sender.process.stdin is not None
            with suppress(BrokenPipeError):
                sender.process.stdin.close()  # whoever still works stops
        for sender in senders:
            sender.process.wait()


def _spawn() -> subprocess.Popen[bytes]:
    # Our own package, whatever lies in the folder we are called from; and no setting of ours,
    # as a password among them would show to whoever may read a process's environment.
    own = {name: it for name, it in os.environ.items() if not name.startswith("NEWSLETTER_")}
    path = [str(Path(newsletter.__file__).parents[1]), *filter(None, [own.get("PYTHONPATH")])]
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "newsletter.sender"],
        env={**own, "PYTHONPATH": os.pathsep.join(path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        process_group=0,  # Ctrl-C in a terminal is for us; we pass it on
    )
