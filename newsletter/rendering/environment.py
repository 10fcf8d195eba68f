"""Jinja as the templates know it, and its errors in one sentence."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    select_autoescape,
)

from newsletter.errors import TemplateError
from newsletter.papers.text import shorten
from newsletter.rendering.attributes import attribute, printable
from newsletter.rendering.lines import wrap


def make_environment(folder: Path) -> Environment:
    """Jinja on a folder of templates: MJML and HTML are escaped, text and CSS are not."""
    environment = Environment(
        loader=FileSystemLoader(folder),
        # By the last suffix: `digest.mjml.j2` would not be escaped.
        autoescape=select_autoescape(("mjml", "html"), default=False),
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(attribute=attribute, shorten=shorten, wrap=wrap)
    return environment


def _finalize(value: Any) -> Any:
    # lxml and mrml refuse a whole document for one control character.
    return type(value)(printable(value)) if isinstance(value, str) else value


def fill_template(
    environment: Environment, folder: Path, name: str, names: Mapping[str, object]
) -> str:
    """Fill one template of the environment's folder.

    Raises:
        TemplateError: the template is missing or wrong, with its file and line.
    """
    try:
        return environment.get_template(name).render(names)
    except TemplateSyntaxError as error:
        where = f"{error.filename or name} line {error.lineno}"
        raise TemplateError(f"{where}: {error.message}.") from error
    # A template is a program of the operator's, which may raise anything.
    except Exception as error:
        explained = _explain(error, name, folder)
        if explained is None:
            raise
        raise explained from error


def _explain(error: Exception, name: str, folder: Path) -> TemplateError | None:
    """The error in words, with its place; None where it is a bug of ours."""
    where = _raised_at(error, folder)
    if isinstance(error, TemplateNotFound):
        return _explain_missing(str(error.name or name), where, folder)
    if where is None and not isinstance(error, OSError | UnicodeError):
        return None
    said = str(error).rstrip(".") or type(error).__name__
    return TemplateError(f"{where or folder / name}: {said}.")


def _raised_at(error: Exception, folder: Path) -> str | None:
    """The innermost template line on the way to the error; Jinja gives each a frame."""
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if Path(frame.filename).is_relative_to(folder)]
    return f"{inside[-1].filename} line {inside[-1].lineno}" if inside else None


def _explain_missing(missing: str, where: str | None, folder: Path) -> TemplateError:
    if where is not None:
        return TemplateError(f"{where}: there is no {missing} in {folder}.")
    there = ", ".join(sorted(path.stem for path in folder.glob("*.mjml"))) or "none"
    return TemplateError(
        f"There is no {missing} in {folder}; set brand.template to one of the templates "
        f"there: {there}."
    )
