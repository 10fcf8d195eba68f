"""Prints an edition's cards and what stands around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from newsletter.errors import TemplateError
from newsletter.message import READER_SLOTS
from newsletter.model import Edition, Segment
from newsletter.rendering.branding import prepare_brand, read_logos
from newsletter.rendering.cards import CardWords
from newsletter.rendering.cutting import Marks
from newsletter.rendering.environment import Place, fill_template, make_environment
from newsletter.rendering.inlining import find_css_fault, inline
from newsletter.rendering.mjml import MjmlError, to_html
from newsletter.rendering.mjml_rules import Fault
from newsletter.rendering.note import read_note
from newsletter.rendering.origin import Origin, find_origin, marking
from newsletter.rendering.words import direction, long_day, one_line, opening
from newsletter.settings import Settings

_CSS = "brand.css"
_SHOWN = 200

#: The rungs to print a card at, by its key.
Rungs = Mapping[str, Sequence[str]]
_OWN: Rungs = {}


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
    own: dict[str, object] = field(default_factory=dict)

    def print_html(self, cards: Sequence[CardWords], rungs: Rungs = _OWN) -> tuple[Segment, ...]:
        """The HTML part in segments, styles inlined.

        Args:
            rungs: where to print a card otherwise than at its own rung, by its key: at each
                of these, one after the other, as one document costs less than several.
        """
        name = f"{self.template}.mjml"
        source = self._fill(name, cards, rungs)
        try:
            html = to_html(source)
        except MjmlError as error:
            raise self._locate(name, cards, rungs, source, error.fault) from error
        return self.marks.cut(inline(html, self.css))

    def print_text(self, cards: Sequence[CardWords]) -> tuple[Segment, ...]:
        """The plain-text part in segments."""
        return self.marks.cut(self._fill(f"{self.template}.txt", cards))

    def print_line(self, name: str, cards: Sequence[CardWords]) -> str:
        """A template that makes one line of words, the same for every reader.

        Where it comes out empty, as for a title without a visible letter, it is the opening.

        Raises:
            TemplateError: the line holds a slot.
        """
        names = {**self.shared, **self.own, "cards": cards}
        line = one_line(fill_template(self.environment, self.folder, name, names))
        if self.marks.nonce in line:
            raise TemplateError(
                f"{self.folder / name} holds a slot, and those are filled only in the body."
            )
        return line or one_line(str(self.own["opening"]))

    def _fill(self, name: str, cards: Sequence[CardWords], rungs: Rungs = _OWN) -> str:
        place = partial(self._place, rungs)
        names = {**self.shared, **self.own, "cards": cards, "place": place}
        return fill_template(self.environment, self.folder, name, names)

    def _place(self, rungs: Rungs, card: CardWords, part: str) -> Markup:
        """Print a card from a file of its own, which sees neither rank nor neighbours."""
        template = self.environment.get_template(part)
        shown = (replace(card, rung=rung) for rung in rungs.get(card.key, (card.rung,)))
        printed = ((one, template.render(self.shared, card=one)) for one in shown)
        return Markup("").join(self.marks.card(one.key, one.rung, text) for one, text in printed)

    def _locate(
        self,
        name: str,
        cards: Sequence[CardWords],
        rungs: Rungs,
        source: str,
        fault: Fault,
    ) -> TemplateError:
        """What is wrong with the MJML, told by the template's line that made it."""
        path = self.folder / name
        if not fault.line:
            return TemplateError(f"{path}: {fault.said}.")
        marked = replace(self, environment=marking(self.environment))._fill(name, cards, rungs)
        origin = find_origin(marked, fault.line, fault.column)
        opened = find_origin(marked, *fault.opened) if fault.opened[0] else None
        if origin := origin or opened:
            at, more = _choose_place(name, origin, opened or origin)
            return Place(self.folder / at.template, at.line).tell(fault.said + more)
        shown = source.split("\n")[fault.line - 1].strip()[:_SHOWN]
        where = f"{path} (line {fault.line} of the MJML it makes)"
        return TemplateError(f"{where}: {fault.said}.\n  {shown}")


def _choose_place(name: str, closed: Origin, opened: Origin) -> tuple[Origin, str]:
    """The place to mend, and what to say of the other one.

    Where a tag is opened in one template and another is closed in the next, one of the two is
    a part, and at fault: a part closes what it opens, and nothing else.

    Args:
        name: the template that is no part.
    """
    if opened == closed:
        return closed, ""
    if opened.template == closed.template:
        return closed, f"; the first was opened in line {opened.line}"
    if opened.template == name:
        return closed, f"; the first was opened in {opened.template} line {opened.line}"
    return opened, f"; the second is closed in {closed.template} line {closed.line}"


def set_up(
    edition: Edition,
    cards: Sequence[CardWords],
    settings: Settings,
    templates: Path,
    marks: Marks,
) -> Press:
    """Read the templates and put the edition into words.

    Args:
        cards: the edition's, in full: subject and preheader may speak of them.

    Raises:
        TemplateError: brand.css, subject.txt or preheader.txt is missing or wrong.
        ConfigError: the logo cannot be used.
    """
    environment = make_environment(templates)
    shared = _describe_newsletter(settings)
    css = _read_css(environment, templates, shared)
    press = Press(
        environment=environment,
        folder=templates,
        template=settings.brand.template,
        css=css,
        marks=marks,
        shared=shared,
        own=_describe(edition, settings),
    )
    lines = {name: press.print_line(f"{name}.txt", cards) for name in ("subject", "preheader")}
    if edition.steering.subject:
        lines["subject"] = one_line(edition.steering.subject)
    slots = {name: marks.slot(name) for name in READER_SLOTS}
    return replace(press, own={**press.own, **lines, **slots})


def _read_css(environment: Environment, folder: Path, names: dict[str, object]) -> str:
    css = fill_template(environment, folder, _CSS, names)
    fault = find_css_fault(css)
    if fault is None:
        return css
    marked = fill_template(marking(environment), folder, _CSS, names)
    line = find_origin(marked, fault[0]) or Origin(_CSS, fault[0])
    raise Place(folder / line.template, line.line).tell(fault[1])


def _describe_newsletter(settings: Settings) -> dict[str, object]:
    side = direction(settings.newsletter.language)
    logo, logo_dark = read_logos(settings.brand, settings.home)
    return {
        "newsletter": settings.newsletter,
        "sender": settings.sender,
        "brand": prepare_brand(settings.brand),
        "logo": logo,
        "logo_dark": logo_dark,
        "direction": side,
        "start": "right" if side == "rtl" else "left",
        "end": "left" if side == "rtl" else "right",
    }


def _describe(edition: Edition, settings: Settings) -> dict[str, object]:
    base = settings.newsletter.public_url if settings.web.archive else ""
    return {
        "day": long_day(edition.day),
        "opening": opening(edition),
        "view_url": f"{base}/archive/{edition.day}" if base else "",
        "left_out": 0,
        "note": read_note(edition.steering.note),
    }
