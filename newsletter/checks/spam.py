"""What SpamAssassin says of a message, where it is installed. Nothing leaves the machine."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.checks.findings import Finding, Level, Part, Place

#: What a message of ours may come to; filters sort out from 5 on.
MOST = 0.5
_SECONDS = 60
_WHOLE = (Place(part=Part.MESSAGE, words="the whole message"),)
_SCORE = re.compile(r"^Content analysis details:\s+\((-?[\d.]+) points", re.MULTILINE)
_RULE = re.compile(r"^ {0,3}(-?\d+(?:\.\d)?) (\w+) +(.+(?:\n {28}.+)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that spoke, with its points."""

    points: float
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a message came to."""

    score: float
    rules: tuple[Rule, ...]


def ask(message: bytes) -> Verdict | None:
    """Ask SpamAssassin, offline; None where it is not installed or gives no answer."""
    program = shutil.which("spamassassin")
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, "--local", "--test-mode", "--nocreate-prefs"],
            input=message.replace(b"\r\n", b"\n"),
            capture_output=True,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return read_report(done.stdout.decode("utf-8", "replace"))


def read_report(report: str) -> Verdict | None:
    """The verdict in the report that SpamAssassin puts behind a message."""
    score = _SCORE.search(report)
    if score is None:
        return None
    rules = (
        Rule(float(match[1]), match[2], " ".join(match[3].split()))
        for match in _RULE.finditer(report, score.end())
    )
    return Verdict(float(score[1]), tuple(rules))


def tell(verdict: Verdict | None) -> Iterator[Finding]:
    """A warning for each rule that costs points, where all together cost too many."""
    if verdict is None:
        yield Finding(
            Level.NOTE,
            "spam",
            _WHOLE,
            "SpamAssassin was not asked: it is not installed, or gave no answer",
            "apt-get install spamassassin brings it; it is asked offline.",
        )
        return
    level = Level.WARNING if verdict.score > MOST else Level.NOTE
    for rule in verdict.rules:
        if rule.points > 0 and level is Level.WARNING:
            what = f"{rule.name} adds {rule.points:.1f}: {rule.words}"
            yield Finding(level, "spam", _WHOLE, what, "See what in the email the rule names.")
    yield Finding(
        Level.NOTE,
        "spam",
        _WHOLE,
        f"SpamAssassin gives it {verdict.score:.1f} points; at most {MOST} is good, 5 is spam",
    )
