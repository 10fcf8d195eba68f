"""Deliveries and replies, between the ledger's rows and the records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from newsletter.model import Among, Delivery, Reply, Stage, Status
from newsletter.store.schema import deliveries

_d = deliveries.c
#: What `read_delivery` needs of a row.
DELIVERY = (_d.id, _d.day, _d.address, _d.status, _d.attempts, _d.reply, _d.due_at)


def read_delivery(row: Any) -> Delivery:
    """A row with the columns of `DELIVERY`."""
    return Delivery(
        id=row.id,
        day=row.day,
        address=row.address,
        status=Status(row.status),
        attempts=row.attempts,
        reply=str(read_reply(row.reply) or ""),
        due_at=row.due_at,
    )


def read_reply(said: dict[str, Any] | None) -> Reply | None:
    """A reply as the ledger keeps it."""
    return None if said is None else Reply(**{**said, "stage": Stage(said["stage"])})


def write_reply(reply: Reply) -> dict[str, Any]:
    """A reply for the ledger."""
    return {
        "stage": reply.stage,
        "code": reply.code,
        "enhanced": reply.enhanced,
        "text": reply.text,
    }


def lies_in(among: Among) -> Iterator[sa.ColumnElement[bool]]:
    """That a delivery is one of these."""
    if among.after:
        yield _d.id > among.after
    if among.domain:
        yield is_at(among.domain)
    for domain in among.without:
        yield ~is_at(domain)


def is_at(domain: str) -> sa.ColumnElement[bool]:
    """That a delivery's address is at a domain, in whatever case."""
    pattern = "%@" + domain.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return _d.address.ilike(pattern, escape="!")
