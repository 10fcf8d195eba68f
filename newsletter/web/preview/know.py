"""The panels that say what is known of the email: its size, the findings, the ranking."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from newsletter.checking import read as read_mail
from newsletter.checks import spam
from newsletter.checks.checklist import in_order, look_over
from newsletter.checks.findings import Finding, Level, Part, Place, count
from newsletter.checks.mail import Mail
from newsletter.checks.slots import leave_empty
from newsletter.errors import UsageError
from newsletter.pipeline import templates_folder
from newsletter.previewing import example_message
from newsletter.trial.meter import CLIP, WARN, Meter, read_meter
from newsletter.trial.standings import Bar, Standing, draw_chart, just_missed, stand
from newsletter.web.preview.scene import Done, Errand, Form, Scene
from newsletter.web.preview.studio import Proof
from newsletter.web.preview.trouble import Row, read_around

#: So many places of a finding are shown before one asks for more.
_SHOWN = 4
#: Elements that only the source shows.
_UNPAINTED = re.compile(r"\(//(?:html|head|title|meta|link|base|style)\)")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of a finding, with the way to it."""

    words: str
    #: Of the view that shows it; "" where nothing can.
    url: str
    is_here: bool
    #: The lines of the template around it.
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """A finding with the ways to its places."""

    finding: Finding
    spots: tuple[Spot, ...]
    more: tuple[Spot, ...]


def read_checks(scene: Scene) -> Mapping[str, object]:
    """The size and all findings of the email that is shown."""
    proof = scene.proof
    if proof.issue is None or proof.went_out:
        return {"meter": None}
    mail, findings = scene.studio.remember(("checks", proof.number), lambda: _look_over(proof))
    asked = scene.studio.recall(_spam_key(proof))
    told = [tell(scene, each) for each in in_order([*findings, *(asked or ())])]
    meter = read_meter(mail, findings)
    return {
        "meter": meter,
        "clip": CLIP,
        "warn": WARN,
        "heaviest": [_find_spot(scene, place) for place in meter.heaviest],
        "shares": _share(meter),
        "findings": [each for each in told if each.finding.level is not Level.NOTE],
        # That of the size stands above.
        "notes": [
            each
            for each in told
            if each.finding.level is Level.NOTE and each.finding.check != "size"
        ],
        "stops": count((each.finding for each in told), Level.STOP),
        "was_asked": asked is not None,
    }


def ask_spamassassin(scene: Scene, form: Form) -> Errand:
    """Have SpamAssassin read the message: it takes some seconds, so only when one wants it."""
    proof = scene.proof
    if proof.issue is None:
        raise UsageError("There is no email to ask SpamAssassin about.")
    message = example_message(leave_empty(proof.issue))

    def tell(findings: Sequence[Finding]) -> Done:
        scene.studio.remember(_spam_key(proof), lambda: findings)
        return Done(". ".join(finding.what for finding in findings) + ".")

    return Errand(lambda: tuple(spam.tell(spam.ask(message))), tell)


def read_ranking(scene: Scene) -> Mapping[str, object]:
    """Every candidate of the day with its score's parts, chosen or not and why."""
    drafted = scene.proof.draft
    standings = stand(drafted) if drafted else ()
    chart = draw_chart(standings)
    rows = list(zip(standings, chart.rows, chart.ends, strict=True))
    return {
        "drafted": drafted,
        "chosen": [row for row in rows if row[0].is_chosen],
        "others": [row for row in rows if not row[0].is_chosen and row[0].score is not None],
        "barred": [row[0] for row in rows if row[0].score is None],
        "missed": just_missed(standings),
        "zero": chart.zero,
        "signals": _name_signals(chart.rows),
        "skyline": _draw_skyline(standings),
        "bad": drafted.loaded.bad if drafted else (),
    }


def tell(scene: Scene, finding: Finding) -> Told:
    """A finding with the ways to its places."""
    spots = tuple(_find_spot(scene, place) for place in finding.where)
    return Told(finding, spots[:_SHOWN], spots[_SHOWN:])


def _look_over(proof: Proof) -> tuple[Mail, tuple[Finding, ...]]:
    assert proof.settings
    assert proof.issue
    assert proof.draft
    assert proof.draft.edition
    mail = read_mail(proof.settings, proof.draft.edition, proof.issue)
    return mail, look_over(mail)


def _spam_key(proof: Proof) -> Hashable:
    assert proof.issue
    # Not by its number, as an email that is made anew may be the same.
    return "spam", proof.issue.subject, proof.digest


def _find_spot(scene: Scene, place: Place) -> Spot:
    words = str(place)
    match place.part:
        case Part.HTML if _UNPAINTED.match(place.element):
            return _lead(scene, words, show="source", place=place.element)
        case Part.HTML if place.element:
            return _lead(scene, words, show="email", place=place.element)
        case Part.TEXT:
            return _lead(scene, words, show="text", place=f"line {place.line}")
        case Part.SUBJECT:
            return _lead(scene, words, show="headers", place="Subject")
        case Part.MESSAGE:
            return _lead(scene, words, show="headers", place="")
        case Part.TEMPLATE if place.file and place.line and scene.proof.settings:
            path = templates_folder(scene.proof.settings) / place.file
            return Spot(words, "", False, tuple(read_around(path, place.line)))
        case _:
            return Spot(words, "", False)


def _lead(scene: Scene, words: str, *, show: str, place: str) -> Spot:
    is_here = bool(place) and (scene.view.show, scene.view.place) == (show, place)
    return Spot(words, scene.url(show=show, place=place, mail=""), is_here)


def _share(meter: Meter) -> list[tuple[str, int, float, float]]:
    """Each kind with its bytes, and where it begins and how wide it is, in hundredths."""
    at, shares = 0.0, []
    for kind, weight in meter.kinds:
        width = 100 * weight / max(1, meter.html)
        shares.append((kind, weight, at, width))
        at += width
    return shares


def _name_signals(rows: Iterable[Iterable[Bar]]) -> list[str]:
    """The signals in the order in which they are met; those with a word behind them are alike."""
    return list(dict.fromkeys(bar.part.signal.split()[0] for row in rows for bar in row))


def _draw_skyline(standings: Iterable[Standing]) -> list[tuple[bool, float]]:
    """The height of each scored candidate in hundredths, and whether it is chosen."""
    scored = [(each.is_chosen, each.score) for each in standings if each.score is not None]
    low = min((score for _, score in scored), default=0.0)
    high = max((score for _, score in scored), default=1.0)
    # The lowest is seen too.
    return [(chosen, 8 + 92 * (score - low) / ((high - low) or 1)) for chosen, score in scored]
