"""What an edition's page tells of a paper."""

from __future__ import annotations

import json

import make
from newsletter.model import Edition, PassedOver
from newsletter.page import judge, list_chosen, list_passed_over

EDITION = Edition(
    day=make.DAY,
    papers=(make.ranked("a", 2.5), make.ranked("b")),
    passed_over=(
        PassedOver(make.paper("c"), "the edition was full", make.ranked("c", -0.25)),
        PassedOver(make.paper("d"), "featured on 2026-08-12"),
    ),
)


def verdict(key: str) -> list[str]:
    """By way of JSON, as the store keeps it."""
    chosen, passed_over = json.loads(json.dumps([list_chosen(EDITION), list_passed_over(EDITION)]))
    return judge(key, chosen, passed_over)


def test_a_chosen_paper_has_its_place_and_the_parts_of_its_score() -> None:
    assert verdict("a") == ["chosen: number 1 of 2", "score 2.50 = upvotes +2.50 (10 upvotes)"]


def test_a_paper_passed_over_has_its_reason_and_its_score_where_there_is_one() -> None:
    assert verdict("c") == [
        "not chosen: the edition was full",
        "score -0.25 = upvotes -0.25 (10 upvotes)",
    ]
    assert verdict("d") == ["not chosen: featured on 2026-08-12"]


def test_of_a_paper_it_never_met_it_tells_nothing() -> None:
    assert verdict("e") == []
