"""All the checks, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from newsletter.checks import (
    clients,
    contrast,
    headings,
    images,
    language,
    links,
    mjml,
    size,
    slots,
    twin,
    unsubscribe,
)
from newsletter.checks.findings import Finding, Level
from newsletter.checks.mail import Mail

#: In the order in which a person wants to read of them.
CHECKS: tuple[Callable[[Mail], Iterator[Finding]], ...] = tuple(
    module.check
    for module in (
        unsubscribe,
        slots,
        size,
        links,
        images,
        clients,
        contrast,
        headings,
        language,
        twin,
        mjml,
    )
)


def look_over(mail: Mail) -> tuple[Finding, ...]:
    """Everything the checks find, the worst first."""
    return in_order(finding for check in CHECKS for finding in check(mail))


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The worst first, and each level in the order of its checks."""
    levels = list(Level)
    return tuple(sorted(findings, key=lambda finding: levels.index(finding.level)))
