"""What of HTML and CSS an email uses, by names such as "property gap" or "element video".

| name | what uses it |
|---|---|
| property NAME, declaration NAME: VALUE | a declaration |
| unit NAME, function NAME, important | its value |
| at NAME, media FEATURE | `@media`, `@supports`, … |
| pseudo NAME, combinator +, selector id | a selector |
| element NAME, attribute NAME | a tag |
| meta NAME, link mailto, link # | a meta element; where a link leads |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from lxml.html import HtmlElement

from newsletter.checks.css import Declaration, Rule, Tokens, read_declarations, walk
from newsletter.checks.findings import Part, Place
from newsletter.checks.page import Page, shortened

#: Whose value matters: the property alone says too little.
_BY_VALUE = frozenset({"display", "flex-direction", "flex-wrap"})


def features(page: Page) -> dict[str, Place]:
    """Each feature with the first place that uses it, as far as it can be seen."""
    found: dict[str, Place] = {}
    for rule in page.rules:
        place = Place(part=Part.HTML, words=f"style rule {shortened(rule.selector)}")
        for name in _of_rule(rule):
            found.setdefault(name, place)
    for at_rule in page.at_rules:
        place = Place(part=Part.HTML, words=f"style rule @{at_rule.keyword}")
        for name in _of_at_rule(at_rule.keyword, at_rule.prelude):
            found.setdefault(name, place)
    seen: set[str] = set(found)
    for element in page.elements:
        for name in _of_element(element):
            if name not in seen:
                seen.add(name)
                found[name] = page.place(element)
    return found


def _of_rule(rule: Rule) -> Iterator[str]:
    yield from _of_selector(rule.prelude)
    yield from _of_declarations(rule.declarations)


def _of_at_rule(keyword: str, prelude: Tokens) -> Iterator[str]:
    yield f"at {keyword}"
    for token in walk(prelude):
        if token.type == "ident":
            yield f"media {token.lower_value}"


@lru_cache(maxsize=1024)
def _of_style(style: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_of_declarations(read_declarations(style))))


def _of_declarations(declarations: Iterable[Declaration]) -> Iterator[str]:
    for declaration in declarations:
        yield f"property {declaration.name}"
        if declaration.name in _BY_VALUE:
            yield f"declaration {declaration.name}: {declaration.value.lower()}"
        if declaration.important:
            yield "important"
        yield from _of_value(declaration.tokens)


def _of_value(tokens: Tokens) -> Iterator[str]:
    for token in walk(tokens):
        if token.type == "dimension":
            yield f"unit {token.lower_unit}"
        elif token.type == "percentage":
            yield "unit %"
        elif token.type == "function":
            yield f"function {token.lower_name}"


def _of_selector(tokens: Tokens) -> Iterator[str]:
    after_colon = False
    for token in tokens:
        if after_colon and token.type in ("ident", "function"):
            yield f"pseudo {token.lower_value if token.type == 'ident' else token.lower_name}"
        elif token.type == "literal" and token.value in "+~>":
            yield f"combinator {token.value}"
        elif token.type == "literal" and token.value == "*":
            yield "selector *"
        elif token.type == "hash":
            yield "selector id"
        elif token.type == "[] block":
            yield "selector attribute"
        after_colon = token.type == "literal" and token.value == ":"


def _of_element(element: HtmlElement) -> Iterator[str]:
    yield f"element {element.tag}"
    for name in element.attrib:
        yield f"attribute {name}"
    if style := element.get("style"):
        yield from _of_style(str(style))
    if element.tag == "meta":
        yield f"meta {element.get('name')}"
    elif element.tag == "a":
        href = element.get("href") or ""
        yield "link #" if href.startswith("#") else f"link {href.partition(':')[0]}"
