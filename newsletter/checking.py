"""The day's email looked over: for `newsletter check`, and before an edition is published."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

from newsletter.checks.checklist import in_order, look_over
from newsletter.checks.findings import Finding, Level, Part, Place
from newsletter.checks.mail import Mail, read_html, read_issue
from newsletter.checks.slots import leave_empty
from newsletter.errors import CheckFailed, TemplateError, UsageError
from newsletter.model import Edition, Issue
from newsletter.outlet import Outlet
from newsletter.pipeline import Surroundings, make_issue, templates_folder
from newsletter.previewing import example_message, example_values, preview_draft
from newsletter.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An email with all that was found."""

    #: None for a file.
    day: date | None
    #: None where it could not be rendered, or the day is quiet.
    mail: Mail | None
    findings: tuple[Finding, ...] = ()
    #: Why there is nothing to check, on a quiet day.
    quiet: str = ""


def check_day(
    settings: Settings,
    outlet: Outlet,
    *,
    asked: date | None,
    online: bool,
    around: Surroundings,
) -> Checked:
    """Draw up the day's email and look it over; nothing is recorded.

    Args:
        online: also ask the addresses of its links.

    Raises:
        SourceUnavailable: the day's list cannot be had.
    """
    drafted = preview_draft(settings, outlet, asked=asked, now=around.clock())
    if drafted.edition is None:
        return Checked(day=drafted.day, mail=None, quiet=drafted.quiet)
    try:
        issue = make_issue(settings, drafted.edition, around)
    except TemplateError as error:
        return Checked(day=drafted.day, mail=None, findings=(_unprintable(error),))
    mail = read(settings, drafted.edition, issue)
    findings = [
        *look_over(mail),
        *_warn_of_dead_links(settings),
        *_ask_spamassassin(issue),
        *(_reach(mail) if online else ()),
    ]
    return Checked(day=drafted.day, mail=mail, findings=in_order(findings))


def check_file(path: Path, *, online: bool) -> Checked:
    """Look a file of HTML over, whatever made it.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        mail = read_html(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 (byte {error.start}).") from error
    findings = [*look_over(mail), *(_reach(mail) if online else ())]
    return Checked(day=None, mail=mail, findings=in_order(findings))


def look_over_issue(settings: Settings, edition: Edition, issue: Issue) -> tuple[Finding, ...]:
    """What there is to say of an issue before it is published."""
    found = look_over(read(settings, edition, issue))
    return in_order((*found, *_warn_of_dead_links(settings)))


def refuse(findings: Iterable[Finding]) -> None:
    """Stop a send that would do harm.

    Raises:
        CheckFailed: with everything that stops it.
    """
    stops = [finding for finding in findings if finding.level is Level.STOP]
    if stops:
        raise CheckFailed(
            "\n  ".join(
                [
                    "Nothing was published: the email must not go out as it is (--force sends it).",
                    *(f"{finding.what}. {finding.do}".strip() for finding in stops),
                ]
            )
        )


def read(settings: Settings, edition: Edition, issue: Issue) -> Mail:
    """An issue as the checks read it."""
    templates = _templates_in_use(templates_folder(settings), settings.brand.template)
    return read_issue(
        issue,
        edition,
        example_values(issue),
        language=settings.newsletter.language,
        templates=templates,
        written=" ".join((*templates.values(), *_words_of(settings))),
    )


def _templates_in_use(folder: Path, template: str) -> dict[str, str]:
    """A template's files and all they include, by their names."""
    found: dict[str, str] = {}
    names = [f"{template}.mjml", f"{template}.txt", "subject.txt", "preheader.txt"]
    while names:
        name = names.pop()
        path = folder / name
        if name not in found and path.is_file():
            found[name] = path.read_text(encoding="utf-8", errors="replace")
            names += re.findall(r"[\"']([\w./-]+\.(?:mjml|txt))[\"']", found[name])
    return found


def _words_of(settings: Settings) -> Iterator[str]:
    """What an email may say of the settings."""
    for section in (settings.newsletter, settings.sender, settings.brand):
        values = (getattr(section, each.name) for each in fields(section))
        yield from (value for value in values if isinstance(value, str))


def _unprintable(error: TemplateError) -> Finding:
    told = re.fullmatch(r"(.+?) line (\d+): (.+)", str(error), re.DOTALL)
    file, line, said = told.groups() if told else ("", "0", str(error))
    place = Place(part=Part.TEMPLATE, words="", file=file, line=int(line))
    return Finding(Level.STOP, "mjml", (place,), said.rstrip("."), "Mend the template.")


def _warn_of_dead_links(settings: Settings) -> Iterator[Finding]:
    """What readers would find where the email says they can leave."""
    base = settings.newsletter.public_url
    if base:
        yield Finding(
            Level.WARNING,
            "unsubscribe",
            (Place(part=Part.HTML, words="link “Unsubscribe”"),),
            f"Readers are sent to {base}/unsubscribe/… to leave, and this version has no web "
            "pages: nobody answers there",
            "Leave newsletter.public_url empty until `newsletter serve` is there: they then "
            "leave by mail.",
        )


def _ask_spamassassin(issue: Issue) -> Sequence[Finding]:
    from newsletter.checks import spam

    return tuple(spam.tell(spam.ask(example_message(leave_empty(issue)))))


def _reach(mail: Mail) -> Sequence[Finding]:
    from newsletter.checks.reach import reach

    return reach(mail)
