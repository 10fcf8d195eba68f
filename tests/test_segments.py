"""Segments as plain values."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from newsletter import segments
from newsletter.model import Card, Literal, Segment, Slot

plain = st.one_of(st.builds(Literal, st.text()), st.builds(Slot, st.text(min_size=1)))
cards = st.builds(Card, st.text(), st.text(), st.lists(plain).map(tuple))
issues = st.lists(st.one_of(plain, cards)).map(tuple)


@given(issues)
def test_segments_survive_the_way_through_json(given: tuple[Segment, ...]) -> None:
    """However odd their text, names and keys."""
    assert segments.load(json.loads(json.dumps(segments.dump(given)))) == given


def test_literals_slots_and_cards_have_the_stored_form_that_old_issues_have() -> None:
    """A change of form would make the issues of open deliveries unreadable."""
    issue = (Literal("Hello "), Slot("name"), Card("a", "full", (Slot("rank"), Literal(". A"))))

    assert segments.dump(issue) == [
        "Hello ",
        {"slot": "name"},
        {"card": "a", "rung": "full", "segments": [{"slot": "rank"}, ". A"]},
    ]
