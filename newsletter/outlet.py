"""Where mail goes: through the relay, or into the sandbox with a store of its own.

Nothing leaves the machine by accident, and nothing stays by accident: without a relay
mail goes to the sandbox, unless this newsletter has been sent through one before.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from newsletter.errors import ConfigError
from newsletter.settings import Settings
from newsletter.store import open_store
from newsletter.store.engine import parse_url

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
    is_file = parsed.get_backend_name() == "sqlite"
    return not is_file or Path(str(parsed.database)).is_file()


def _relay_was_used(url: str) -> bool:
    # Nothing is published in the real store but for a relay, so its editions tell.
    if not store_exists(url):
        return False
    with open_store(url) as store:
        return bool(store.editions.days())
