"""How SQLite goes about a sender's statements: by key, whatever else is in the ledger."""

from __future__ import annotations

import sqlite3
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
BY_KEY = "SEARCH deliveries USING INTEGER PRIMARY KEY (rowid=?)"


def watch(store: Store) -> list[str]:
    """Every statement from now on, with its values, as SQLite gets it."""
    statements: list[str] = []

    @event.listens_for(store.engine, "checkout")
    def trace(connection: Any, *_: object) -> None:
        connection.set_trace_callback(statements.append)

    return statements


def explain(store: Store, statements: list[str]) -> list[str]:
    """The steps of these statements that touch deliveries; they begin anew."""
    asked = [text for text in statements if text.startswith(("UPDATE", "WITH", "SELECT"))]
    steps: list[str] = []
    with sqlite3.connect(str(store.engine.url.database)) as connection:
        for text in asked:
            for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {text}"):
                steps += [step] if " deliveries" in step else []
    statements.clear()
    return steps


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_claims_go_by_the_open_deliveries_and_writes_by_key(store: Store) -> None:
    publish(store, names(50))
    store.ledger.claim("us", now=NOW, limit=50, lease=timedelta(minutes=1), resend=True)
    store.ledger.release("us")
    statements = watch(store)

    ours = store.ledger.claim("us", now=NOW, limit=20, lease=timedelta(minutes=1), resend=True)
    assert explain(store, statements) == [
        BY_KEY,
        "SCAN deliveries USING INDEX ix_deliveries_open",
    ]

    assert all(store.ledger.write("us", [Change(it) for it in ours], now=NOW))
    changes = [Change(it, SENT if it.id % 2 else UNDONE) for it in ours]
    assert all(store.ledger.write("us", changes, now=NOW))
    assert set(explain(store, statements)) == {BY_KEY}
