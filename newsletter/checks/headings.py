"""Title and headings: what a screen reader lists, and jumps by."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from lxml.html import HtmlElement

from newsletter.checks.findings import Finding, Level, Place
from newsletter.checks.mail import Mail
from newsletter.checks.page import HEADINGS, Page, spoken


def check(mail: Mail) -> Iterator[Finding]:
    """One title, one h1, no level left out, none without words."""
    page = mail.page
    if not (page.root.findtext("head/title") or "").strip():
        yield _warn(
            (page.place(page.root),),
            "The email has no <title>",
            "Write <mj-title>{{ subject }}</mj-title>.",
        )
    headings = list(page.named(*HEADINGS))
    yield from _check_first(page, [one for one in headings if one.tag == "h1"])
    silent = tuple(page.place(one) for one in headings if not spoken(one))
    if silent:
        yield _warn(silent, "A heading has no words", "Give it words, or make it a p.")
    left_out = tuple(_left_out(page, headings))
    if left_out:
        yield _warn(
            left_out,
            "A heading leaves a level out",
            "Let it be one level below the heading above it: h2 under h1, h3 under h2.",
        )


def _check_first(page: Page, first: list[HtmlElement]) -> Iterator[Finding]:
    if not first:
        yield _warn(
            (page.place(page.root),),
            "There is no h1",
            "Make the newsletter's title in the masthead one.",
        )
    elif len(first) > 1:
        yield _warn(
            tuple(page.place(one) for one in first[1:]),
            "There is more than one h1",
            "Keep h1 for the newsletter's title, and make papers h2.",
        )


def _left_out(page: Page, headings: list[HtmlElement]) -> Iterator[Place]:
    for above, below in pairwise(headings):
        if int(str(below.tag)[1]) > int(str(above.tag)[1]) + 1:
            yield page.place(below)


def _warn(where: tuple[Place, ...], what: str, do: str) -> Finding:
    return Finding(Level.WARNING, "headings", where, what, do)
