"""MJML to HTML, with errors that name the template."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

from lxml import etree
from mjml import mjml2html

from newsletter.errors import TemplateError

#: mrml leaves the role out of `mj-table`, and a screen reader then announces a data table.
_TABLE_WITHOUT_ROLE = re.compile(r"<table (?![^>]*\brole=)")


def to_html(source: str, *, template: Path) -> str:
    """Turn MJML into HTML.

    Args:
        source: what the template made.
        template: its file, to look for the place of an error in it and beside it.

    Raises:
        TemplateError: the MJML is not well-formed or not MJML.
    """
    _check(source, template)
    # Without `fonts={}` mrml links fonts at Google: every opened mail would be reported.
    html = _TABLE_WITHOUT_ROLE.sub('<table role="presentation" ', _convert(source, template))
    # premailer drops a lower-case doctype, and clients then fall into quirks mode.
    return html.replace("<!doctype html>", "<!DOCTYPE html>", 1)


def _convert(source: str, template: Path) -> str:
    try:
        return mjml2html(source, fonts={})
    except ValueError as error:
        raise TemplateError(f"{template}: MJML says: {error}.") from error
    except BaseException as error:
        # A panic of Rust derives from BaseException, and pyo3 exports no name for it.
        if type(error).__name__ != "PanicException":
            raise
        raise TemplateError(f"{template}: MJML gave up: {error}.") from error


def _check(source: str, template: Path) -> None:
    """mrml checks hardly anything, and its byte offsets mislead: lxml reads first."""
    try:
        root = etree.fromstring(
            source.encode("utf-8"), etree.XMLParser(resolve_entities=False, no_network=True)
        )
    except etree.XMLSyntaxError as error:
        said = (error.msg or "not well-formed").partition(", line ")[0]
        raise _wrong(said + _hint(said), source, error.lineno or 1, template) from error
    if root.tag != "mjml":
        raise _wrong(f"<{root.tag}> stands where <mjml> must", source, 1, template)
    for include in root.iter("mj-include"):
        said = 'mj-include loses widths and hides errors; write {% include "…" %}'
        raise _wrong(said, source, cast(int, include.sourceline), template)


def _hint(said: str) -> str:
    named = re.match(r"Entity '(\w+)' not defined", said)
    return "; write the character itself, or its number" if named else ""


def _wrong(said: str, source: str, number: int, template: Path) -> TemplateError:
    line = source.split("\n")[number - 1].strip()
    shown = line if len(line) <= 200 else line[:199] + "…"
    where = _find_line(line, template) or f"{template} (line {number} of the MJML it makes)"
    return TemplateError(f"{where}: {said}: {shown}")


def _find_line(line: str, template: Path) -> str | None:
    """The template line that may have made this one, in the template or a part of it."""
    for path in (template, *sorted(template.parent.glob("parts/*.mjml"))):
        for number, written in enumerate(path.read_text("utf-8", "replace").splitlines(), start=1):
            if _could_make(written.strip(), line):
                return f"{path} line {number}"
    return None


def _could_make(written: str, line: str) -> bool:
    """Whether the line has all that is fixed in the written one, and something is."""
    fixed = re.split(r"{{.*?}}|{%.*?%}|{#.*?#}", written)
    pattern = ".*".join(map(re.escape, fixed))
    return any("<" in piece or "&" in piece for piece in fixed) and bool(
        re.fullmatch(pattern, line)
    )
