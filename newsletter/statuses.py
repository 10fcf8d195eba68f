"""The words for where things stand; apart from the records, as `--help` names them too."""

from __future__ import annotations

from enum import StrEnum


class SubscriberStatus(StrEnum):
    UNCONFIRMED = "unconfirmed"  # asked on the web, has not confirmed yet
    CONFIRMED = "confirmed"  # is mailed to
    UNSUBSCRIBED = "unsubscribed"  # left; only the reader's own opt-in brings them back
    SUPPRESSED = "suppressed"  # must not be written to: hard bounce or complaint


class Status(StrEnum):
    """Where a delivery stands. The first four are open."""

    QUEUED = "queued"  # not tried yet
    SENDING = "sending"  # on the wire: the relay may or may not have it
    DEFERRED = "deferred"  # refused for now; tried again at `due_at`
    IN_DOUBT = "in_doubt"  # cut off after the final dot (RFC 1047)
    SENT = "sent"  # the relay took it
    REJECTED = "rejected"  # the address is dead
    FAILED = "failed"  # this message was refused, or we gave up
    SUPPRESSED = "suppressed"  # the address became suppressed while queued
    WITHDRAWN = "withdrawn"  # the reader left, or it was no news any more


OPEN = (Status.QUEUED, Status.SENDING, Status.DEFERRED, Status.IN_DOUBT)


class Stage(StrEnum):
    """Where in the SMTP dialogue something happened (RFC 5321)."""

    CONNECT = "connect"
    GREETING = "greeting"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"  # the reply to the final dot
    LOST_DOT = "lost_dot"  # the connection ended after the dot, before a reply
