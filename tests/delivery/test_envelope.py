"""What is said before a message, in what the relay offers."""

from __future__ import annotations

import pytest

from newsletter.delivery.envelope import Envelope, wrap
from newsletter.model import Message, Reply, Stage

SENDER = "papers@example.org"


def message(recipient: str = "ada@example.org", to: str = "") -> Message:
    head = f"To: {to or recipient}\r\n\r\n"
    return Message(SENDER, recipient, head.encode(), (b"Papers.\r\n",))


def test_a_plain_message_asks_for_nothing() -> None:
    assert wrap(message(), {}) == Envelope(
        b"MAIL FROM:<papers@example.org>", b"RCPT TO:<ada@example.org>"
    )


def test_its_size_is_told_where_that_is_offered() -> None:
    envelope = wrap(message(), {"size": ""})

    assert isinstance(envelope, Envelope)
    assert envelope.mail.endswith(b"> SIZE=32")


def test_an_address_in_another_script_goes_only_where_smtputf8_is_offered() -> None:
    envelope = wrap(message("zoë@example.org"), {"smtputf8": ""})

    assert isinstance(envelope, Envelope)
    assert envelope.mail.endswith(b" SMTPUTF8")
    assert envelope.rcpt == "RCPT TO:<zoë@example.org>".encode()


@pytest.mark.parametrize(
    ("given", "offers", "enhanced", "lacks"),
    [
        (message("zoë@example.org"), {"size": ""}, "5.6.7", "SMTPUTF8"),
        (message(to="ada@exämple.org"), {"8bitmime": ""}, "5.6.7", "SMTPUTF8"),
    ],
)
def test_what_the_relay_lacks_is_told_and_strikes_nobody(
    given: Message, offers: dict[str, str], enhanced: str, lacks: str
) -> None:
    reply = wrap(given, offers)

    assert isinstance(reply, Reply)
    assert (reply.stage, reply.enhanced) == (Stage.RCPT, enhanced)
    assert lacks in reply.text
