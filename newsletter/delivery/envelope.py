"""What is said of a message before it is handed over: MAIL FROM and RCPT TO."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from newsletter.model import Message, Reply, Stage

# What would end the address on the command line, or the line itself (RFC 5321, 4.1.2).
_UNSAFE = re.compile(r"[\x00-\x20\x7f<>]")


class Envelope(NamedTuple):
    """Two commands, ready for the wire but for their line ends."""

    mail: bytes
    rcpt: bytes


def wrap(message: Message, offers: Mapping[str, str]) -> Envelope | Reply:
    """The envelope of a message, in what the relay offers.

    Args:
        message: its addresses and its size count.
        offers: the relay's extensions, names in lower case, with their parameters.

    Returns:
        A reply that we give ourselves where the message cannot go: about the reader at
        RCPT, about us or the issue at MAIL.
    """
    size = message.size
    largest = offers.get("size", "")  # RFC 1870; 0 or nothing: no limit is told
    if largest.isdecimal() and 0 < int(largest) < size:
        text = f"the message has {size} bytes and the relay takes {largest}"
        return Reply(stage=Stage.MAIL, code=552, enhanced="5.3.4", text=text)
    # The header names an address beyond ASCII as it is, which only RFC 6532 allows.
    if not message.head.isascii() and "smtputf8" not in offers:
        text = "the message's header needs SMTPUTF8, which the relay lacks"
        return _refuse(Stage.RCPT, "5.6.7", text)
    sender = _write_path(Stage.MAIL, message.sender, "smtputf8" in offers)
    recipient = _write_path(Stage.RCPT, message.recipient, "smtputf8" in offers)
    if isinstance(sender, Reply):
        return sender
    if isinstance(recipient, Reply):
        return recipient
    parameters = b" SIZE=%d" % size if "size" in offers else b""
    if not (sender.isascii() and recipient.isascii() and message.head.isascii()):
        parameters += b" SMTPUTF8"  # RFC 6531, 3.4
    return Envelope(b"MAIL FROM:<%b>%b" % (sender, parameters), b"RCPT TO:<%b>" % recipient)


def _write_path(stage: Stage, address: str, takes_utf8: bool) -> bytes | Reply:
    if _UNSAFE.search(address):
        return _refuse(stage, "5.1.3", "the address cannot be written in SMTP")
    if address.isascii():
        return address.encode("ascii")
    if takes_utf8:
        return address.encode("utf-8")
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        return _refuse(stage, "5.6.7", "the address needs SMTPUTF8, which the relay lacks")
    return _write_domain(stage, local, domain)


def _write_domain(stage: Stage, local: str, domain: str) -> bytes | Reply:
    import idna  # its tables are large, and hardly any reader needs them

    try:
        return b"%b@%b" % (local.encode("ascii"), idna.encode(domain, uts46=True))
    except idna.IDNAError as error:
        return _refuse(stage, "5.1.3", f"the domain cannot be written in SMTP: {error}")


def _refuse(stage: Stage, enhanced: str, text: str) -> Reply:
    return Reply(stage=stage, code=553, enhanced=enhanced, text=text)
