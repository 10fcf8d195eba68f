"""CSS taken apart, of style sheets and of style attributes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import tinycss2

#: Tokens of tinycss2, which exports no common type for them.
Tokens = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Declaration:
    """One property with its value."""

    name: str
    value: str
    tokens: Tokens
    important: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a style sheet."""

    selector: str
    #: The selector's own tokens.
    prelude: Tokens
    declarations: tuple[Declaration, ...]
    #: The media queries it stands in, joined; "" where it holds always.
    media: str


@dataclass(frozen=True, slots=True)
class AtRule:
    """A rule such as `@media`, by its keyword."""

    keyword: str
    prelude: Tokens


@lru_cache(maxsize=1024)
def read_declarations(text: str) -> tuple[Declaration, ...]:
    """The declarations of a style attribute; what is no CSS is passed over, as clients do."""
    return _declarations(tinycss2.parse_blocks_contents(text))


@lru_cache(maxsize=32)
def read_sheet(text: str) -> tuple[tuple[Rule, ...], tuple[AtRule, ...]]:
    """The rules of a style sheet, those inside of `@media` and the like among them."""
    nodes = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    rules: list[Rule] = []
    at_rules: list[AtRule] = []
    _collect(nodes, "", rules, at_rules)
    return tuple(rules), tuple(at_rules)


def _collect(nodes: Iterable[Any], media: str, rules: list[Rule], at_rules: list[AtRule]) -> None:
    for node in nodes:
        if node.type == "qualified-rule":
            rules.append(_rule(node, media))
        elif node.type == "at-rule":
            at_rules.append(AtRule(node.lower_at_keyword, tuple(node.prelude)))
            if node.lower_at_keyword in ("media", "supports") and node.content is not None:
                inside = tinycss2.parse_rule_list(
                    node.content, skip_comments=True, skip_whitespace=True
                )
                query = tinycss2.serialize(node.prelude).strip().lower()
                _collect(inside, " and ".join(filter(None, (media, query))), rules, at_rules)


def _rule(node: Any, media: str) -> Rule:
    return Rule(
        selector=tinycss2.serialize(node.prelude).strip(),
        prelude=tuple(node.prelude),
        declarations=_declarations(tinycss2.parse_blocks_contents(node.content)),
        media=media,
    )


def _declarations(nodes: Iterable[Any]) -> tuple[Declaration, ...]:
    return tuple(
        Declaration(
            node.lower_name,
            tinycss2.serialize(node.value).strip(),
            tuple(node.value),
            bool(node.important),
        )
        for node in nodes
        if node.type == "declaration"
    )


def walk(tokens: Iterable[Any]) -> Iterator[Any]:
    """The tokens, and those inside of functions and brackets."""
    for token in tokens:
        yield token
        if token.type == "function":
            yield from walk(token.arguments)
        elif token.type in ("() block", "[] block", "{} block"):
            yield from walk(token.content)
