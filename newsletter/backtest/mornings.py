"""The mornings that recorded sightings tell of, each with its pool as it was known then."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pandas as pd

from newsletter.edition import choose_days
from newsletter.model import Paper
from newsletter.papers.dating import SETTLED, date_listings
from newsletter.settings import Schedule
from newsletter.timetable import slot_of


def find_mornings(
    series: pd.DataFrame, *, schedule: Schedule, zone: str, window_days: int
) -> pd.DataFrame:
    """The pools of all mornings, a row for each paper of each.

    A morning is the first time that a day's list was read on that day, if an edition could
    still have left then: up to `schedule.catch_up` after its hour. Its pool are the papers of
    the newest listing days up to it with the votes last read before. Papers whose votes were
    not read again once settled are left out, and so is a morning whose own papers all are such.

    Args:
        series: a row for each sighting: key, listed_on, seen_at, votes; see `series`.

    Returns:
        morning (the day), votes, later (the settled votes), and in hours: age (since the
        listing day began), age_read (the same when the votes were read), age_known (when they
        were read, since the last list of the day that lacked the paper).
    """
    ordered = series.sort_values(["seen_at", "key"], kind="stable")
    listed_at, later = _date(ordered), _settle(ordered)
    days = sorted(set(ordered["listed_on"].dt.date))
    pools = [
        _pool(ordered, morning, moment, choose_days(days, morning, window_days))
        for morning, moment in _moments(ordered, schedule, zone).items()
    ]
    if not pools:
        return pd.DataFrame()
    table = pd.concat(pools, ignore_index=True)
    table["listed_at"] = table["key"].map(listed_at)
    table["later"] = table["key"].map(later)
    return _add_ages(_drop_unsettled(table)).reset_index(drop=True)


def leave_out_small(pools: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """The mornings with so many papers to choose from at least.

    Ten of twenty papers are half right when drawn blindly: small pools tell formulas apart badly.
    """
    if pools.empty:
        return pools
    large: pd.DataFrame = pools[pools.groupby("morning")["key"].transform("size") >= smallest]
    return large.reset_index(drop=True)


def _moments(ordered: pd.DataFrame, schedule: Schedule, zone: str) -> dict[date, pd.Timestamp]:
    first = ordered[ordered["seen_at"] >= ordered["listed_on"]].groupby("listed_on")["seen_at"]
    moments = {}
    for listed_on, moment in first.min().items():
        day = pd.Timestamp(str(listed_on)).date()
        if moment <= slot_of(day, schedule, zone) + schedule.catch_up:
            moments[day] = moment
    return moments


def _pool(
    ordered: pd.DataFrame, morning: date, moment: pd.Timestamp, window: frozenset[date]
) -> pd.DataFrame:
    days = [pd.Timestamp(day, tz="UTC") for day in sorted(window)]
    known = ordered[(ordered["seen_at"] <= moment) & ordered["listed_on"].isin(days)]
    pool = known.groupby("key", as_index=False).last()
    return pool.assign(morning=pd.Timestamp(morning), now=moment)


def _drop_unsettled(table: pd.DataFrame) -> pd.DataFrame:
    """Without the papers nobody read again, and the mornings whose own papers all are such."""
    settled = table.dropna(subset=["later"])
    own = settled["listed_on"].dt.tz_localize(None) == settled["morning"]
    kept: pd.DataFrame = settled[own.groupby(settled["morning"]).transform("any")]
    return kept


def _settle(ordered: pd.DataFrame) -> pd.Series[float]:
    """The last votes of each paper whose votes were read once they had settled."""
    settled = ordered[ordered["seen_at"] - ordered["listed_on"] >= SETTLED]
    return settled.groupby("key")["votes"].last()


def _date(ordered: pd.DataFrame) -> dict[str, datetime]:
    """When each paper's votes began to count, by the rule that editions go by."""
    first = ordered.groupby("key")[["listed_on", "seen_at"]].min()
    days, moments = first["listed_on"].dt.date.tolist(), first["seen_at"].tolist()
    lists = {
        pd.Timestamp(str(day)).date(): [moment.to_pydatetime() for moment in read.unique()]
        for day, read in ordered.groupby("listed_on")["seen_at"]
    }
    papers = list(map(_paper, first.index.tolist(), days, moments))
    dated = date_listings(papers, {paper.key: paper.observed_at for paper in papers}, lists)
    return {paper.key: paper.listed_at for paper in dated if paper.listed_at}


def _paper(key: str, listed_on: date, seen_at: pd.Timestamp) -> Paper:
    return Paper(
        key=key,
        id=None,
        title="",
        listed_on=listed_on,
        listed_at=datetime.combine(listed_on, time(), UTC),
        observed_at=seen_at.to_pydatetime(),
    )


def _add_ages(table: pd.DataFrame) -> pd.DataFrame:
    listed_at = pd.to_datetime(table["listed_at"], utc=True)
    return table.assign(
        age=_hours(table["now"] - table["listed_on"]),
        age_read=_hours(table["seen_at"] - table["listed_on"]),
        age_known=_hours(table["seen_at"] - listed_at).clip(lower=0),
    )


def _hours(spans: pd.Series[pd.Timedelta]) -> pd.Series[float]:
    return spans.dt.total_seconds() / 3600
