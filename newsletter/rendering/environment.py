"""Jinja as the templates know it, and its errors told by file and line."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    select_autoescape,
)
from jinja2.utils import missing

from newsletter.errors import TemplateError
from newsletter.papers.text import shorten
from newsletter.rendering.attributes import attribute, printable
from newsletter.rendering.cards import CardWords
from newsletter.rendering.lines import columns, wrap
from newsletter.rendering.nearest import suggest
from newsletter.rendering.words import brief, text_direction

#: Jinja's own tags: it does not list them itself.
_TAGS = frozenset(
    {
        *("autoescape", "block", "call", "elif", "else", "extends", "filter", "for", "from"),
        *("if", "import", "include", "macro", "raw", "set", "with"),
        *("endautoescape", "endblock", "endcall", "endfilter", "endfor", "endif", "endmacro"),
        *("endraw", "endset", "endwith"),
    }
)
_OF_CARD = [f"card.{field.name}" for field in fields(CardWords)]
_SHOWN = 160


class _Undefined(StrictUndefined):
    """Says which attribute may have been meant."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        thing, name = self._undefined_obj, self._undefined_name
        if thing is missing or not isinstance(name, str):
            return super()._undefined_message
        owner = type(thing).__name__.removesuffix("Words").lower()
        known = [f"{owner}.{attribute}" for attribute in _attributes(thing)]
        return f"there is no {owner}.{name}{suggest(f'{owner}.{name}', known)}"


def _attributes(value: object) -> Iterable[str]:
    return [name for name in dir(value) if not name.startswith("_")]


@lru_cache(maxsize=8)
def make_environment(folder: Path) -> Environment:
    """Jinja on a folder of templates: MJML and HTML are escaped, text and CSS are not.

    The same for the same folder, as compiling templates takes longer than all else; one
    that changed on disk is compiled anew.
    """
    environment = Environment(
        loader=FileSystemLoader(folder),
        # By the last suffix: `digest.mjml.j2` would not be escaped.
        autoescape=select_autoescape(("mjml", "html"), default=False),
        undefined=_Undefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        attribute=attribute,
        brief=brief,
        columns=columns,
        direction=text_direction,
        shorten=shorten,
        wrap=wrap,
    )
    return environment


def _finalize(value: Any) -> Any:
    # lxml and mrml refuse a whole document for one control character.
    return type(value)(printable(value)) if isinstance(value, str) else value


class Place(NamedTuple):
    """A line of a template file."""

    path: Path
    line: int

    def tell(self, said: str) -> TemplateError:
        """What is wrong here, with the line itself."""
        message = f"{self.path} line {self.line}: {said}" + ("" if said[-1:] in ".?" else ".")
        written = self._read()
        return TemplateError(f"{message}\n  {written}" if written else message)

    def _read(self) -> str:
        lines = self.path.read_text("utf-8", "replace").splitlines()
        return shorten(lines[self.line - 1].strip() or " ", _SHOWN).strip() if lines else ""


def fill_template(
    environment: Environment, folder: Path, name: str, names: Mapping[str, object]
) -> str:
    """Fill one template of the environment's folder.

    Raises:
        TemplateError: the template is missing or wrong, with its file and line, the line
            itself, and what may have been meant.
    """
    try:
        return environment.get_template(name).render(names)
    except TemplateSyntaxError as error:
        place = Place(Path(error.filename or folder / name), error.lineno)
        said = error.message or "is no template"
        raise place.tell(said.rstrip(".") + _suggest_word(said, environment)) from error
    # A template is a program of the operator's, which may raise anything.
    except Exception as error:
        explained = _explain(error, name, folder, names, environment)
        if explained is None:
            raise
        raise explained from error


def _suggest_word(said: str, environment: Environment) -> str:
    """What may have been meant by a filter or tag that Jinja does not know."""
    if named := re.match(r"No filter named '(\w+)'", said):
        return suggest(named[1], environment.filters)
    if named := re.match(r"Encountered unknown tag '(\w+)'", said):
        return suggest(named[1], _TAGS)
    return ""


def _explain(
    error: Exception,
    name: str,
    folder: Path,
    names: Mapping[str, object],
    environment: Environment,
) -> TemplateError | None:
    """The error in words, with its place; None where it is a bug of ours."""
    place = _raised_at(error, folder)
    if isinstance(error, TemplateNotFound):
        return _explain_missing(str(error.name or name), place, folder)
    said = str(error).rstrip(".") or type(error).__name__
    if place is not None:
        # Within a condition Jinja looks for filters only when it comes to them.
        suggested = _suggest_name(said, names) or _suggest_word(said, environment)
        return place.tell(said + suggested)
    if isinstance(error, UnicodeDecodeError):
        line = error.object.count(b"\n", 0, error.start) + 1
        return Place(folder / name, line).tell("is not in UTF-8")
    if isinstance(error, OSError | UnicodeError):
        return TemplateError(f"{folder / name}: {said}.")
    return None


def _raised_at(error: Exception, folder: Path) -> Place | None:
    """The innermost template line on the way to the error; Jinja gives each a frame."""
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if Path(frame.filename).is_relative_to(folder)]
    return Place(Path(inside[-1].filename), inside[-1].lineno or 1) if inside else None


def _suggest_name(said: str, names: Mapping[str, object]) -> str:
    named = re.match(r"'(\w+)' is undefined", said)
    if named is None:
        return ""
    inside = [
        f"{name}.{part}"
        for name, value in names.items()
        if hasattr(value, "__dataclass_fields__")
        for part in _attributes(value)
    ]
    return suggest(named[1], [*names, *inside, *_OF_CARD])


def _explain_missing(lacking: str, place: Place | None, folder: Path) -> TemplateError:
    there = [str(path.relative_to(folder)) for path in folder.rglob("*.*")]
    if place is not None:
        return place.tell(f"there is no {lacking} in {folder}{suggest(lacking, there)}")
    templates = ", ".join(sorted(path.stem for path in folder.glob("*.mjml"))) or "none"
    return TemplateError(
        f"There is no {lacking} in {folder}; set brand.template to one of the templates "
        f"there: {templates}."
    )
