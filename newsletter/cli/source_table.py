"""The sources, for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.markup import escape

from newsletter.model import Paper
from newsletter.papers import Loaded
from newsletter.papers.columns import Columns
from newsletter.sources import hide_secrets
from newsletter.survey import Surveyed
from newsletter.wording import counted

#: The name of a field in a paper, where it is another.
_ATTRIBUTES: Mapping[str, str] = {
    "authors_count": "author_count",
    "published": "published_on",
    "code": "code_url",
    "project": "project_url",
    "image": "image_url",
}
_EXAMPLE = 60


def print_sources(found: Iterable[Surveyed]) -> None:
    """Each source, what it gave, and which of its columns is what with an example."""
    console = Console(highlight=False)
    for each in found:
        weight = f"  weight {each.source.weight:+g}" if each.source.weight else ""
        console.print(f"[bold]{escape(hide_secrets(each.source.at))}[/]{weight}")
        if each.error:
            console.print(f"  [red]{escape(str(each.error))}[/]", soft_wrap=True)
        if each.loaded:
            _print_loaded(console, each.loaded)


def _print_loaded(console: Console, loaded: Loaded) -> None:
    left_out = f", {counted(len(loaded.bad), 'record')} left out" if loaded.bad else ""
    papers = counted(len(loaded.papers), "paper")
    console.print(f"  {papers} of the day and the week before{left_out}")
    for warning in loaded.warnings:
        console.print(f"  [yellow]{escape(warning)}[/]", soft_wrap=True)
    shown: set[Columns] = set()
    for seen in loaded.lists:
        day = f" of {seen.listed_on}" if seen.listed_on else ""
        read = f"read {seen.observed_at:%Y-%m-%d %H:%M} UTC"
        console.print(
            f"  {escape(seen.origin)}: {counted(seen.count, 'record')}{day}, {read}",
            style="dim",
            soft_wrap=True,
        )
        if seen.columns and seen.columns not in shown:
            shown.add(seen.columns)
            _print_columns(console, seen.columns, loaded.papers[0] if loaded.papers else None)


def _print_columns(console: Console, columns: Columns, example: Paper | None) -> None:
    for field, column in columns.taken:
        value = getattr(example, _ATTRIBUTES.get(field, field), None) if example else None
        console.print(
            f"    {field:<14} ← {escape(column):<20}  [dim]{escape(_shorten(value))}[/]",
            no_wrap=True,
            overflow="ellipsis",
        )
    hinted = {column for _, column in columns.hints}
    if idle := [name for name in columns.unused if name not in hinted]:
        console.print(f"    not used: {escape(', '.join(idle))}", style="dim", soft_wrap=True)
    if columns.hints:
        console.print("    perhaps, if you write it into config.toml:", style="yellow")
        console.print(r"      \[papers.columns]")
        for field, column in columns.hints:
            console.print(f"      {field} = {escape(_quote(column))}")


def _shorten(value: object) -> str:
    if value in (None, "", ()):
        return ""
    words = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return words if len(words) <= _EXAMPLE else words[: _EXAMPLE - 1] + "…"


def _quote(column: str) -> str:
    """As TOML's basic string, which JSON's is too."""
    return json.dumps(column, ensure_ascii=False)
