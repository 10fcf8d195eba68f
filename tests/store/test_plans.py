"""How SQLite goes about a sender's statements: by key, whatever else is in the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from delivery.sending import names, publish
from sqlalchemy import event

from newsletter.model import Change, Outcome, Reply, Stage, Status
from newsletter.store import Store

NOW = datetime(2026, 8, 14, 8, tzinfo=UTC)
SENT = Outcome(status=Status.SENT, reply=Reply(stage=Stage.DOT, code=250))
UNDONE = Outcome(status=Status.QUEUED, reply=Reply(stage=Stage.RCPT, code=0))


def watch_plans(store: Store) -> list[str]:
    """The steps that touch deliveries, of every statement from now on."""
    steps: list[str] = []

    @event.listens_for(store.engine, "before_cursor_execute")
    def explain(connection: Any, _cursor: Any, text: str, values: Any, *_: object) -> None:
        if text.startswith(("UPDATE", "WITH", "SELECT")):
            cursor = connection.connection.cursor()
            cursor.execute(f"EXPLAIN QUERY PLAN {text}", values)
            steps.extend(step for *_, step in cursor.fetchall() if " deliveries" in step)

    return steps


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_claims_go_by_the_open_deliveries_and_writes_by_key(store: Store) -> None:
    publish(store, names(50))
    store.ledger.claim("us", now=NOW, limit=50, lease=timedelta(minutes=1), resend=True)
    store.ledger.release("us")
    steps = watch_plans(store)

    ours = store.ledger.claim("us", now=NOW, limit=20, lease=timedelta(minutes=1), resend=True)
    assert steps == [
        "SEARCH deliveries USING INTEGER PRIMARY KEY (rowid=?)",
        "SCAN deliveries USING INDEX ix_deliveries_open",
    ]

    steps.clear()
    assert all(store.ledger.write("us", [Change(it) for it in ours], now=NOW))
    changes = [Change(it, SENT if it.id % 2 else UNDONE) for it in ours]
    assert all(store.ledger.write("us", changes, now=NOW))
    assert set(steps) == {"SEARCH deliveries USING INTEGER PRIMARY KEY (rowid=?)"}
