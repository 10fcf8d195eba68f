"""When votes began to count, where the source gives no time of day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from newsletter.model import Paper
from newsletter.papers.dating import date_listings

DAY = date(2026, 8, 14)
MIDNIGHT = datetime(2026, 8, 14, tzinfo=UTC)

moments = st.integers(0, 72).map(lambda hours: MIDNIGHT + timedelta(hours=hours))


def at(hour: int) -> datetime:
    return MIDNIGHT + timedelta(hours=hour)


def paper(listed_at: datetime | None = MIDNIGHT, listed_on: date | None = DAY) -> Paper:
    return Paper(
        key="2608.1", id="2608.1", title="A", listed_on=listed_on, listed_at=listed_at,
        observed_at=at(16),
    )  # fmt: skip


def dated(
    one: Paper, first_seen: Mapping[str, datetime], lists: Sequence[datetime]
) -> datetime | None:
    return date_listings([one], first_seen, {DAY: lists})[0].listed_at


def test_a_late_arrival_is_dated_by_the_last_list_without_it() -> None:
    assert dated(paper(), {"2608.1": at(16)}, [at(11), at(8), at(16), at(20)]) == at(11)


def test_a_paper_of_the_first_list_stays_as_the_source_has_it() -> None:
    assert dated(paper(), {"2608.1": at(8)}, [at(8), at(16)]) == MIDNIGHT


def test_a_later_moment_of_the_source_s_own_is_kept() -> None:
    assert dated(paper(listed_at=at(15)), {"2608.1": at(16)}, [at(8)]) == at(15)


def test_a_paper_never_seen_or_without_a_listing_day_stays_as_it_is() -> None:
    assert dated(paper(), {}, [at(8)]) == MIDNIGHT
    assert dated(paper(None, None), {"2608.1": at(16)}, [at(8)]) is None


@given(moments, moments, st.lists(moments))
def test_a_paper_is_never_dated_earlier_nor_after_its_first_sighting(
    listed_at: datetime, first_seen: datetime, lists: list[datetime]
) -> None:
    after = dated(paper(listed_at), {"2608.1": first_seen}, lists)
    assert after is not None
    assert after >= listed_at
    assert after == listed_at or after < first_seen
    assert all(moment <= after for moment in lists if moment < first_seen)


@given(moments, st.lists(moments))
def test_dating_twice_changes_nothing(first_seen: datetime, lists: list[datetime]) -> None:
    seen, read = {"2608.1": first_seen}, {DAY: lists}
    once = date_listings([paper()], seen, read)
    assert date_listings(once, seen, read) == once
