"""How a client shows each element: its colours and its size, in the light and in the dark.

In the dark some ask the author by `prefers-color-scheme`. Outlook.com makes dark colours of its
own, which read, and lets the author change them by rules behind `[data-ogsc]` (colours) and
`[data-ogsb]` (backgrounds).

What is inherited is inherited, and rules win over each other as in CSS Cascading 4; of the
values only those a check asks for are worked out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import count
from typing import cast

from cssselect import SelectorError, parse
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from newsletter.checks.colours import BLACK, CLEAR, DARK, LINK, WHITE, Colour, find_colour
from newsletter.checks.css import Declaration, Rule, read_declarations
from newsletter.checks.lengths import font_size, is_bold, is_zero, opacity

_ASKED = frozenset(
    {
        *("color", "background", "background-color", "background-image", "opacity"),
        *("font", "font-size", "font-weight"),
        *("display", "visibility", "max-height", "overflow"),
    }
)
_HEADINGS = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h4": 1.0, "h5": 0.83, "h6": 0.67}
_BOLD = frozenset({*_HEADINGS, "b", "strong", "th"})
_NEVER_SHOWN = frozenset({"head", "title", "style", "script", "template"})
_NOTHING: Mapping[str, str] = {}
_COLOURS = frozenset({"color", "background-color", "background-image"})
#: How Outlook.com marks the page it darkens.
_OUTLOOK_MARK = re.compile(r"\[data-ogs[bc]\]\s*")


class Mode(Enum):
    """Who shows the email, and in which light."""

    LIGHT = "in the light"
    DARK = "in the dark"
    OUTLOOK = "in Outlook.com's dark"


@dataclass(frozen=True, slots=True)
class Look:
    """What an element looks like."""

    colour: Colour
    #: What its text stands on.
    ground: Colour
    #: The ground is a picture or a gradient, which no check can see.
    on_picture: bool
    #: Font size in pixels.
    size: float
    bold: bool
    hidden: bool
    #: Of all of it, and what shows through.
    opacity: float = 1.0
    behind: Colour = CLEAR

    @property
    def seen(self) -> tuple[Colour, Colour]:
        """Its text and its ground, as what lies behind shows through them."""
        text, ground = self.colour.over(self.ground), self.ground
        if self.opacity == 1:  # as nearly all are
            return text, ground
        return (
            text._replace(alpha=self.opacity).over(self.behind),
            ground._replace(alpha=self.opacity).over(self.behind),
        )


def looks(
    elements: Sequence[HtmlElement], rules: Sequence[Rule], mode: Mode
) -> dict[HtmlElement, Look]:
    """The look of each element.

    Args:
        elements: in document order, the root first.
        rules: of all style sheets, in their order.
    """
    declared = _cascade(elements, [rule for rule in rules if _holds(rule, mode)], mode)
    is_dark = mode is Mode.OUTLOOK or (mode is Mode.DARK and _declares_dark(elements))
    canvas = (DARK, WHITE) if is_dark else (WHITE, BLACK)
    start = Look(canvas[1], canvas[0], False, 16.0, False, False)
    found: dict[HtmlElement, Look] = {}
    for element in elements:
        parent = element.getparent()
        above = start if parent is None else found[parent]
        found[element] = _look(element, declared.get(element, _NOTHING), above, mode)
    return found


def speaks_to_outlook(rule: Rule) -> bool:
    """Whether a rule is for Outlook.com in the dark."""
    return bool(_OUTLOOK_MARK.search(rule.selector))


def _declares_dark(elements: Iterable[HtmlElement]) -> bool:
    return any(
        element.tag == "meta"
        and element.get("name") == "color-scheme"
        and "dark" in (element.get("content") or "")
        for element in elements
    )


def _holds(rule: Rule, mode: Mode) -> bool:
    """Whether a rule holds on a wide screen."""
    media = rule.media.replace(" ", "")
    if "prefers-color-scheme:" in media and (":dark" in media) is not (mode is Mode.DARK):
        return False
    return "print" not in media and "max-width" not in media


def _cascade(
    elements: Sequence[HtmlElement], rules: Iterable[Rule], mode: Mode
) -> dict[HtmlElement, dict[str, str]]:
    """What is declared for each element, the winner of each property."""
    ranked: dict[HtmlElement, dict[str, tuple[tuple[object, ...], str]]] = {}
    order = count()
    for rule in rules:
        wanted = _wanted(rule.declarations)
        selector = rule.selector
        if mode is Mode.OUTLOOK and speaks_to_outlook(rule):
            selector = _OUTLOOK_MARK.sub("", selector)
        elif mode is Mode.OUTLOOK:
            wanted = _without_colours(wanted)
        for specificity, element in _select(elements[0], selector) if wanted else ():
            _add(ranked.setdefault(element, {}), wanted, (specificity, next(order)))
    for element in elements:
        if style := element.get("style"):
            wanted = _wanted(read_declarations(style))
            wanted = _without_colours(wanted) if mode is Mode.OUTLOOK else wanted
            _add(ranked.setdefault(element, {}), wanted, ((9, 9, 9), next(order)))
    return {
        element: {name: value for name, (_, value) in values.items()}
        for element, values in ranked.items()
    }


def _without_colours(declarations: Iterable[Declaration]) -> list[Declaration]:
    """What Outlook.com leaves as it is."""
    return [one for one in declarations if one.name not in _COLOURS | {"background"}]


def _wanted(declarations: Iterable[Declaration]) -> list[Declaration]:
    return [declaration for declaration in declarations if declaration.name in _ASKED]


def _add(
    values: dict[str, tuple[tuple[object, ...], str]],
    declarations: Iterable[Declaration],
    rank: tuple[object, ...],
) -> None:
    for declaration in declarations:
        own = (declaration.important, *rank)
        for name, value in _longhands(declaration):
            if name not in values or values[name][0] <= own:
                values[name] = (own, value)


def _longhands(declaration: Declaration) -> Iterator[tuple[str, str]]:
    """A shorthand sets all it stands for."""
    value = declaration.value
    if declaration.name == "background":
        yield "background-color", value
        yield "background-image", value
    elif declaration.name == "font":
        yield "font-size", value
        yield "font-weight", value
    else:
        yield declaration.name, value


def _select(root: HtmlElement, selector: str) -> Iterator[tuple[object, HtmlElement]]:
    for specificity, select in _compile(selector):
        yield from ((specificity, element) for element in cast(list[HtmlElement], select(root)))


@lru_cache(maxsize=512)
def _compile(selector: str) -> tuple[tuple[object, CSSSelector], ...]:
    """The selectors of a rule; () where it speaks of what stands in no document (`::before`)."""
    try:
        return tuple(
            (one.specificity(), CSSSelector(one.canonical(), translator="html"))
            for one in parse(selector)
            if not one.pseudo_element
        )
    except SelectorError:
        return ()


def _look(element: HtmlElement, own: Mapping[str, str], above: Look, mode: Mode) -> Look:
    tag = str(element.tag)
    own = own if mode is Mode.OUTLOOK else {**_attributes(element), **own}
    value = own.get("color", "")
    is_link = tag == "a" and bool(element.get("href")) and value != "inherit"
    is_blue = is_link and mode is not Mode.OUTLOOK
    ground = find_colour(own.get("background-color", "")) or CLEAR
    share = opacity(own.get("opacity", ""))
    size = font_size(own.get("font-size", ""), above.size)
    bold = is_bold(own.get("font-weight", ""))
    return Look(
        colour=find_colour(value) or (LINK if is_blue else above.colour),
        ground=ground.over(above.ground),
        on_picture=_has_picture(own) or (above.on_picture and not ground.is_opaque),
        size=above.size * _HEADINGS.get(tag, 1) if size is None else size,
        bold=bold if bold is not None else tag in _BOLD or above.bold,
        hidden=above.hidden or _is_hidden(element, tag, own),
        opacity=above.opacity * share,
        # Where one veil lies within another, the outer one counts for both.
        behind=above.behind if above.opacity < 1 else above.ground,
    )


def _attributes(element: HtmlElement) -> Mapping[str, str]:
    """Colours that attributes give."""
    named = {"color": element.get("color"), "background-color": element.get("bgcolor")}
    return {name: value for name, value in named.items() if value}


def _has_picture(own: Mapping[str, str]) -> bool:
    image = own.get("background-image", "")
    return "url(" in image or "gradient(" in image


def _is_hidden(element: HtmlElement, tag: str, own: Mapping[str, str]) -> bool:
    return (
        tag in _NEVER_SHOWN
        or element.get("hidden") is not None
        or own.get("display", "").lower() == "none"
        or own.get("visibility") == "hidden"
        or opacity(own.get("opacity", "")) == 0
        or (is_zero(own.get("max-height", "")) and own.get("overflow") == "hidden")
    )
