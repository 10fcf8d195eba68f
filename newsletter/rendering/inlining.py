"""CSS into style attributes: many clients read nothing else."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from premailer import Premailer

from newsletter.rendering.environment import Place

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
    classes = {name for names in _CLASSES.findall(html) for name in names.split()}

    def keep(rule: re.Match[str]) -> str:
        if "(" in rule[1]:  # a comma inside does not part selectors
            return rule[0]
        selectors = [one for one in rule[1].split(",") if classes.issuperset(_CLASS.findall(one))]
        return ",".join(selectors) + rule[2] if selectors else ""

    return _RULE.sub(keep, _COMMENT.sub("", css))


def check_css(css: str, path: Path) -> None:
    """Refuse what cannot be inlined.

    Raises:
        TemplateError: an @import, which cssutils would fetch, even from the disk.
    """
    for number, line in enumerate(css.splitlines(), start=1):
        if "@import" in line.lower():
            raise Place(path, number).tell("copy the rules here instead of @import")
