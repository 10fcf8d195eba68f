"""The panels beside the email, and what their forms do.

A panel is a template and a function that reads what it says. A form is a function that acts;
it is called for a POST alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from newsletter.web.preview import branding, editor, know, sending, trying
from newsletter.web.preview.scene import Done, Errand, Form, Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One of the tabs beside the email."""

    #: In the URL: `?panel=know`.
    name: str
    title: str
    #: Below `pages/`.
    template: str
    #: The names its template may use, besides those of every page.
    read: Callable[[Scene], Mapping[str, object]]


Action = Callable[[Scene, Form], Done | Errand]
Sight = Callable[[Scene], Response]


def _read_ranking(scene: Scene) -> Mapping[str, object]:
    return {**know.read_ranking(scene), **editor.read_picks(scene)}


PANELS: tuple[Panel, ...] = (
    Panel(name="checks", title="Checks", template="panels/checks.html", read=know.read_checks),
    Panel(name="ranking", title="Ranking", template="panels/ranking.html", read=_read_ranking),
    Panel(name="edit", title="Edit", template="panels/edit.html", read=editor.read_editor),
    Panel(name="try", title="Try", template="panels/try.html", read=trying.read_trying),
    Panel(name="brand", title="Brand", template="panels/brand.html", read=branding.read_brand),
    Panel(name="send", title="Send", template="panels/send.html", read=sending.read_sending),
)
#: What the form at `/do/NAME` does. An operator's mistake is raised, and shown as a notice.
ACTIONS: Mapping[str, Action] = {
    "spam": know.ask_spamassassin,
    "words": editor.save_words,
    "pick": editor.pick,
    "brand": branding.save_tokens,
    "test": sending.send_test,
}
#: What else is at `/see/NAME`, such as a message of the sandbox for a frame.
SIGHTS: Mapping[str, Sight] = {"mail": sending.show_mail}
