"""The tables. Alembic's migrations lead here; a test holds the two together.

Timestamps are UTC: a timestamp with time zone on PostgreSQL, ISO text on SQLite.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import JSON


class Moment(TypeDecorator[datetime]):
    """An aware datetime, stored as UTC; a naive one is a bug and is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"a naive datetime cannot be stored: {value!r}")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


#: SQLite numbers rows by itself only in a column of type INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("address", String(320), nullable=False),
    # The address folded for comparing: two readers may not differ by case alone.
    Column("folded", String(320), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Index("ix_subscribers_status_id", "status", "id"),
    # The id of a deleted reader is never given to another: old links hold it.
    sqlite_autoincrement=True,
)

# A leaver who was deleted: what is left is a keyed hash that `import` honours.
leavers = Table(
    "leavers",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("left_at", Moment, nullable=False),
)

editions = Table(
    "editions",
    metadata,
    Column("day", Date, primary_key=True),  # once a day, by constraint
    Column("published_at", Moment, nullable=False),
    # Each paper's key, title, score and parts, best first.
    Column("papers", JSON, nullable=False),
    # The same of those it does not hold, each with the reason.
    Column("passed_over", JSON, nullable=False),
    # What the editor had settled when it was published.
    Column("steering", JSON, nullable=False),
    # What was open then was withdrawn, and nothing of it is opened again.
    Column("cancelled_at", Moment),
)

issues = Table(
    "issues",
    metadata,
    Column("day", Date, ForeignKey("editions.day"), primary_key=True),
    Column("subject", Text, nullable=False),
    Column("preheader", Text, nullable=False),
    Column("html", JSON, nullable=False),
    Column("text", JSON, nullable=False),
    Column("letterhead", JSON, nullable=False),
    Column("dated", Moment, nullable=False),
    Column("salt", String(64), nullable=False),
)

featured = Table(
    "featured",
    metadata,
    Column("paper_key", String(255), primary_key=True),
    Column("day", Date, ForeignKey("editions.day"), nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    # Not a foreign key: only `publish` writes it, beside the edition itself, and checking
    # each row took PostgreSQL as long as writing it.
    Column("day", Date, nullable=False),
    # Not a foreign key: the row outlives a reader who is deleted.
    Column("subscriber_id", Id, nullable=False),
    Column("address", String(320)),  # NULL once the reader is deleted
    Column("name", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    # How often it was cut off after the final dot; it is resent once, then held.
    Column("doubts", Integer, nullable=False, server_default="0"),
    Column("queued_at", Moment, nullable=False),
    Column("due_at", Moment),
    # The claim: who has it, which claim it is, and until when by the database's clock.
    Column("owner", String(64)),
    Column("epoch", Integer, nullable=False, server_default="0"),
    Column("lease_until", Moment),
    # The last reply: stage, code, enhanced code, text.
    Column("reply", JSON(none_as_null=True)),
    # What it says against the address: dead, refused or full.
    Column("strike", String(8)),
    Column("changed_at", Moment, nullable=False),
    UniqueConstraint("day", "subscriber_id"),
    Index("ix_deliveries_day_status", "day", "status"),
    # The statements that look for work repeat this predicate to the letter.
    Index(
        "ix_deliveries_open",
        "id",
        sqlite_where=text("status IN ('queued', 'sending', 'deferred', 'in_doubt')"),
        postgresql_where=text("status IN ('queued', 'sending', 'deferred', 'in_doubt')"),
    ),
    Index(
        "ix_deliveries_owner",
        "owner",
        sqlite_where=text("owner IS NOT NULL"),
        postgresql_where=text("owner IS NOT NULL"),
    ),
    Index(
        "ix_deliveries_strike",
        "subscriber_id",
        sqlite_where=text("strike IS NOT NULL"),
        postgresql_where=text("strike IS NOT NULL"),
    ),
)

# What is left of old deliveries: how many of an edition ended in which status.
pruned = Table(
    "pruned",
    metadata,
    Column("day", Date, ForeignKey("editions.day"), primary_key=True),
    Column("status", String(16), primary_key=True),
    Column("count", Integer, nullable=False),
)

# First sighting and listing day of every paper ever loaded.
papers = Table(
    "papers",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("title", Text, nullable=False),
    Column("listed_on", Date),
    Column("first_seen", Moment, nullable=False),
)

# Votes as they were read, so that ages and growth are one's own.
sightings = Table(
    "sightings",
    metadata,
    Column("paper_key", String(255), ForeignKey("papers.key"), primary_key=True),
    Column("observed_at", Moment, primary_key=True),
    Column("upvotes", Integer),
    Column("comments", Integer),
    Column("stars", Integer),
)

# When the whole list of a listing day was read: what it lacked was not listed yet.
listings = Table(
    "listings",
    metadata,
    Column("listed_on", Date, primary_key=True),
    Column("read_at", Moment, primary_key=True),
)

keys = Table(
    "keys",
    metadata,
    Column("id", Id, primary_key=True),
    Column("purpose", String(32), nullable=False),
    Column("secret", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("purpose", "secret"),
)

# What a store must remember of itself: `relay_used` once real mail went out (promise 10).
marks = Table(
    "marks",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
    Column("set_at", Moment, nullable=False),
)

# Days that were due and have no edition: waited for, or skipped for good, and why.
agenda = Table(
    "agenda",
    metadata,
    Column("day", Date, primary_key=True),
    Column("reason", Text, nullable=False),
    # When a day that is waited for is looked at again; NULL once it is skipped.
    Column("look_at", Moment),
    Column("changed_at", Moment, nullable=False),
)

# Who may send now; like a claim it ends by itself, by the database's clock.
locks = Table(
    "locks",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("holder", String(128), nullable=False),
    Column("taken_at", Moment, nullable=False),
    Column("lease_until", Moment, nullable=False),
)

# How fast may be sent, in all or ("" is the key) to a domain, by whoever sends: times are
# seconds since 1970 by the database's clock.
paces = Table(
    "paces",
    metadata,
    Column("key", String(255), primary_key=True),
    # The share of the full pace as it was cut last, and when.
    Column("share", Double, nullable=False),
    Column("cut_at", Double, nullable=False),
    # The rate's moments before this one are given away.
    Column("free_at", Double, nullable=False),
)
