"""Old deliveries become counts, so that the store does not grow for ever."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import select

from newsletter.model import OPEN, Status
from newsletter.store.engine import insert
from newsletter.store.schema import deliveries, editions, pruned

_d = deliveries.c
_CLOSED = tuple(status for status in Status if status not in OPEN)


def prune(connection: sa.Connection, before: datetime, limit: int) -> int:
    """Count closed deliveries of editions published before, and delete them; at most so many."""
    old = (
        select(_d.id)
        .where(_d.day.in_(select(editions.c.day).where(editions.c.published_at < before)))
        .where(_d.status.in_(_CLOSED))
        .limit(limit)
        .with_for_update(skip_locked=True)  # another program may prune too
        .cte("old")
    )
    gone = deliveries.delete().where(_d.id.in_(select(old.c.id))).returning(_d.day, _d.status)
    counts = Counter((row.day, row.status) for row in connection.execute(gone))
    for (day, status), count in sorted(counts.items()):
        row = insert(connection.engine, pruned).values(day=day, status=status, count=count)
        total = pruned.c.count + row.excluded.count
        connection.execute(
            row.on_conflict_do_update(index_elements=["day", "status"], set_={"count": total})
        )
    return counts.total()
