"""An edition becomes an issue: Jinja, MJML, premailer, once for all readers."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from newsletter.errors import TemplateError
from newsletter.model import Card, Edition, Issue, Segment
from newsletter.rendering.cards import CardWords, describe
from newsletter.rendering.cutting import Marks, make_marks
from newsletter.rendering.fitting import LIMIT, fit, measure
from newsletter.rendering.letterhead import letterhead
from newsletter.rendering.press import Press, set_up
from newsletter.rendering.words import preheader, subject
from newsletter.settings import Settings

__all__ = ["RUNGS", "render"]

#: How fully a card shows its paper; no card of a lower rank shows more than one above it.
RUNGS = (
    "full",
    "short",  # a short abstract
    "bare",  # no abstract
    "title",  # the title alone
)

_log = logging.getLogger(__name__)


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
    does not fit, the lowest-ranked cards step down.

    Args:
        edition: at least one paper.
        templates: the folder of the templates.
        dated: the `Date` of every message.
        salt: random; makes Message-IDs and marks hard to guess.

    Raises:
        TemplateError: a template is missing or wrong, with its file and line, or the
            papers do not fit even as titles.
    """
    marks = make_marks(edition, salt)
    press = set_up(edition, settings, templates, marks)
    html = _print_fitting(press, edition, marks)
    rungs = {card.key: card.rung for card in _cards(html)}
    return Issue(
        day=edition.day,
        subject=subject(edition),
        preheader=preheader(edition),
        html=html,
        text=press.print_text(_describe(edition, marks, rungs)),
        letterhead=letterhead(settings),
        dated=dated,
        salt=salt,
    )


def _print_fitting(press: Press, edition: Edition, marks: Marks) -> tuple[Segment, ...]:
    whole = press.print_html(_describe(edition, marks, {}))
    if measure(whole).fits():
        return whole
    # A pass for each rung, so that every card stands where it stood in the first one.
    keys = [ranked.paper.key for ranked in edition.papers]
    shorter = [
        press.print_html(_describe(edition, marks, dict.fromkeys(keys, rung))) for rung in RUNGS[1:]
    ]
    return _choose(whole, shorter)


def _describe(edition: Edition, marks: Marks, rungs: Mapping[str, str]) -> list[CardWords]:
    rank = marks.slot("rank")
    return [
        describe(ranked, rung=rungs.get(ranked.paper.key, RUNGS[0]), rank=rank, today=edition.day)
        for ranked in edition.papers
    ]


def _choose(whole: Sequence[Segment], shorter: Iterable[Sequence[Segment]]) -> tuple[Segment, ...]:
    passes = [_cards(printed) for printed in (whole, *shorter)]
    if len({len(cards) for cards in passes}) > 1:
        raise TemplateError("A template must print the same cards whatever their rung.")
    ladders = list(zip(*passes, strict=True))
    frame = measure(part for part in whole if not isinstance(part, Card))
    chosen = fit(frame, [[measure((card,)) for card in ladder] for ladder in ladders])
    if chosen is None:
        raise TemplateError(
            f"{len(ladders)} papers exceed {LIMIT:,} bytes even as titles, and Gmail would cut "
            "the unsubscribe link off: lower papers.maximum."
        )
    _log.info("%s of %s papers are shortened to fit", sum(map(bool, chosen)), len(chosen))
    cards = (ladder[rung] for ladder, rung in zip(ladders, chosen, strict=True))
    return tuple(next(cards) if isinstance(part, Card) else part for part in whole)


def _cards(segments: Iterable[Segment]) -> list[Card]:
    return [part for part in segments if isinstance(part, Card)]
