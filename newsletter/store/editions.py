"""Editions and their issues: published once a day, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select

from newsletter import page, segments
from newsletter.errors import UsageError
from newsletter.model import (
    Edition,
    Issue,
    Letterhead,
    Status,
    Steering,
    SubscriberStatus,
)
from newsletter.store.engine import (
    insert,
    insert_selected,
    learn,
    lock,
    make_room,
    reading,
    writing,
)
from newsletter.store.schema import (
    Moment,
    agenda,
    deliveries,
    editions,
    featured,
    issues,
    subscribers,
)
from newsletter.store.sightings import chunks

# Deliveries go in the order they are queued. Multiples of the golden ratio, or of a quotient of
# Fibonacci numbers that is near it, lie evenly on a circle however many there are: readers who
# came one after another, such as all of a domain in a sorted list, are spread over the whole
# (Knuth, The Art of Computer Programming 3, 6.4).
_SPREAD = subscribers.c.id * 832_040 % 1_346_269


@dataclass(frozen=True, slots=True)
class Editions:
    """What was published.

    All methods raise StoreUnavailable when the database cannot be read or written.
    """

    engine: sa.Engine

    def publish(self, edition: Edition, issue: Issue, *, now: datetime) -> int | None:
        """Save the day's edition and queue one delivery for each confirmed reader.

        All of it happens or nothing, and once a day however many programs try at once.

        Returns:
            The audience; None if the day had been published before.

        Raises:
            UsageError: another day featured one of the papers; nothing was published.
        """
        if edition.day != issue.day:
            raise ValueError(f"the issue of {issue.day} is not of the edition of {edition.day}")
        with writing(self.engine) as connection:
            if not self._insert_edition(connection, edition, now):
                return None
            self._feature(connection, edition)
            connection.execute(issues.insert().values(_issue_row(issue)))
            connection.execute(agenda.delete().where(agenda.c.day == edition.day))
            # Who leaves at this moment does so before or after, and is not queued or withdrawn.
            lock(connection, subscribers)
            make_room(connection)
            audience = insert_selected(connection, _queue(edition.day, now))
            learn(connection, deliveries)
            return audience

    def days(self) -> list[date]:
        """The days that were published, oldest first."""
        with reading(self.engine) as connection:
            return list(connection.scalars(select(editions.c.day).order_by(editions.c.day)))

    def newest(self) -> tuple[date, datetime] | None:
        """The newest day that was published, and when it was; None before the first."""
        query = select(editions.c.day, editions.c.published_at).order_by(editions.c.day.desc())
        with reading(self.engine) as connection:
            row = connection.execute(query.limit(1)).one_or_none()
        return None if row is None else (row.day, row.published_at)

    def get_issue(self, day: date) -> Issue | None:
        """The day's issue as it was published; None if the day was not."""
        with reading(self.engine) as connection:
            found = connection.execute(select(issues).where(issues.c.day == day))
            row = found.mappings().one_or_none()
        return None if row is None else _read_issue(row)

    def get_edition_page(self, day: date) -> list[dict[str, Any]] | None:
        """The day's papers, best first: key, title, score and its parts.

        Each part is a list of signal, value and reason. None if the day was not published.
        """
        with reading(self.engine) as connection:
            return connection.scalar(select(editions.c.papers).where(editions.c.day == day))

    def get_passed_over(self, day: date) -> list[dict[str, Any]] | None:
        """The papers that the day's edition might have held: as a page, each with its reason.

        Score and parts are null where it was left out before papers were scored. None if the
        day was not published.
        """
        with reading(self.engine) as connection:
            return connection.scalar(select(editions.c.passed_over).where(editions.c.day == day))

    def get_steering(self, day: date) -> Steering | None:
        """What the editor had settled for the day; None if the day was not published."""
        query = select(editions.c.steering).where(editions.c.day == day)
        with reading(self.engine) as connection:
            row = connection.scalar(query)
        return row and Steering(**{**row, "pin": tuple(row["pin"]), "skip": tuple(row["skip"])})

    def published_at(self, day: date) -> datetime | None:
        """When the day was published; None if it was not."""
        with reading(self.engine) as connection:
            return connection.scalar(select(editions.c.published_at).where(editions.c.day == day))

    def featured(self, keys: Collection[str]) -> dict[str, date]:
        """The day that featured each paper; those that none did are left out."""
        with reading(self.engine) as connection:
            return _find_featured(connection, keys)

    def _insert_edition(self, connection: sa.Connection, edition: Edition, now: datetime) -> bool:
        row = {
            "day": edition.day,
            "published_at": now,
            "papers": page.list_chosen(edition),
            "passed_over": page.list_passed_over(edition),
            "steering": asdict(edition.steering),
        }
        statement = insert(self.engine, editions).values(row).on_conflict_do_nothing()
        return connection.scalar(statement.returning(editions.c.day)) is not None

    def _feature(self, connection: sa.Connection, edition: Edition) -> None:
        # In one order everywhere, so that two programs cannot wait for each other.
        keys = sorted({ranked.paper.key for ranked in edition.papers})
        if not keys:
            return
        rows = [{"paper_key": key, "day": edition.day} for key in keys]
        connection.execute(insert(self.engine, featured).on_conflict_do_nothing(), rows)
        found = _find_featured(connection, keys)
        elsewhere = [f"{key} on {day}" for key, day in found.items() if day != edition.day]
        if elsewhere:
            raise UsageError(
                f"the edition of {edition.day} repeats papers of other days:"
                f" {', '.join(elsewhere)}; run the command again to choose anew"
            )


def _find_featured(connection: sa.Connection, keys: Collection[str]) -> dict[str, date]:
    found: dict[str, date] = {}
    for chunk in chunks(keys):
        query = select(featured.c.paper_key, featured.c.day).where(featured.c.paper_key.in_(chunk))
        found.update((key, day) for key, day in connection.execute(query))
    return found


def _queue(day: date, now: datetime) -> sa.Insert:
    moment = sa.literal(now, Moment())
    readers = (
        select(
            sa.literal(day, sa.Date()), subscribers.c.id, subscribers.c.address,
            subscribers.c.name, sa.literal(Status.QUEUED.value), moment, moment,
        )
        .where(subscribers.c.status == SubscriberStatus.CONFIRMED)
        .order_by(_SPREAD)
    )  # fmt: skip
    columns: Sequence[str] = (
        "day", "subscriber_id", "address", "name", "status", "queued_at", "changed_at",
    )  # fmt: skip
    return deliveries.insert().from_select(columns, readers)


def _issue_row(issue: Issue) -> dict[str, Any]:
    return {
        "day": issue.day,
        "subject": issue.subject,
        "preheader": issue.preheader,
        "html": segments.dump(issue.html),
        "text": segments.dump(issue.text),
        "letterhead": asdict(issue.letterhead),
        "dated": issue.dated,
        "salt": issue.salt,
    }


def _read_issue(row: sa.RowMapping) -> Issue:
    return Issue(
        **{
            **row,
            "html": segments.load(row["html"]),
            "text": segments.load(row["text"]),
            "letterhead": Letterhead(**row["letterhead"]),
        }
    )
