"""Scores papers by upvotes and recency, and says why.

    score = ln(1 + upvotes) − exponent · ln(age in hours when the votes were read + 2)

In a sentence: upvotes count, and a little more where they had less time to come in. That is
the logarithm of (upvotes + 1) / (age + 2)^exponent: the same order, in parts that add up.
What it is worth beside other formulas stands in docs/ranking.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import fsum

import numpy as np
import numpy.typing as npt
import pandas as pd

from newsletter.collector import at_rest
from newsletter.model import Paper, Part, Ranked
from newsletter.settings import Ranking
from newsletter.weighing import weigh
from newsletter.wording import counted

_HOUR = timedelta(hours=1)
_Numbers = npt.NDArray[np.float64]


@at_rest()
def rank(papers: Iterable[Paper], now: datetime, settings: Ranking) -> list[Ranked]:
    """The papers with their scores, best first.

    Ties go to the younger listing, then by key, so that the order is the same every time.
    A paper without votes scores as one with none: it neither fails nor wins.

    Args:
        papers: in any order.
        now: the age of a listing that lies in the future counts from here as none.
        settings: the exponent, and what the operator weighs besides.
    """
    pool = list(papers)
    weighed = [(*weigh(paper, settings), *weigh_sources(paper)) for paper in pool]
    table = _score(_tabulate(pool, now), weighed, settings.exponent)
    # Columns become lists first: rows of a frame are slow to walk.
    columns = zip(
        table["score"].tolist(),
        table["votes_part"].tolist(),
        table["age_part"].tolist(),
        table["age"].tolist(),
        table.index.tolist(),
        strict=True,
    )
    return [
        _explain(pool[at], score, votes_part, age_part, age, weighed[at])
        for score, votes_part, age_part, age, at in columns
    ]


def votes_share(votes: _Numbers) -> _Numbers:
    """The part of the score that votes make."""
    return np.log1p(votes)


def age_share(age: _Numbers, exponent: float) -> _Numbers:
    """The part of the score that an age in hours makes: the less, the older."""
    # Adding 0 turns the −0.0 of an exponent of 0 into a plain 0.
    return -exponent * np.log(age + 2) + 0.0


def _tabulate(pool: Sequence[Paper], now: datetime) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "key": [paper.key for paper in pool],
            "votes": np.array([paper.upvotes or 0 for paper in pool], dtype=float),
            "age": np.array([_age(paper, now) for paper in pool], dtype=float),
        }
    )


def _age(paper: Paper, now: datetime) -> float:
    """Hours for which the votes could grow until they were read; NaN if nothing tells."""
    if paper.listed_at is not None:
        since = paper.listed_at
    elif paper.published_on is not None:
        since = datetime.combine(paper.published_on, datetime.min.time(), now.tzinfo)
    else:
        return np.nan
    return max(0.0, (paper.observed_at - since) / _HOUR)


def _score(
    table: pd.DataFrame, weighed: Sequence[tuple[Part, ...]], exponent: float
) -> pd.DataFrame:
    # A paper of unknown age is taken for as old as the oldest here: it must not win by that.
    oldest = table["age"].max()
    age = table["age"].fillna(0.0 if pd.isna(oldest) else oldest)
    votes_part = votes_share(table["votes"].to_numpy())
    age_part = age_share(age.to_numpy(), exponent)
    extra = np.array([fsum(part.value for part in parts) for parts in weighed], dtype=float)
    scored = table.assign(
        votes_part=votes_part,
        age_part=age_part,
        score=votes_part + age_part + extra,
        sort_age=age,
    )
    return scored.sort_values(
        ["score", "sort_age", "key"], ascending=[False, True, True], kind="stable"
    )


def _explain(
    paper: Paper,
    score: float,
    votes: float,
    age: float,
    hours: float,
    weighed: tuple[Part, ...],
) -> Ranked:
    parts = (
        Part("upvotes", votes, count_votes(paper.upvotes)),
        Part("recency", age, describe_age(hours, is_voted=paper.upvotes is not None)),
        *weighed,
    )
    return Ranked(paper, score, parts)


def count_votes(upvotes: int | None) -> str:
    """The votes in words; "" where they are not known."""
    if upvotes is None:
        return ""
    return counted(upvotes, "upvote")


def describe_age(hours: float, *, is_voted: bool = True) -> str:
    """An age in words: hours for two days, then days; "" where it is not known.

    It follows the votes, "in 9 h"; where there are none it stands alone, "9 h old".
    """
    if hours != hours:
        return ""
    age = f"{hours:.0f} h" if hours < 48 else f"{hours / 24:,.0f} days"
    if hours < 1:
        age = "under 1 h"
    return f"in {age}" if is_voted else f"{age} old"


def weigh_sources(paper: Paper) -> tuple[Part, ...]:
    """The part of the score that the weights of a paper's sources make; none without any."""
    weighty = [source for source in paper.sources if source[1]]
    if not weighty:
        return ()
    reason = f"from {' and '.join([name for name, _ in weighty])}"
    return (Part("source", fsum([weight for _, weight in weighty]), reason),)
