"""From a claimed delivery to its message, by the issue as it was published."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from newsletter.message import Prepared, compose, prepare
from newsletter.model import Claimed, Message
from newsletter.settings import Settings
from newsletter.store import Store
from newsletter.tokens import Tokens

#: The purpose of the tokens in unsubscribe links.
UNSUBSCRIBE = "unsubscribe"


def make_composer(settings: Settings, store: Store, now: datetime) -> Callable[[Claimed], Message]:
    """A function from a claimed delivery to its message; each issue is encoded once."""
    keys = store.keys.signing(UNSUBSCRIBE, now=now, configured=settings.web.signing_key)
    tokens = Tokens(keys, UNSUBSCRIBE)
    known: dict[date, Prepared] = {}

    def compose_one(claimed: Claimed) -> Message:
        if claimed.day not in known:
            issue = store.editions.get_issue(claimed.day)
            assert issue is not None, "the database refuses a delivery of no edition"
            known[claimed.day] = prepare(issue)
        return compose(known[claimed.day], claimed, tokens.sign(claimed.subscriber_id))

    return compose_one
