"""The errors an operator can meet; their message is one sentence that says what to do.

NewsletterError
├── UsageError             bad usage, config or template                  exit 2
│   ├── ConfigError        config.toml or the environment
│   ├── TemplateError      a template, with file and line
│   ├── CheckFailed        an email that must not go out as it is
│   └── AddressError       an address that cannot be mailed to
├── SourceUnavailable      the papers cannot be had                       exit 69
└── TryAgainLater          open deliveries cannot go now                  exit 75
    ├── RelayUnavailable   the relay is away or refuses us
    ├── StoreUnavailable   the database or its disk refuses
    ├── LeaseLost          another sender took over what we had claimed
    └── Busy               another program is at it

Exit codes are those of sysexits.h (EX_UNAVAILABLE 69, EX_TEMPFAIL 75).
Everything else that is raised is a bug and keeps its traceback.
"""

from __future__ import annotations

from typing import Any, ClassVar


class NewsletterError(Exception):
    """Root of the errors that are told to the operator in one sentence."""

    exit_code: ClassVar[int] = 1
    #: What the run had come to before it, a `newsletter.report.Report` for each day.
    reports: tuple[Any, ...] = ()


class UsageError(NewsletterError):
    """What was asked for cannot be done as asked."""

    exit_code = 2


class ConfigError(UsageError):
    """The settings are wrong; the message lists every problem by its key."""


class TemplateError(UsageError):
    """A template is wrong; the message names the file and, where known, the line."""


class CheckFailed(UsageError):
    """The email must not go out as it is; the message lists what stops it."""


class AddressError(UsageError, ValueError):
    """An address that cannot be mailed to; the message names it and the reason."""


class SourceUnavailable(NewsletterError):
    """The source of papers failed: not to be taken for a quiet day."""

    exit_code = 69


class TryAgainLater(NewsletterError):
    """Deliveries are open that cannot go now; run the command again."""

    exit_code = 75


class RelayUnavailable(TryAgainLater):
    """The relay is away, or refuses us rather than a reader."""


class StoreUnavailable(TryAgainLater):
    """The store cannot be read or written."""


class LeaseLost(TryAgainLater):
    """Our claim ended while we were away; another sender may hold the rows now."""


class Busy(TryAgainLater):
    """Another program has the lock; the message names it and says since when."""
