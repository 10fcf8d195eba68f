"""What sending needs of the ledger; `newsletter.store.ledger` says what each does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from newsletter.delivery.pace import Ask, Paces
from newsletter.model import WHOLE, Among, Change, Claimed, Delivery, Pause, Reply, Strike


class Ledger(Protocol):
    """The statements of a sender."""

    def claim(
        self,
        owner: str,
        *,
        now: datetime,
        limit: int,
        lease: timedelta,
        resend: bool,
        day: date | None = None,
        among: Among = WHOLE,
    ) -> list[Claimed]: ...

    def pace(self, asks: Mapping[str, Ask]) -> Paces: ...

    def write(self, owner: str, changes: Sequence[Change], *, now: datetime) -> list[bool]: ...

    def renew(self, owner: str, lease: timedelta) -> None: ...

    def release(self, owner: str) -> None: ...

    def expire(self) -> list[Delivery]: ...

    def waiting(self, owner: str) -> tuple[int, float]: ...

    def due(self, now: datetime, resend: bool, day: date | None = None) -> int: ...

    def paused(self) -> Pause | None: ...

    def pause(self, reason: str, *, now: datetime, suspects: Collection[int] = ()) -> None: ...

    def put_off(self, domain: str, until: datetime, why: Reply, *, now: datetime) -> int: ...

    def suppress_spent(self, allowed: Mapping[Strike, int], *, now: datetime) -> list[str]: ...
