"""What the checks found, for people: grouped, each with where and what to do."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from newsletter.checks.findings import Finding, Level, Place, count
from newsletter.checks.size import weigh
from newsletter.rendering.fitting import LIMIT
from newsletter.wording import counted

if TYPE_CHECKING:
    from newsletter.checking import Checked
    from newsletter.checks.mail import Mail

_MARKS = {Level.STOP: ("✗", "red"), Level.WARNING: ("!", "yellow")}
#: So many places of one finding are named; --json names them all.
_NAMED = 3
_METER = 30


def print_checked(checked: Checked) -> None:
    """The email, its size, and every finding under the name of its check."""
    console = Console(highlight=False)
    if checked.quiet:
        console.print(f"Nothing to check for {checked.day}: {checked.quiet}.")
        return
    if checked.mail is not None:
        console.print(_title(checked))
        console.print(_meter(checked.mail))
    for check, group in _group(checked.findings):
        console.print(Text(f"\n{check}", "bold"))
        for finding in group:
            _print_finding(console, finding)
    _print_notes(console, checked)
    console.print(_summary(checked))


def _group(findings: Iterable[Finding]) -> ItemsView[str, list[Finding]]:
    """What is worth a look by its check, in the order of the first of each: the worst first."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.level is not Level.NOTE:
            groups.setdefault(finding.check, []).append(finding)
    return groups.items()


def _title(checked: Checked) -> Text:
    assert checked.mail is not None
    day = f"{checked.day:%A, %-d %B %Y}  " if checked.day else ""
    return Text.assemble((day, "bold"), (checked.mail.subject, "dim"))


def _meter(mail: Mail) -> Text:
    """How much of what Gmail shows is used."""
    size = max(mail.size)
    filled = min(_METER, round(size / LIMIT * _METER))
    style = "red" if size >= LIMIT else "green"
    words = f"  {size / 1024:.0f} of {LIMIT // 1024} KB before Gmail clips"
    parts = " · ".join(f"{kind} {weight / 1024:.0f}" for kind, weight in weigh(mail)) + " KB"
    return Text.assemble(
        ("━" * filled, style), ("━" * (_METER - filled), "dim"), f"{words}\n", (parts, "dim")
    )


def _print_finding(console: Console, finding: Finding) -> None:
    mark, style = _MARKS[finding.level]
    _print_behind(console, Text(mark, style), Text(f"{finding.what}."), indent=2)
    for line in _tell_places(finding.where):
        _print_behind(console, Text(" "), Text(line, "dim"), indent=2)
    if finding.do:
        _print_behind(console, Text("→", "cyan"), Text(finding.do), indent=4)


def _print_behind(console: Console, mark: Text, words: Text, *, indent: int) -> None:
    """Words behind a mark; further lines stand under the first."""
    lines = words.wrap(console, console.width - indent - 2)
    for number, line in enumerate(lines):
        before = mark if number == 0 else Text(" ")
        console.print(Text.assemble(" " * indent, before, " ", line), soft_wrap=True)


def _tell_places(places: tuple[Place, ...]) -> list[str]:
    named = [str(place) for place in places[:_NAMED] if str(place)]
    more = len(places) - _NAMED
    return [*named, f"and {more} more"] if more > 0 else named


def _print_notes(console: Console, checked: Checked) -> None:
    notes = [finding for finding in checked.findings if finding.level is Level.NOTE]
    if notes:
        console.print()
    for note in notes:
        words = Text(" ".join((f"{note.check}: {note.what}.", note.do)).rstrip(), "dim")
        _print_behind(console, Text("·", "dim"), words, indent=0)


def _summary(checked: Checked) -> Text:
    stops, warnings = (count(checked.findings, level) for level in (Level.STOP, Level.WARNING))
    if stops:
        return Text(f"\n✗ {counted(stops, 'finding')} would stop `send`.", "bold red")
    if warnings:
        return Text(f"\n{counted(warnings, 'warning')}; nothing that would stop `send`.", "bold")
    return Text("\n✓ All is well.", "bold green")
