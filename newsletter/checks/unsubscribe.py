"""Whether a reader can leave (RFC 8058 has the header; this is the link they see)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from newsletter.checks.findings import Finding, Level, Part, Place
from newsletter.checks.mail import Mail
from newsletter.checks.page import spoken

_LOOKS_LIKE_LEAVING = re.compile(r"unsubscribe|opt-?out", re.IGNORECASE)
_DO = 'Print <a href="{{ unsubscribe_url }}">Unsubscribe</a> in the foot of the template.'
_DO_TEXT = "Print {{ unsubscribe_url }} in the foot of the text template."


def check(mail: Mail) -> Iterator[Finding]:
    """The link in the HTML, where it can be seen, and in the text."""
    if not any(_leads_out(mail, element) for element in mail.page.named("a")):
        whole = Place(part=Part.HTML, words="the whole HTML part")
        yield Finding(
            Level.STOP,
            "unsubscribe",
            (whole,),
            "No link to unsubscribe can be seen in the HTML part",
            _DO,
        )
    if mail.text is not None and mail.unsubscribe_url not in mail.text:
        whole = Place(part=Part.TEXT, words="the whole text")
        yield Finding(
            Level.STOP,
            "unsubscribe",
            (whole,),
            "The link to unsubscribe is missing in the text part",
            _DO_TEXT,
        )


def _leads_out(mail: Mail, element: HtmlElement) -> bool:
    href, text = element.get("href") or "", spoken(element)
    if mail.unsubscribe_url:
        return href == mail.unsubscribe_url and bool(text)
    return bool(_LOOKS_LIKE_LEAVING.search(href + text))
