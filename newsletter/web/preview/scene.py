"""What a page of the preview is made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from newsletter.web.preview.studio import Proof, Studio, Version
from newsletter.web.preview.view import View, change, list_fields, write_view

#: The fields of a form by name; of a name given twice the last.
Form = Mapping[str, str]


class Done(NamedTuple):
    """What came of a form."""

    #: In a sentence.
    notice: str
    #: The view to go on with; None for the one it was sent from.
    view: View | None = None
    failed: bool = False
    #: The form's name, and what was typed into it.
    at: str = ""
    form: Form = MappingProxyType({})


class Errand(NamedTuple):
    """What a form has done elsewhere, and may have to wait for: others are not kept waiting."""

    #: Runs beside everything else, and touches nothing that others use.
    run: Callable[[], Any]
    #: What came of it, by what `run` came back with.
    tell: Callable[[Any], Done]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A view and the email that it asks for."""

    studio: Studio
    view: View
    proof: Proof
    #: Of the last change to a file, see `newsletter.web.preview.news`.
    mark: str = ""
    #: What came of the form that was sent; None where none was.
    done: Done | None = None

    def carry_unbranded(self) -> list[tuple[str, str]]:
        """The fields of this view's address but for brand tokens."""
        return list_fields(change(self.view, {"brand": ()}))

    def typed(self, form: str, name: str, otherwise: str) -> str:
        """What stands in a field: after a failure what was typed, so that it is not lost."""
        done = self.done
        failed = done is not None and done.failed and done.at == form
        return done.form.get(name, otherwise) if done and failed else otherwise

    @property
    def before(self) -> Version | None:
        """The earlier version that the view asks for; None for none, or where it is lost."""
        asked = self.view.before
        if asked is None:
            return None
        known = self.studio.earlier(self.view.wish)
        return next((each for each in known if asked in (0, each.number)), None)

    def url(self, path: str = "/", **changes: Any) -> str:
        """The address of this view with some fields changed, for links."""
        query = write_view(change(self.view, changes))
        return f"{path}?{query}" if query else path

    def carry(self, *without: str) -> list[tuple[str, str]]:
        """The fields of this view's address but some, for a form that changes those."""
        return [(name, value) for name, value in list_fields(self.view) if name not in without]
