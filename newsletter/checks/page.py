"""The HTML part, read once for all checks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import lxml.html
from lxml.etree import ParserError
from lxml.html import HtmlElement

from newsletter.checks.css import AtRule, Rule, read_sheet
from newsletter.checks.findings import Part, Place
from newsletter.checks.looks import Look, Mode, looks

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
#: An element with more text than this holds others, and its name says more than its words.
_WHOLE = 600
#: So many characters of a text tell people which one is meant.
_SHOWN = 48


@dataclass(frozen=True)
class Page:
    """A document. What stands in Outlook's conditional comments is no part of it."""

    html: str

    @cached_property
    def root(self) -> HtmlElement:
        """The `html` element."""
        # As bytes: lxml refuses text that names an encoding, as XHTML does.
        parser = lxml.html.HTMLParser(encoding="utf-8")
        try:
            return lxml.html.document_fromstring(self.html.encode(), parser=parser)
        except ParserError:  # there is nothing in it
            return lxml.html.document_fromstring(b"<html></html>", parser=parser)

    @cached_property
    def elements(self) -> tuple[HtmlElement, ...]:
        """All elements in document order, the root first."""
        return tuple(self.root.iter("*"))

    @cached_property
    def sheets(self) -> tuple[str, ...]:
        """What stands in each `<style>`."""
        return tuple(element.text or "" for element in self.elements if element.tag == "style")

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of all style sheets."""
        return tuple(
            replace(rule, media=" and ".join(filter(None, (element.get("media"), rule.media))))
            for element in self.elements
            if element.tag == "style"
            for rule in read_sheet(element.text or "")[0]
        )

    @cached_property
    def at_rules(self) -> tuple[AtRule, ...]:
        """`@media` and the like of all style sheets."""
        return tuple(rule for sheet in self.sheets for rule in read_sheet(sheet)[1])

    def looks(self, mode: Mode) -> dict[HtmlElement, Look]:
        """How each element looks."""
        if mode not in self._looks:
            self._looks[mode] = looks(self.elements, self.rules, mode)
        return self._looks[mode]

    @cached_property
    def _looks(self) -> dict[Mode, dict[HtmlElement, Look]]:
        """What is worked out already: several checks ask for the same."""
        return {}

    @cached_property
    def light(self) -> dict[HtmlElement, Look]:
        """How each element looks in the light: what is shown at all."""
        return self.looks(Mode.LIGHT)

    @cached_property
    def shown(self) -> tuple[HtmlElement, ...]:
        """The elements a reader can see."""
        return tuple(element for element in self.elements if not self.light[element].hidden)

    @cached_property
    def words(self) -> str:
        """All that can be read, pieces apart by a blank."""
        return squeeze(" ".join(text for _, text in self.texts()))

    def texts(self) -> Iterator[tuple[HtmlElement, str]]:
        """Each visible piece of text, in reading order, with the element it belongs to."""
        for element in self.elements:
            if not self.light[element].hidden and element.text and element.text.strip():
                yield element, element.text
            parent = element.getparent()
            tail = element.tail
            if tail and tail.strip() and parent is not None and not self.light[parent].hidden:
                yield parent, tail

    def named(self, *tags: str) -> Iterator[HtmlElement]:
        """The visible elements of a name."""
        return (element for element in self.shown if element.tag in tags)

    def place(self, element: HtmlElement) -> Place:
        """Where an element stands, in words and as a path."""
        return Place(
            part=Part.HTML,
            words=_describe(element) + self._describe_surroundings(element),
            element=self._paths[element],
        )

    def _describe_surroundings(self, element: HtmlElement) -> str:
        """The heading an element belongs to: the only one in what holds both, or the last."""
        around = (element, *element.iterancestors())
        headings = next(filter(None, (list(one.iter(*HEADINGS)) for one in around)), [])
        if len(headings) == 1:
            return "" if headings[0] in around else f" of “{brief(headings[0])}”"
        last = self._heading_above[element]
        return "" if last is None else f" after “{brief(last)}”"

    @cached_property
    def _paths(self) -> dict[HtmlElement, str]:
        counts: dict[str, int] = {}
        paths: dict[HtmlElement, str] = {}
        for element in self.elements:
            tag = str(element.tag)
            counts[tag] = counts.get(tag, 0) + 1
            paths[element] = f"(//{tag})[{counts[tag]}]"
        return paths

    @cached_property
    def _heading_above(self) -> dict[HtmlElement, HtmlElement | None]:
        above: dict[HtmlElement, HtmlElement | None] = {}
        last = None
        for element in self.elements:
            last = element if element.tag in HEADINGS else last
            above[element] = last
        return above


def squeeze(text: str) -> str:
    """The text with every run of white space as one blank."""
    return " ".join(text.split())


def spoken(element: HtmlElement) -> str:
    """What a screen reader says of an element: its text, and its pictures' alt texts."""
    alts = (image.get("alt") or "" for image in element.iter("img"))
    return squeeze(" ".join((element.text_content(), *alts)))


def brief(element: HtmlElement) -> str:
    """The first words of an element."""
    return shortened(spoken(element))


def shortened(text: str) -> str:
    """As much of a text as tells people which one is meant."""
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1].rstrip() + "…"


def _describe(element: HtmlElement) -> str:
    text = brief(element)
    match element.tag:
        case "a":
            return f"link “{text}”" if text else f"link to {shortened(element.get('href') or '')}"
        case "img":
            source = element.get("src") or ""
            name = re.split(r"[?#,]", source)[0]
            last = name if source.startswith("data:") else name.rpartition("/")[2]
            return f"picture {shortened(last)}".rstrip()
        case tag:
            is_small = text and len(element.text_content()) <= _WHOLE
            kind = f".{element.get('class')}" if element.get("class") else ""
            return f"“{text}”" if is_small else f"<{tag}{kind}>"
