"""What is open, and why: deliveries that stand alike, together."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import select

from newsletter.model import Backlog, Reply, Stage, Status
from newsletter.store.schema import deliveries

_d = deliveries.c
_OPEN = sa.text("status IN ('queued', 'sending', 'deferred', 'in_doubt')")


def find_backlog(connection: sa.Connection) -> list[Backlog]:
    """What is open, by day, status and the relay's last reply."""
    said = [_d.reply[key].as_string() for key in ("stage", "code", "enhanced")]
    query = (
        select(
            _d.day, _d.status, sa.func.count().label("count"), *said,
            sa.func.min(_d.reply["text"].as_string()), sa.func.min(_d.due_at).label("due_at"),
        )
        .where(_OPEN)
        .group_by(_d.day, _d.status, *said)
        .order_by(_d.day, _d.status)
    )  # fmt: skip
    return [_read_backlog(row) for row in connection.execute(query)]


def _read_backlog(row: Any) -> Backlog:
    day, status, count, stage, code, enhanced, text, due_at = row
    reply = stage and Reply(stage=Stage(stage), code=int(code), enhanced=enhanced, text=text)
    return Backlog(
        day=day, status=Status(status), count=count, reply=str(reply or ""), due_at=due_at
    )
