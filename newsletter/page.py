"""An edition's page: its papers as plain values, to keep, and what they tell of a paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from newsletter.model import Edition, Paper, Ranked

#: Key, title, score and parts of a paper; of one passed over also the reason. Score and parts
#: are None where it was left out before papers were scored.
Entry = Mapping[str, Any]


def list_chosen(edition: Edition) -> list[Entry]:
    """What the edition holds, in its order."""
    return [_entry(ranked.paper, ranked) for ranked in edition.papers]


def list_passed_over(edition: Edition) -> list[Entry]:
    """What it might have held."""
    return [
        {**_entry(each.paper, each.ranked), "reason": each.reason} for each in edition.passed_over
    ]


def judge(key: str, chosen: Sequence[Entry], passed_over: Iterable[Entry]) -> list[str]:
    """Why an edition holds a paper or does not, the verdict first; empty if it never met it."""
    for place, each in enumerate(chosen, start=1):
        if each["key"] == key:
            return [f"chosen: number {place} of {len(chosen)}", *_explain(each)]
    for each in passed_over:
        if each["key"] == key:
            return [f"not chosen: {each['reason']}", *_explain(each)]
    return []


def _entry(paper: Paper, ranked: Ranked | None) -> Entry:
    return {
        "key": paper.key,
        "title": paper.title,
        "score": ranked and ranked.score,
        "parts": ranked and [list(part) for part in ranked.parts],
    }


def _explain(each: Entry) -> list[str]:
    if each["parts"] is None:
        return []
    parts = (f"{signal} {value:+.2f} ({reason})" for signal, value, reason in each["parts"])
    return [f"score {each['score']:.2f} = {', '.join(parts)}"]
