"""An edition becomes an issue: Jinja, MJML, premailer, once for all readers."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby, islice
from operator import attrgetter
from pathlib import Path

from newsletter.collector import at_rest
from newsletter.errors import TemplateError
from newsletter.model import Card, Edition, Issue, Segment
from newsletter.rendering.cards import CardWords, describe
from newsletter.rendering.cutting import Marks, make_marks
from newsletter.rendering.fitting import (
    LIMIT,
    Size,
    add_up,
    count_fitting,
    find_between,
    fit,
    measure,
)
from newsletter.rendering.letterhead import letterhead
from newsletter.rendering.press import Press, set_up
from newsletter.settings import Settings

__all__ = ["RUNGS", "render"]

#: How fully a card shows its paper; no card of a lower rank shows more than one above it.
RUNGS = (
    "full",
    "short",  # a short abstract
    "bare",  # no abstract
    "title",  # the title alone
)

_Weighed = tuple[Card, Size]

_log = logging.getLogger(__name__)


@at_rest()
def render(
    edition: Edition,
    settings: Settings,
    *,
    templates: Path,
    dated: datetime,
    salt: str,
) -> Issue:
    """Render an edition with the template that `brand.template` names.

    The HTML, and the HTML as quoted-printable, stay under Gmail's limit: where the whole
    does not fit, the lowest-ranked cards step down; where not even all titles fit, the
    lowest-ranked papers are left out, and the email says how many.

    Args:
        edition: at least one paper.
        templates: the folder of the templates.
        dated: the `Date` of every message.
        salt: random; makes Message-IDs and marks hard to guess.

    Raises:
        TemplateError: a template is missing or wrong, with its file and line, or exceeds
            the limit without any paper.
        ConfigError: the logo cannot be used.
    """
    marks = make_marks(edition, salt)
    cards = _describe(edition, marks)
    press = set_up(edition, cards, settings, templates, marks)
    press, html = _print_all(press, cards)
    rungs = {part.key: part.rung for part in html if isinstance(part, Card)}
    shown = [replace(card, rung=rungs[card.key]) for card in cards if card.key in rungs]
    return Issue(
        day=edition.day,
        subject=str(press.own["subject"]),
        preheader=str(press.own["preheader"]),
        html=html,
        text=press.print_text(shown),
        letterhead=letterhead(settings),
        dated=dated,
        salt=salt,
    )


def _describe(edition: Edition, marks: Marks) -> list[CardWords]:
    rank = marks.slot("rank")
    return [
        describe(ranked, rung=RUNGS[0], rank=rank, today=edition.day) for ranked in edition.papers
    ]


def _print_all(press: Press, cards: Sequence[CardWords]) -> tuple[Press, tuple[Segment, ...]]:
    """The HTML, and the press with the number of papers that do not fit even as titles."""
    left_out = 0
    while left_out < len(cards):
        press = replace(press, own={**press.own, "left_out": left_out})
        kept = cards[: len(cards) - left_out]
        printed = _print_fitting(press, kept)
        if not isinstance(printed, int):
            return press, printed
        # At least one more each time: the line that says so takes room, too.
        left_out = len(cards) - min(printed, len(kept) - 1)
    raise TemplateError(
        f"{press.folder / press.template}.mjml exceeds {LIMIT:,} bytes with no paper in it, and "
        "Gmail would cut the unsubscribe link off: make it shorter."
    )


def _print_fitting(press: Press, cards: Sequence[CardWords]) -> tuple[Segment, ...] | int:
    """The HTML under the limit; else the number of cards that fit as titles."""
    whole = press.print_html(cards)
    frame = measure(part for part in whole if not isinstance(part, Card))
    fullest = _weigh(whole, cards)
    if add_up((frame, *(size for _, size in fullest))).fits():
        return whole
    titles = _weigh(press.print_html(cards, {card.key: RUNGS[-1:] for card in cards}), cards)
    ladders = _make_ladders(press, cards, frame, fullest, titles)
    chosen = fit(frame, [[size for _, size in ladder] for ladder in ladders])
    if chosen is None:
        return count_fitting(frame, [size for _, size in titles])
    _log.info("%s of %s papers are shortened to fit", sum(map(bool, chosen)), len(chosen))
    best_first = (ladder[rung][0] for ladder, rung in zip(ladders, chosen, strict=True))
    shown = {key: iter(list(same)) for key, same in groupby(best_first, attrgetter("key"))}
    return tuple(next(shown[part.key]) if isinstance(part, Card) else part for part in whole)


def _make_ladders(
    press: Press,
    cards: Sequence[CardWords],
    frame: Size,
    fullest: Sequence[_Weighed],
    titles: Sequence[_Weighed],
) -> list[tuple[_Weighed, ...]]:
    """Each card at every rung; what is between is printed only where it may be needed."""
    ends = list(zip(fullest, titles, strict=True))
    inner = RUNGS[1:-1]
    between = find_between(frame, [(first[1], last[1]) for first, last in ends], len(RUNGS))
    keys = {ends[at][0][0].key for at in between}
    rungs = {card.key: inner if card.key in keys else () for card in cards}
    printed = iter(_weigh(press.print_html(cards, rungs), cards) if keys else ())
    ladders = []
    for first, last in ends:
        is_needed = first[0].key in keys
        middle = islice(printed, len(inner)) if is_needed else (last,) * len(inner)
        ladders.append((first, *middle, last))
    return ladders


def _weigh(segments: Iterable[Segment], cards: Iterable[CardWords]) -> list[_Weighed]:
    """The cards, best first in whatever order a template places them."""
    ranks = {card.key: rank for rank, card in enumerate(cards)}
    placed = (part for part in segments if isinstance(part, Card))
    return [(card, measure((card,))) for card in sorted(placed, key=lambda card: ranks[card.key])]
