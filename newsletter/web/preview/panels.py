"""The panels beside the email, and what their forms do.

A panel is a template and a function that reads what it says. A form is a function that acts;
it is called for a POST alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from newsletter.web.preview.scene import Done, Scene


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


#: The fields of a form by name; of a name given twice the last.
Form = Mapping[str, str]
Action = Callable[[Scene, Form], Done]
Sight = Callable[[Scene], Response]

PANELS: tuple[Panel, ...] = ()
#: What the form at `/do/NAME` does. An operator's mistake is raised, and shown as a notice.
ACTIONS: Mapping[str, Action] = {}
#: What else is at `/see/NAME`, such as a message of the sandbox for a frame.
SIGHTS: Mapping[str, Sight] = {}
