"""CSS into style attributes: many clients read nothing else."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from premailer import Premailer

from newsletter.rendering.environment import Place

_IGNORED = '<style data-premailer="ignore"'


def inline(html: str, css: str) -> str:
    """Write the rules of `css` onto the elements they select; `<style>` stays as it is."""
    # Without the mark premailer would take the media queries apart, write MJML's reset
    # onto every element, and let cssutils fetch what an @import names.
    marked = html.replace("<style", _IGNORED)
    inlined: str = Premailer(
        css_text=[css],
        allow_network=False,
        strip_important=False,
        disable_validation=True,
        align_floating_images=False,
        disable_basic_attributes=["width", "height", "align", "valign", "bgcolor"],
        cssutils_logging_level=logging.CRITICAL,
    ).transform(marked, pretty_print=False)
    # The templates' indentation is for people; over a hundred papers it adds up.
    return re.sub(r"\n[ \t\r\n]+", "\n", inlined.replace(_IGNORED, "<style"))


def check_css(css: str, path: Path) -> None:
    """Refuse what cannot be inlined.

    Raises:
        TemplateError: an @import, which cssutils would fetch, even from the disk.
    """
    for number, line in enumerate(css.splitlines(), start=1):
        if "@import" in line.lower():
            raise Place(path, number).tell("copy the rules here instead of @import")
