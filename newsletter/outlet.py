"""Where mail goes: through the relay, or into the sandbox with a store of its own.

Nothing leaves the machine by accident, and nothing stays by accident: without a relay
mail goes to the sandbox, unless this newsletter has been sent through one before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from newsletter.errors import ConfigError
from newsletter.roster import Roster
from newsletter.roster import read as read_roster
from newsletter.settings import Settings
from newsletter.shipped import shipped
from newsletter.store import Store, look_into, open_store
from newsletter.store.engine import parse_url
from newsletter.store.migrate import upgrade

_SANDBOX = Path("var/sandbox")


@dataclass(frozen=True, slots=True)
class Outlet:
    """A store and the way out that belongs to it."""

    store_url: str
    #: The Maildir mail is kept in; None where it goes through the relay.
    maildir: Path | None

    @property
    def is_sandbox(self) -> bool:
        return self.maildir is not None

    @property
    def has_store(self) -> bool:
        """Whether its store is there; reading must not make one."""
        return store_exists(self.store_url)


def choose_outlet(settings: Settings, *, sandbox: bool = False) -> Outlet:
    """The sandbox if it is asked for or there is no relay; else the relay.

    Raises:
        ConfigError: `smtp.host` is empty, though real mail has been sent before.
    """
    if settings.smtp.host and not sandbox:
        return Outlet(settings.store.url, None)
    if not sandbox and _relay_was_used(settings.store.url):
        raise ConfigError(
            "smtp.host is empty, but this newsletter has been sent through a relay before; "
            "set smtp.host, or say --sandbox to keep the mail on this machine"
        )
    folder = settings.home / _SANDBOX
    return Outlet(f"sqlite:///{folder / 'newsletter.db'}", folder / "mail")


def store_exists(url: str) -> bool:
    """Whether there is a store to open; a server's database is taken to be there."""
    parsed = parse_url(url)
    file = Path(str(parsed.database))
    return parsed.get_backend_name() != "sqlite" or (file.is_file() and file.stat().st_size > 0)


@contextmanager
def looking(outlet: Outlet, *, writes: bool = False) -> Iterator[Store | None]:
    """The outlet's store to look into; None where there is none yet, and none is made.

    Args:
        writes: bring an older one up to date, as what is written is of this program's form.

    Raises:
        ConfigError: it is older than this program and not to be changed, or not for it.
        StoreUnavailable: the database cannot be read.
    """
    remedy = "" if writes else f"newsletter status{' --sandbox' if outlet.is_sandbox else ''}"
    store = look_into(outlet.store_url, remedy=remedy) if outlet.has_store else None
    if store is None:
        yield None
        return
    with store:
        if writes:
            upgrade(store.engine)
        yield store


def _relay_was_used(url: str) -> bool:
    # Nothing is published in the real store but for a relay, so its editions tell.
    store = look_into(url) if store_exists(url) else None
    if store is None:
        return False
    with store:
        return bool(store.editions.days())


@contextmanager
def open_outlet(settings: Settings, outlet: Outlet, now: datetime) -> Iterator[Store]:
    """The outlet's store; a sandbox has readers from the first."""
    with open_store(outlet.store_url) as store:
        if outlet.is_sandbox:
            add_sample_readers(settings, store, now)
        yield store


@contextmanager
def way_out(settings: Settings, outlet: Outlet) -> Iterator[Settings]:
    """The settings as they are; for the sandbox with its own server for a relay, running."""
    if outlet.maildir is None:
        yield settings
        return
    from newsletter.delivery.sandbox import sandbox

    with sandbox(outlet.maildir) as (host, port):
        relay = replace(
            settings.smtp, host=host, port=port, security="none", username="", password=""
        )
        yield replace(settings, smtp=relay)


def add_sample_readers(settings: Settings, store: Store, now: datetime) -> None:
    """Give a sandbox that has no readers yet the sample ones."""
    if any(store.subscribers.count_by_status().values()):
        return
    store.subscribers.add(read_sample_readers(settings).entries, now=now)


def read_sample_readers(settings: Settings) -> Roster:
    """The sandbox's readers: the newsletter's own file of them, or the one that comes along."""
    own = settings.home / "data" / "subscribers.csv"
    return read_roster(own if own.is_file() else shipped() / "data" / "subscribers.csv")
