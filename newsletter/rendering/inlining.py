"""CSS into style attributes: many clients read nothing else."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from typing import Any

import tinycss2
from premailer import Premailer

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([^{}@]+)(\{[^{}]*\})")
_CLASS = re.compile(r"\.([\w-]+)")
_CLASSES = re.compile(r'\bclass="([^"]*)"')
_IGNORED = '<style data-premailer="ignore"'


def inline(html: str, css: str) -> str:
    """Write the rules of `css` onto the elements they select; `<style>` stays as it is."""
    # Without the mark premailer would take the media queries apart, write MJML's reset
    # onto every element, and let cssutils fetch what an @import names.
    marked = html.replace("<style", _IGNORED)
    inlined: str = Premailer(
        css_text=[_keep_used(css, html)],
        allow_network=False,
        strip_important=False,
        disable_validation=True,
        align_floating_images=False,
        disable_basic_attributes=["width", "height", "align", "valign", "bgcolor"],
        cssutils_logging_level=logging.CRITICAL,
    ).transform(marked, pretty_print=False)
    # The templates' indentation is for people; over a hundred papers it adds up.
    return re.sub(r"\n[ \t\r\n]+", "\n", inlined.replace(_IGNORED, "<style"))


def _keep_used(css: str, html: str) -> str:
    """The rules without selectors of classes that do not occur: each takes a walk through all."""
    classes = {name for names in set(_CLASSES.findall(html)) for name in names.split()}

    def keep(rule: re.Match[str]) -> str:
        if "(" in rule[1]:  # a comma inside does not part selectors
            return rule[0]
        selectors = [one for one in rule[1].split(",") if classes.issuperset(_CLASS.findall(one))]
        return ",".join(selectors) + rule[2] if selectors else ""

    return _RULE.sub(keep, _COMMENT.sub("", css))


def find_css_fault(css: str) -> tuple[int, str] | None:
    """The line of the first thing that cannot be inlined, and what is wrong with it.

    cssutils drops what it cannot read without a word, and fetches what an @import names,
    even from the disk.
    """
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type == "at-rule" and rule.lower_at_keyword == "import":
            return rule.source_line, "copy the rules here instead of @import"
        if rule.type == "at-rule":
            said = f"@{rule.at_keyword} cannot be written onto an element; put it into mj-style"
            return rule.source_line, f"{said} in parts/head.mjml"
        amiss = next(_broken((rule,)), None)
        if amiss is not None:
            return amiss, "this is no CSS; a quote, bracket, colon or semicolon is amiss"
    return None


def _broken(nodes: Iterable[Any]) -> Iterator[int]:
    """The lines of what is no CSS, however deep it stands; of a rule within a rule, too."""
    for node in nodes:
        if node.type == "error":
            yield node.source_line
        elif node.type == "qualified-rule":
            declared = tinycss2.parse_blocks_contents(node.content)
            yield from (one.source_line for one in declared if one.type.endswith("-rule"))
            yield from _broken((*node.prelude, *declared))
        else:
            inside = ("value", "arguments", "content")
            parts = (getattr(node, name, ()) for name in inside)
            yield from _broken(one for part in parts if isinstance(part, list) for one in part)
