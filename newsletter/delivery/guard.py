"""Sees in a run of refusals that something is wrong with us, and not with the readers.

Thresholds are those of the reply policy (issue 6): a domain that refuses three messages in
a row for their sake is left alone for an hour; ten in a row over three domains, or more
than 30 of the last 100 refused for good, end the run and pause the newsletter.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from datetime import timedelta

from newsletter.delivery.policy import Refusal, classify
from newsletter.model import Claimed, Outcome, Reply

#: For how long a domain is left alone.
DOMAIN_PAUSE = timedelta(hours=1)

_DOMAIN_ROW = 3
_ROW, _ROW_DOMAINS = 10, 3
_SYNTAX_ROW = 3
_WINDOW, _WINDOW_REFUSALS = 100, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A person should look into this."""

    reason: str
    #: The domain it is about; "" where it is the whole run.
    domain: str = ""
    #: Deliveries whose refusal is no evidence against their address.
    suspects: tuple[int, ...] = ()


class Guard:
    """Watches the outcomes of one run, over all its connections."""

    def __init__(self) -> None:
        self._window: deque[int | None] = deque(maxlen=_WINDOW)
        self._domain_rows: Counter[str] = Counter()
        self._row: list[str] = []
        self._syntax_row = 0

    def take(self, claimed: Claimed, outcome: Outcome) -> Alarm | None:
        """Note what came of a delivery; an alarm if it was one refusal too many."""
        refusal = classify(outcome)
        domain = claimed.address.rpartition("@")[2].casefold()
        self._count(claimed.id, domain, refusal)
        return self._look(domain, refusal, outcome.reply)

    def _count(self, delivery: int, domain: str, refusal: Refusal | None) -> None:
        self._window.append(delivery if refusal else None)
        self._syntax_row = self._syntax_row + 1 if refusal is Refusal.SYNTAX else 0
        if refusal is Refusal.POLICY:
            self._row.append(domain)
            self._domain_rows[domain] += 1
        else:
            self._row.clear()
            del self._domain_rows[domain]

    def _look(self, domain: str, refusal: Refusal | None, reply: Reply) -> Alarm | None:
        if refusal is None:
            return None
        refused = tuple(delivery for delivery in self._window if delivery is not None)
        if len(refused) > _WINDOW_REFUSALS:
            return Alarm(
                reason=f"{len(refused)} of the last {len(self._window)} messages were refused for"
                f" good, which is more than dead addresses explain; the last one: {reply}",
                suspects=refused,
            )
        if self._syntax_row >= _SYNTAX_ROW:
            return Alarm(reason=f"the relay does not understand us: {reply}")
        if len(self._row) >= _ROW and len(set(self._row)) >= _ROW_DOMAINS:
            return Alarm(
                reason=f"{len(self._row)} messages in a row were refused, by"
                f" {len(set(self._row))} domains; the last one: {reply}"
            )
        # Once: what is on other connections meanwhile is refused too.
        if refusal is Refusal.POLICY and self._domain_rows[domain] == _DOMAIN_ROW:
            return Alarm(domain=domain, reason=f"{domain} refused {_DOMAIN_ROW} in a row: {reply}")
        return None
