"""Prints an edition's cards and what stands around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from newsletter.message import READER_SLOTS
from newsletter.model import Edition, Segment
from newsletter.rendering.cards import CardWords
from newsletter.rendering.cutting import Marks
from newsletter.rendering.environment import fill_template, make_environment
from newsletter.rendering.inlining import check_css, inline
from newsletter.rendering.mjml import to_html
from newsletter.rendering.note import read_note
from newsletter.rendering.words import direction, long_day, opening, preheader, subject
from newsletter.settings import Settings

_CSS = "brand.css"


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What every pass of one rendering shares; `set_up` makes it."""

    environment: Environment
    folder: Path
    template: str
    css: str
    marks: Marks
    #: What cards may say too: the same for every edition.
    shared: dict[str, object]
    #: What only the document around the cards may say.
    own: dict[str, object]

    def print_html(self, cards: Sequence[CardWords]) -> tuple[Segment, ...]:
        """The HTML part in segments, styles inlined."""
        name = f"{self.template}.mjml"
        html = to_html(self._fill(name, cards), template=self.folder / name)
        return self.marks.cut(inline(html, self.css))

    def print_text(self, cards: Sequence[CardWords]) -> tuple[Segment, ...]:
        """The plain-text part in segments."""
        return self.marks.cut(self._fill(f"{self.template}.txt", cards))

    def _fill(self, name: str, cards: Sequence[CardWords]) -> str:
        names = {**self.shared, **self.own, "cards": cards, "place": self._place}
        return fill_template(self.environment, self.folder, name, names)

    def _place(self, card: CardWords, part: str) -> Markup:
        """Print a card from a file of its own, which sees neither rank nor neighbours."""
        printed = self.environment.get_template(part).render(self.shared, card=card)
        return self.marks.card(card.key, card.rung, printed)


def set_up(edition: Edition, settings: Settings, templates: Path, marks: Marks) -> Press:
    """Read the templates and put the edition into words.

    Raises:
        TemplateError: brand.css is missing or wrong.
    """
    environment = make_environment(templates)
    shared: dict[str, object] = {
        "newsletter": settings.newsletter,
        "sender": settings.sender,
        "brand": settings.brand,
        "direction": direction(settings.newsletter.language),
    }
    css = fill_template(environment, templates, _CSS, shared)
    check_css(css, templates / _CSS)
    return Press(
        environment=environment,
        folder=templates,
        template=settings.brand.template,
        css=css,
        marks=marks,
        shared=shared,
        own=_describe(edition) | {name: marks.slot(name) for name in READER_SLOTS},
    )


def _describe(edition: Edition) -> dict[str, object]:
    return {
        "day": long_day(edition.day),
        "subject": subject(edition),
        "preheader": preheader(edition),
        "opening": opening(edition),
        "note": read_note(edition.steering.note),
    }
