"""MJML to HTML, with errors that can be told by their line."""

from __future__ import annotations

import re

from mjml import mjml2html

from newsletter.rendering.mjml_rules import Fault, find_fault

#: mrml leaves the role out of `mj-table`, and a screen reader then announces a data table.
_TABLE_WITHOUT_ROLE = re.compile(r"<table (?![^>]*\brole=)")


class MjmlError(Exception):
    """The MJML is wrong; says what and where in it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.said)
        self.fault = fault


def to_html(source: str) -> str:
    """Turn MJML into HTML.

    Raises:
        MjmlError: the MJML is not well-formed or not MJML.
    """
    fault = find_fault(source)
    if fault is not None:
        raise MjmlError(fault)
    # Without `fonts={}` mrml links fonts at Google: every opened mail would be reported.
    html = _TABLE_WITHOUT_ROLE.sub('<table role="presentation" ', _convert(source))
    # premailer drops a lower-case doctype, and clients then fall into quirks mode.
    return html.replace("<!doctype html>", "<!DOCTYPE html>", 1)


def _convert(source: str) -> str:
    try:
        return mjml2html(source, fonts={})
    except ValueError as error:
        raise MjmlError(Fault(f"MJML says: {error}", 0)) from error
    except BaseException as error:
        # A panic of Rust derives from BaseException, and pyo3 exports no name for it.
        if type(error).__name__ != "PanicException":
            raise
        raise MjmlError(Fault(f"MJML gave up: {error}", 0)) from error
