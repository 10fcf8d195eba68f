"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_OPEN = "status IN ('queued', 'sending', 'deferred', 'in_doubt')"


def upgrade() -> None:
    _create_agenda()
    _create_editions()
    _create_keys()
    _create_leavers()
    _create_listings()
    _create_locks()
    _create_marks()
    _create_paces()
    _create_papers()
    _create_subscribers()
    _create_deliveries()
    _create_featured()
    _create_issues()
    _create_pruned()
    _create_sightings()


def _create_agenda() -> None:
    op.create_table(
        "agenda",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("look_at", _MOMENT, nullable=True),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_agenda"),
    )


def _create_locks() -> None:
    op.create_table(
        "locks",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("holder", sa.String(length=128), nullable=False),
        sa.Column("taken_at", _MOMENT, nullable=False),
        sa.Column("lease_until", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_locks"),
    )


def _create_editions() -> None:
    op.create_table(
        "editions",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("published_at", _MOMENT, nullable=False),
        sa.Column("papers", sa.JSON(), nullable=False),
        sa.Column("passed_over", sa.JSON(), nullable=False),
        sa.Column("steering", sa.JSON(), nullable=False),
        sa.Column("cancelled_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("day", name="pk_editions"),
    )


def _create_keys() -> None:
    op.create_table(
        "keys",
        sa.Column("id", _ID, nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
        sa.UniqueConstraint("purpose", "secret", name="uq_keys_purpose_secret"),
    )


def _create_leavers() -> None:
    op.create_table(
        "leavers",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("left_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_leavers"),
    )


def _create_listings() -> None:
    op.create_table(
        "listings",
        sa.Column("listed_on", sa.Date(), nullable=False),
        sa.Column("read_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("listed_on", "read_at", name="pk_listings"),
    )


def _create_marks() -> None:
    op.create_table(
        "marks",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("set_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_marks"),
    )


def _create_paces() -> None:
    op.create_table(
        "paces",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("cut_at", sa.Double(), nullable=False),
        sa.Column("free_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_paces"),
    )


def _create_papers() -> None:
    op.create_table(
        "papers",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("listed_on", sa.Date(), nullable=True),
        sa.Column("first_seen", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_papers"),
    )


def _create_subscribers() -> None:
    op.create_table(
        "subscribers",
        sa.Column("id", _ID, nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("folded", sa.String(length=320), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscribers"),
        sa.UniqueConstraint("folded", name="uq_subscribers_folded"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_subscribers_status_id", "subscribers", ["status", "id"])


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("subscriber_id", _ID, nullable=False),
        sa.Column("address", sa.String(length=320), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("doubts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("queued_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=True),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("epoch", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_until", _MOMENT, nullable=True),
        sa.Column("reply", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("strike", sa.String(length=8), nullable=True),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("day", "subscriber_id", name="uq_deliveries_day_subscriber_id"),
    )
    op.create_index("ix_deliveries_day_status", "deliveries", ["day", "status"])
    op.create_index(
        "ix_deliveries_open",
        "deliveries",
        ["id"],
        sqlite_where=sa.text(_OPEN),
        postgresql_where=sa.text(_OPEN),
    )
    for name, indexed, where in (
        ("ix_deliveries_owner", "owner", sa.text("owner IS NOT NULL")),
        ("ix_deliveries_strike", "subscriber_id", sa.text("strike IS NOT NULL")),
    ):
        op.create_index(name, "deliveries", [indexed], sqlite_where=where, postgresql_where=where)


def _create_pruned() -> None:
    op.create_table(
        "pruned",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["day"], ["editions.day"], name="fk_pruned_day"),
        sa.PrimaryKeyConstraint("day", "status", name="pk_pruned"),
    )


def _create_featured() -> None:
    op.create_table(
        "featured",
        sa.Column("paper_key", sa.String(length=255), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["day"], ["editions.day"], name="fk_featured_day"),
        sa.PrimaryKeyConstraint("paper_key", name="pk_featured"),
    )


def _create_issues() -> None:
    op.create_table(
        "issues",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("preheader", sa.Text(), nullable=False),
        sa.Column("html", sa.JSON(), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("letterhead", sa.JSON(), nullable=False),
        sa.Column("dated", _MOMENT, nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["day"], ["editions.day"], name="fk_issues_day"),
        sa.PrimaryKeyConstraint("day", name="pk_issues"),
    )


def _create_sightings() -> None:
    op.create_table(
        "sightings",
        sa.Column("paper_key", sa.String(length=255), nullable=False),
        sa.Column("observed_at", _MOMENT, nullable=False),
        sa.Column("upvotes", sa.Integer(), nullable=True),
        sa.Column("comments", sa.Integer(), nullable=True),
        sa.Column("stars", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["paper_key"], ["papers.key"], name="fk_sightings_paper_key"),
        sa.PrimaryKeyConstraint("paper_key", "observed_at", name="pk_sightings"),
    )
