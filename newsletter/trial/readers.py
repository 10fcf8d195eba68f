"""The email through the eyes of one reader; nothing is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from newsletter.errors import UsageError
from newsletter.message import compose, prepare, slot_values, unsubscribe_links
from newsletter.model import Claimed, Issue, Subscriber, SubscriberStatus
from newsletter.outlet import Outlet, looking, read_sample_readers
from newsletter.pipeline import UNSUBSCRIBE
from newsletter.previewing import NO_TOKEN
from newsletter.settings import Settings
from newsletter.store import Store
from newsletter.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Eyes:
    """A reader, and what signs the reader's links."""

    reader: Subscriber
    token: str

    def values(self, issue: Issue) -> dict[str, str]:
        """What stands in the issue's slots."""
        links = unsubscribe_links(issue.letterhead, self.token)
        return slot_values(self._claim(issue), links)

    def message(self, issue: Issue) -> bytes:
        """The message, byte for byte as it would go on the wire."""
        message = compose(prepare(issue), self._claim(issue), self.token)
        return message.head + message.body

    def _claim(self, issue: Issue) -> Claimed:
        return Claimed(
            id=0,
            day=issue.day,
            subscriber_id=self.reader.id,
            address=self.reader.address,
            name=self.reader.name,
            attempts=0,
            epoch=0,
            queued_at=issue.dated,
        )


def find_readers(settings: Settings, outlet: Outlet, words: str, *, limit: int) -> list[Subscriber]:
    """Readers whose address or name holds the words; of a sandbox without any the sample ones."""
    with looking(outlet) as store:
        is_used = store and any(store.subscribers.count_by_status().values())
        if store and (is_used or not outlet.is_sandbox):
            return store.subscribers.find(words, limit)
    return [each for each in _samples(settings, outlet) if _holds(each, words)][:limit]


def see_as(settings: Settings, outlet: Outlet, reader_id: int) -> Eyes:
    """See with the eyes of a reader.

    The links to leave are signed where a key has been made, and then they work. Until then
    they hold a word in its place, as looking must not make one.

    Raises:
        UsageError: there is no such reader.
    """
    with looking(outlet) as store:
        if store and (reader := store.subscribers.get_by_id(reader_id)):
            return Eyes(reader, _sign(settings, store, reader_id))
    for reader in _samples(settings, outlet):
        if reader.id == reader_id:
            return Eyes(reader, NO_TOKEN)
    raise UsageError(f"There is no reader {reader_id}; choose one of the list.")


def _sign(settings: Settings, store: Store, reader_id: int) -> str:
    own = settings.web.signing_key
    keys = (own,) if own else store.keys.known(UNSUBSCRIBE)
    return Tokens(keys, UNSUBSCRIBE).sign(reader_id) if keys else NO_TOKEN


def _samples(settings: Settings, outlet: Outlet) -> list[Subscriber]:
    """Those that a sandbox gets with its first mail, with the ids that they get."""
    if not outlet.is_sandbox:
        return []
    nobody_yet = datetime.min.replace(tzinfo=UTC)
    return [
        Subscriber(
            id=number,
            address=address,
            name=name,
            status=SubscriberStatus.CONFIRMED,
            created_at=nobody_yet,
            changed_at=nobody_yet,
        )
        for number, (address, name) in enumerate(read_sample_readers(settings).entries, start=1)
    ]


def _holds(reader: Subscriber, words: str) -> bool:
    return words.casefold() in f"{reader.address}\n{reader.name}".casefold()
