"""The ranking explained: every candidate with what its score is made of, and how near it came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import expm1, floor, inf

from newsletter.drafting import Draft
from newsletter.model import Paper, Part, PassedOver, Ranked

#: So many papers are told to have just missed.
_NEAR = 5
#: A paper that would need more has not just missed.
_FAR = 1.0


@dataclass(frozen=True, slots=True)
class Standing:
    """A candidate in the ranking of a day."""

    paper: Paper
    #: From 1, in the edition or behind it; 0 where it was left out before papers were scored.
    place: int
    #: None where it was left out before papers were scored.
    score: float | None
    parts: tuple[Part, ...]
    is_chosen: bool
    #: Why it is left out; "" where it is not.
    reason: str
    #: How many more upvotes would have brought it in; 0 where that is not what it lacks.
    lacks: int = 0


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a score, drawn from `start` on; both in hundredths of the widest ranking."""

    part: Part
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Chart:
    """The scores of a ranking on one scale."""

    #: Where nothing is, in hundredths.
    zero: float
    #: The bars of each standing, in the order of the standings.
    rows: tuple[tuple[Bar, ...], ...]
    #: Where each score ends, in hundredths; None where there is none.
    ends: tuple[float | None, ...]


def stand(drafted: Draft) -> tuple[Standing, ...]:
    """Every candidate: those chosen, those left out by score, those never scored."""
    chosen = drafted.drawn.papers
    picked = drafted.drawn.steering.picked
    # An editor's pick is in whatever its score: others need not pass it.
    last = min((each.score for each in chosen if each.paper.key not in picked), default=inf)
    scored = [each for each in drafted.drawn.passed_over if each.ranked]
    barred = [each for each in drafted.drawn.passed_over if not each.ranked]
    return (
        *(
            Standing(one.paper, at, one.score, one.parts, not drafted.quiet, drafted.quiet)
            for at, one in enumerate(chosen, start=1)
        ),
        *(_leave_out(each, at, last) for at, each in enumerate(scored, start=len(chosen) + 1)),
        *(Standing(each.paper, 0, None, (), False, each.reason) for each in barred),
    )


def just_missed(standings: Iterable[Standing]) -> list[Standing]:
    """The papers that a few more votes would have brought in, the nearest first."""
    near = sorted((each for each in standings if each.lacks), key=lambda each: each.place)
    return near[:_NEAR]


def draw_chart(standings: Sequence[Standing]) -> Chart:
    """Stack each score's parts: what adds to it to the right, what takes from it to the left."""
    spans = [_span(each.parts) for each in standings]
    low = min((below for below, _ in spans), default=0.0)
    high = max((above for _, above in spans), default=0.0)
    scale = 100 / ((high - low) or 1)
    return Chart(
        zero=-low * scale,
        rows=tuple(tuple(_stack(each.parts, low, scale)) for each in standings),
        ends=tuple(
            None if each.score is None else (each.score - low) * scale for each in standings
        ),
    )


def _leave_out(each: PassedOver, place: int, last: float) -> Standing:
    ranked = each.ranked
    assert ranked is not None
    full = each.reason.startswith("the edition was full")
    lacks = _lacking_votes(ranked, last) if full else 0
    return Standing(ranked.paper, place, ranked.score, ranked.parts, False, each.reason, lacks)


def _lacking_votes(ranked: Ranked, last: float) -> int:
    """The score has ln(1 + upvotes) in it: so many more lift it over the last that is in."""
    gap = last - ranked.score
    if not 0 <= gap <= _FAR or ranked.paper.upvotes is None:
        return 0
    # One above a tie, which the younger paper would win.
    return floor((1 + ranked.paper.upvotes) * expm1(gap) + 1e-9) + 1


def _span(parts: Iterable[Part]) -> tuple[float, float]:
    values = [part.value for part in parts]
    return sum(v for v in values if v < 0), sum(v for v in values if v > 0)


def _stack(parts: Iterable[Part], low: float, scale: float) -> Iterable[Bar]:
    left = right = -low * scale
    for part in parts:
        width = abs(part.value) * scale
        if part.value < 0:
            left -= width
            yield Bar(part, left, width)
        elif part.value > 0:
            yield Bar(part, right, width)
            right += width
