"""Email addresses: checked, in one spelling, and folded for comparing."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from newsletter.errors import AddressError

if TYPE_CHECKING:
    from email_validator import ValidatedEmail

_SHOWN = 80
_NAME_LIMIT = 100


def normalize(text: str) -> str:
    """The address as it goes on the wire: no white space around it, its domain in ASCII.

    A domain in another script becomes its A-labels (RFC 5890), which every relay takes; a
    local part in another script stays, and needs a relay with SMTPUTF8 (RFC 6531). Names
    for tests and company networks (`.test`, `.example`, `.local`, `localhost`) will do.

    Raises:
        AddressError: it cannot be mailed to; the message says why.
    """
    address = text.strip()
    from email_validator import EmailNotValidError

    try:
        found = _validate(address)
    except EmailNotValidError as error:
        raise AddressError(f"{_show(address)} cannot be mailed to: {error}") from None
    return f"{found.local_part}@{found.ascii_domain}"


def fold(address: str) -> str:
    """What two spellings of one reader's address have in common; `a+x` and `a` differ.

    RFC 5321 (2.4) lets a host tell `A` from `a`; none of note does, and readers do not.
    """
    return address.lower()


def tidy_name(name: str) -> str:
    """A reader's name as one line of at most 100 characters.

    Without control characters, so that nothing in it can become a header.
    """
    joiners = "\u200c\u200d"  # unprintable to Python, needed in Persian and Indic names
    printable = "".join(c if c.isprintable() or c in joiners else " " for c in name)
    return " ".join(printable.split())[:_NAME_LIMIT].rstrip()


def _validate(address: str) -> ValidatedEmail:
    _allow_own_networks()
    from email_validator import validate_email

    return validate_email(
        address,
        strict=True,  # at most 64 octets before the @ (RFC 5321, 4.5.3.1.1)
        allow_smtputf8=True,
        allow_quoted_local=False,
        allow_domain_literal=False,
        allow_display_name=False,
        check_deliverability=False,  # a look-up for each address would take hours
        globally_deliverable=not address.lower().endswith("@localhost"),
    )


@cache
def _allow_own_networks() -> None:
    # Its manual's way to allow them; the argument `test_environment` does so for one alone.
    from email_validator import SPECIAL_USE_DOMAIN_NAMES

    for name in ("local", "localhost", "test"):
        SPECIAL_USE_DOMAIN_NAMES.remove(name)


def _show(address: str) -> str:
    return repr(address if len(address) <= _SHOWN else address[:_SHOWN] + "…")
