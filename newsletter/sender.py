"""A sender process, `python -m newsletter.sender`: started by `newsletter.crew`, not by hand.

It claims and delivers as `dispatch` does anywhere, from the store and the published issue
alone, and so needs neither the command line nor templates, and little memory. It ends by
itself when nothing is due, on SIGTERM, and when whoever started it is gone.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
from datetime import UTC, datetime
from random import Random

from newsletter.composing import make_composer
from newsletter.delivery.dispatch import run
from newsletter.delivery.progress import Dispatched
from newsletter.delivery.stop import Stop
from newsletter.errors import NewsletterError
from newsletter.orders import STOP, Ended, read_orders, write_done, write_end, write_record
from newsletter.settings import Settings
from newsletter.store import open_store

#: Seconds between two words on what is done.
_PAUSE = 0.2
_STDIN = 0


class Wish(Stop):
    """One wish of our own, however many signals: systemd sends them to us and to who started
    us alike. To insist is for the latter alone, who says so in words.
    """

    def __init__(self) -> None:
        super().__init__()
        self._told = 0

    def hear(self, words: bytes) -> None:
        """What we were told on standard input; its end is a wish, too."""
        if words:
            self._told += words.count(STOP[-1:])
        else:
            self.ask()

    @property
    def asked(self) -> bool:
        return super().asked or self._told > 0

    @property
    def insisted(self) -> bool:
        return self._told > 1


class Voice:
    """Tells whoever started us; remembers what was done last."""

    def __init__(self) -> None:
        self.done = Dispatched()
        self._lock = threading.Lock()  # the ledger's thread may have something to log

    def tell(self, done: Dispatched, due: int) -> None:
        self.done = done
        self.say(write_done(done))

    def say(self, line: str) -> None:
        with self._lock:
            try:
                sys.stdout.write(line + "\n")
                sys.stdout.flush()
            except BrokenPipeError:  # nobody listens any more: the end of input stops us, too
                sys.stdout = open(os.devnull, "w")  # noqa: SIM115


class Telling(logging.Handler):
    """Passes what is logged on, to be logged once, in one form and order."""

    def __init__(self, voice: Voice) -> None:
        super().__init__()
        self._voice = voice

    def emit(self, record: logging.LogRecord) -> None:
        told = {**vars(record), "msg": record.getMessage(), "args": None, "exc_info": None}
        self._voice.say(write_record(told))


def main() -> None:
    """Follow the orders that come first on standard input."""
    voice, wish = Voice(), Wish()
    settings, level = read_orders(_read_line())
    logging.basicConfig(level=level, handlers=[Telling(voice)])
    threading.Thread(target=_listen, args=(wish,), daemon=True).start()
    with wish.on_signals():
        ended = _follow(settings, wish, voice)
    voice.say(write_end(ended))


def _follow(settings: Settings, stop: Stop, voice: Voice) -> Ended:
    try:
        done = _send(settings, stop, voice)
    except NewsletterError as error:
        return Ended(done=voice.done, error=type(error).__name__, message=str(error))
    except Exception:  # a bug: told to whoever started us, and raised there
        return Ended(done=voice.done, error="bug", message=traceback.format_exc())
    return Ended(done=done)


def _send(settings: Settings, stop: Stop, voice: Voice) -> Dispatched:
    with open_store(settings.store.url) as store, store.ledger.kept() as ledger:
        return run(
            ledger,
            make_composer(settings, store, _now()),
            settings,
            clock=_now,
            random=Random(),
            stop=stop,
            progress=voice.tell,
            pause=_PAUSE,
            judges_addresses=False,
        )


def _now() -> datetime:
    return datetime.now(UTC)


def _read_line() -> str:
    """The first line of standard input; what follows it is left for `_listen`."""
    line = b""
    while not line.endswith(b"\n"):
        if not (byte := os.read(_STDIN, 1)):
            sys.exit("the sender was given no orders: who started it is gone")
        line += byte
    return line.decode()


def _listen(wish: Wish) -> None:
    words = b"?"
    while words:
        words = os.read(_STDIN, 64)
        wish.hear(words)


if __name__ == "__main__":
    main()
