"""What a page of the preview shows, as its URL says it: every view can be shared and reloaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, TypeVar
from urllib.parse import urlencode

SHOWN = ("email", "inbox", "text", "source", "headers")
LOOKS = ("light", "dark", "inverted")
#: Pixels; the names are those of the buttons.
WIDTHS = {"desktop": 1024, "tablet": 768, "phone": 390}
NARROWEST, WIDEST = 240, 1600

_BRAND = "brand."

N = TypeVar("N", int, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be rendered; equal wishes give equal emails while no file changes."""

    #: None: the day that a send would take.
    day: date | None = None
    #: "" for the one that the settings name.
    template: str = ""
    #: A made-up day instead of the source's; "" for none.
    sample: str = ""
    #: Settings of `[brand]` to try, as they would be written.
    brand: tuple[tuple[str, str], ...] = ()
    #: The number of the reader whose email it is; "" for nobody's.
    reader: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A wish, and how it is looked at."""

    wish: Wish = field(default_factory=Wish)
    show: str = "email"
    width: int = WIDTHS["desktop"]
    look: str = "light"
    images: bool = True
    #: The number of an earlier version to lay over the present one, 0 for the last; None: none.
    before: int | None = None
    #: How much of the earlier one is uncovered, in percent.
    split: int = 50
    #: The panel that is open; "" for none.
    panel: str = ""
    #: An element of the email to point at, as checks name it.
    place: str = ""
    #: A message of the sandbox to open; "" for none.
    mail: str = ""
    #: The page of the sandbox's list.
    sheet: int = 1
    #: A day of the month to choose from; None for that of the email's day.
    month: date | None = None
    #: Words to look for among the readers.
    seek: str = ""


def read_view(query: Iterable[tuple[str, str]]) -> View:
    """The view that a URL asks for; what makes no sense counts as not said."""
    pairs = list(query)
    said = dict(pairs)
    wish = Wish(
        day=_read_day(said.get("day", "")),
        template=said.get("template", ""),
        sample=said.get("sample", ""),
        brand=tuple(
            (name.removeprefix(_BRAND), value)
            for name, value in said.items()
            if name.startswith(_BRAND)
        ),
        reader=said.get("reader", ""),
    )
    usual = View()
    return View(
        wish=wish,
        show=_one_of(SHOWN, said.get("show"), usual.show),
        width=_read_number(said.get("width"), usual.width, NARROWEST, WIDEST),
        look=_one_of(LOOKS, said.get("look"), usual.look),
        images=said.get("images") != "off",
        before=_read_number(said.get("before"), None, 0, 10**9),
        split=_read_number(said.get("split"), usual.split, 0, 100),
        panel=said.get("panel", ""),
        place=said.get("place", ""),
        mail=said.get("mail", ""),
        sheet=_read_number(said.get("sheet"), usual.sheet, 1, 10**9),
        month=_read_day(said.get("month", "")),
        seek=said.get("seek", ""),
    )


def write_view(view: View) -> str:
    """The query that says it; "" for the usual view."""
    return urlencode(list_fields(view))


def list_fields(view: View) -> list[tuple[str, str]]:
    """Names and values of the query that says it; what is as usual is left out."""
    return [*_write_wish(view.wish), *_write_looks(view)]


def change(view: View, changes: Mapping[str, Any]) -> View:
    """The view with other fields, of its wish or its own."""
    of_wish = {each.name for each in fields(Wish)} & changes.keys()
    wish = replace(view.wish, **{name: changes[name] for name in of_wish})
    own = {name: value for name, value in changes.items() if name not in of_wish}
    return replace(view, wish=wish, **own)


def _write_wish(wish: Wish) -> Iterable[tuple[str, str]]:
    named = {
        "day": wish.day.isoformat() if wish.day else "",
        "template": wish.template,
        "sample": wish.sample,
        "reader": wish.reader,
    }
    yield from ((name, value) for name, value in named.items() if value)
    yield from ((f"{_BRAND}{name}", value) for name, value in wish.brand)


def _write_looks(view: View) -> Iterable[tuple[str, str]]:
    usual = View()
    for each in fields(View):
        value = getattr(view, each.name)
        if each.name != "wish" and value != getattr(usual, each.name):
            yield each.name, "off" if value is False else str(value)


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _one_of(known: tuple[str, ...], said: str | None, usual: str) -> str:
    return said if said in known else usual


def _read_number(text: str | None, usual: N, least: int, most: int) -> int | N:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 10:
        return usual
    return min(max(int(text), least), most)
