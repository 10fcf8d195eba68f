"""Chooses what the day says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta

from newsletter.model import Edition, Paper, Part, PassedOver, Ranked, Steering
from newsletter.settings import Papers

#: How many calendar days before its own an edition may look back, however few lists there were.
LOOK_BACK = 7

_UNSTEERED = Steering()


def choose_days(listed: Iterable[date | None], day: date, window_days: int) -> frozenset[date]:
    """The newest `window_days` listing days up to `day`, none more than seven days back."""
    first = day - timedelta(days=LOOK_BACK)
    near = {on for on in listed if on is not None and first <= on <= day}
    return frozenset(sorted(near, reverse=True)[:window_days])


def has_news(papers: Iterable[Paper], day: date) -> bool:
    """Whether anything was listed on the day itself; a list without days counts as today's."""
    return any(paper.listed_on in (None, day) for paper in papers)


def bar(
    papers: Iterable[Paper],
    day: date,
    featured: Mapping[str, date],
    settings: Papers,
    picked: Collection[str] = (),
) -> dict[str, str]:
    """The papers that an edition may not hold, by key, each with the reason in words.

    An edition may hold what was listed in the window, voted enough and never featured. A
    paper without a listing day is always in the window; one without votes is never held to
    the minimum. What the editor picked need not be in the window nor voted for.

    Args:
        featured: the day that featured a paper, by key.
        picked: keys.
    """
    pool = list(papers)
    days = choose_days((paper.listed_on for paper in pool), day, settings.window_days)
    reasons = {
        paper.key: _bar(paper, days, featured, settings, paper.key in picked) for paper in pool
    }
    return {key: reason for key, reason in reasons.items() if reason}


def _bar(
    paper: Paper,
    days: Collection[date],
    featured: Mapping[str, date],
    settings: Papers,
    is_picked: bool,
) -> str:
    if paper.key in featured:
        return f"featured on {featured[paper.key]}"
    if is_picked:
        return ""
    if paper.listed_on is not None and paper.listed_on not in days:
        return f"listed on {paper.listed_on}, outside the newest {len(days)} listing days"
    if paper.upvotes is not None and paper.upvotes < settings.minimum_upvotes:
        return f"fewer upvotes than papers.minimum_upvotes: {paper.upvotes}"
    return ""


def choose(
    ranked: Sequence[Ranked],
    day: date,
    settings: Papers,
    *,
    per_organization: int = 0,
    steering: Steering = _UNSTEERED,
) -> Edition:
    """The day's edition of the ranked candidates: the editor's picks, then the best.

    It may hold fewer papers than `papers.minimum`: then the day is quiet.

    Args:
        per_organization: at most so many of one organisation, picks counted but never left
            out; 0: any number.
        steering: its picks are among the candidates, and not more than the maximum.
    """
    by_key = {one.paper.key: one for one in ranked}
    papers = [_pick(by_key[key]) for key in steering.picked]
    passed_over = []
    for one in (one for one in ranked if one.paper.key not in steering.picked):
        reason = (
            _say_skipped(one, steering)
            or _say_full(papers, settings.maximum)
            or _say_crowded(one, papers, per_organization)
        )
        if reason:
            passed_over.append(PassedOver(one.paper, reason, one))
        else:
            papers.append(one)
    return Edition(day=day, papers=tuple(papers), steering=steering, passed_over=tuple(passed_over))


def _pick(ranked: Ranked) -> Ranked:
    return ranked._replace(parts=(*ranked.parts, Part("editor", 0.0, "picked by the editor")))


def _say_skipped(one: Ranked, steering: Steering) -> str:
    return "left out by the editor" if one.paper.key in steering.skip else ""


def _say_full(papers: Collection[Ranked], maximum: int) -> str:
    return f"the edition was full with {maximum} papers" if len(papers) >= maximum else ""


def _say_crowded(one: Ranked, papers: Iterable[Ranked], at_most: int) -> str:
    name = one.paper.organization
    if not at_most or not name:
        return ""
    above = sum(other.paper.organization.casefold() == name.casefold() for other in papers)
    return f"{above} of {name} stand above it" if above >= at_most else ""
