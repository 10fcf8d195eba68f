"""The editor's note: Markdown, turned into HTML that may stand in an email."""

from __future__ import annotations

from dataclasses import dataclass

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

from newsletter.rendering.links import safe_url

_TAGS = {"p", "a", "em", "strong", "code", "ul", "ol", "li", "blockquote", "br"}
#: Rules of Markdown that a note does not follow, so that their marks are shown as written.
_PLAIN = ["heading", "lheading", "hr", "code", "fence", "image"]


@dataclass(frozen=True, slots=True)
class Note:
    """A note in both parts of the email; templates know it as `note`, false where empty."""

    #: Paragraphs, lists, quotations, links: nothing else.
    html: Markup
    #: The Markdown as it was written.
    text: str

    def __bool__(self) -> bool:
        return bool(self.text)


def read_note(markdown: str) -> Note:
    """Turn an editor's Markdown (CommonMark) into a note.

    Paragraphs, emphasis, lists, quotations and links to http or https; everything else, and
    HTML above all, is shown as it was written.
    """
    parser = MarkdownIt("commonmark", {"html": False}).disable(_PLAIN)
    return Note(Markup(_clean(parser.render(markdown))), markdown)


def _clean(html: str) -> str:
    cleaned = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}},
        attribute_filter=_filter,
        link_rel=None,
        url_schemes={"http", "https"},
    )
    # What follows reads XML, which knows neither an open <br> nor &nbsp;.
    return cleaned.replace("<br>", "<br/>").replace("&nbsp;", "&#160;").strip()


def _filter(tag: str, name: str, value: str) -> str | None:
    return safe_url(value) or None
