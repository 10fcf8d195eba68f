"""How much of what Gmail shows an email uses, and what weighs most in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.checks.findings import Finding, Place
from newsletter.checks.mail import Mail
from newsletter.checks.size import COMFORT, weigh
from newsletter.rendering.fitting import LIMIT

#: Gmail clips what is longer; a warning comes from the second on. Bytes.
CLIP, WARN = LIMIT, COMFORT


@dataclass(frozen=True, slots=True)
class Meter:
    """An email's size, in bytes."""

    html: int
    #: As quoted-printable.
    coded: int
    #: What the HTML is made of, each kind with its bytes, the heaviest first.
    kinds: tuple[tuple[str, int], ...]
    #: The heaviest cards.
    heaviest: tuple[Place, ...]

    @property
    def level(self) -> str:
        """ "clipped", "near" or "fine"."""
        size = max(self.html, self.coded)
        return "clipped" if size >= CLIP else "near" if size >= WARN else "fine"


def read_meter(mail: Mail, findings: Sequence[Finding]) -> Meter:
    """The size of a mail; the heaviest cards are those its findings tell of."""
    sizes = [finding for finding in findings if finding.check == "size"]
    heaviest = sizes[0].where if sizes else ()
    return Meter(mail.size.html, mail.size.coded, tuple(weigh(mail)), heaviest)
