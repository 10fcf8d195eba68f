"""Where mail goes: through the relay, or into the sandbox with a store of its own.

Nothing leaves the machine by accident, and nothing stays by accident: without a relay
mail goes to the sandbox, unless this newsletter has been sent through one before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url

from newsletter.errors import ConfigError
from newsletter.settings import Settings
from newsletter.store import Store, open_store

_SANDBOX = Path("var/sandbox")
_RELAY_USED = "relay_used"


@dataclass(frozen=True, slots=True)
class Outlet:
    """A store and the way out that belongs to it."""

    store_url: str
    #: The Maildir mail is kept in; None where it goes through the relay.
    maildir: Path | None

    @property
    def is_sandbox(self) -> bool:
        return self.maildir is not None


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
    parsed = make_url(url)
    is_file = parsed.get_backend_name() == "sqlite"
    return not is_file or Path(str(parsed.database)).is_file()


def mark_relay_used(store: Store, now: datetime) -> None:
    """Remember that real mail has left through a relay."""
    if store.marks.get(_RELAY_USED) is None:
        store.marks.set(_RELAY_USED, "yes", now=now)


def _relay_was_used(url: str) -> bool:
    if not store_exists(url):
        return False
    with open_store(url) as store:
        return store.marks.get(_RELAY_USED) is not None
