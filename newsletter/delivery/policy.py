"""What a reply of the relay means: one table, one pure function.

The relay owns the retries to each destination. Its own trouble and its opinion of us
are told apart from what it says of a reader; only the latter touches a reader's row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto
from functools import lru_cache

from newsletter.model import Outcome, Reply, Stage, Status, Strike
from newsletter.settings import Delivery


class Kind(StrEnum):
    """Whose trouble it is, when it is not a reader's."""

    AWAY = "away"  # the relay's own: wait for it and try again
    US = "us"  # it refuses us, or the issue: stop and say so
    CUT = "cut"  # lost before the final dot: certainly not accepted, try again at once


@dataclass(frozen=True, slots=True)
class Trouble:
    """A reply that says nothing of the reader: the delivery stays as it was."""

    kind: Kind
    reply: Reply


class _Verdict(Enum):
    SENT = auto()
    IN_DOUBT = auto()  # RFC 1047
    SOON = auto()  # deferred by 1 to 10 minutes
    LATER = auto()  # deferred by 15 to 30 minutes, doubling, at most 4 hours
    FULL = auto()  # as LATER: that mailbox is full
    DEAD = auto()  # rejected; never write to the address again
    REJECTED = auto()  # rejected for this issue
    FAILED = auto()
    AWAY = auto()
    US = auto()
    CUT = auto()


_OPENING = frozenset({Stage.CONNECT, Stage.GREETING, Stage.EHLO, Stage.STARTTLS, Stage.AUTH})
_RCPT = frozenset({Stage.RCPT})
_DOT = frozenset({Stage.DOT})
_BEFORE_DOT = frozenset({Stage.RCPT, Stage.DATA})
_LATE = frozenset({Stage.RCPT, Stage.DATA, Stage.DOT})
_ANY = frozenset(Stage)

# The first row that fits holds. A pattern is of "code enhanced", such as "550 5.1.1".
_TABLE: tuple[tuple[frozenset[Stage], str, _Verdict], ...] = (
    (_DOT, "2.. .*", _Verdict.SENT),
    (frozenset({Stage.LOST_DOT}), ".*", _Verdict.IN_DOUBT),
    # The relay is in trouble, or does not want us.
    (frozenset({Stage.GREETING}), "521 .*", _Verdict.US),  # RFC 7504
    (frozenset({Stage.AUTH, Stage.MAIL}), "5.. .*", _Verdict.US),
    (_OPENING | {Stage.MAIL}, ".*", _Verdict.AWAY),
    # Nothing that counts as a reply, or one that does not fit the question.
    (_BEFORE_DOT, "[^45].*", _Verdict.CUT),
    (_DOT, "[^45].*", _Verdict.IN_DOUBT),
    # Not now.
    (_LATE, "421 .*|454 4[.]7[.].*", _Verdict.SOON),
    (_LATE, "[45].. [45][.]2[.]2", _Verdict.FULL),
    (_LATE, "55[24] 5[.]3[.]4", _Verdict.US),  # the message is too large for the relay
    (_LATE, "452 .*", _Verdict.SOON),
    (_RCPT, "552 .*", _Verdict.SOON),  # RFC 5321, 4.5.3.1.10: too many recipients
    (_LATE, "4.. .*", _Verdict.LATER),  # greylisting among them
    # Never, because of the address.
    (_RCPT, "5.. 5[.]1[.](1|2|3|6|10)|5.. 5[.]2[.]1|556 .*", _Verdict.DEAD),
    # Never, because of us: Postfix refuses a sender at RCPT by default.
    (_LATE, "53[058] .*", _Verdict.US),
    (_RCPT, "5.. 5[.]1[.][78]", _Verdict.US),
    # Never, for other reasons.
    (_LATE, "50[0-4] .*", _Verdict.FAILED),
    (_RCPT, "5.. (5[.]1[.].*)?", _Verdict.REJECTED),
    (_DOT, "5.. 5[.]1[.].*", _Verdict.REJECTED),
    (_LATE, "5.. .*", _Verdict.FAILED),
    (_ANY, ".*", _Verdict.AWAY),
)
_ROWS = tuple((stages, re.compile(pattern), verdict) for stages, pattern, verdict in _TABLE)

# Words by which a 5.7.x at RCPT speaks of the sender or the client, not of the reader.
_OF_US = ("sender address", "client host", "relay access denied", "unable to relay", "relaying")
_STATUSES = {
    _Verdict.SENT: Status.SENT,
    _Verdict.IN_DOUBT: Status.IN_DOUBT,
    _Verdict.DEAD: Status.REJECTED,
    _Verdict.REJECTED: Status.REJECTED,
    _Verdict.FAILED: Status.FAILED,
}
_STRIKES = {
    _Verdict.DEAD: Strike.DEAD,
    _Verdict.REJECTED: Strike.REFUSED,
    _Verdict.FULL: Strike.FULL,
}
#: In how many editions in a row an address is struck before it is suppressed.
STRIKES_ALLOWED = {Strike.DEAD: 1, Strike.REFUSED: 3, Strike.FULL: 5}
_TROUBLES = {_Verdict.AWAY: Kind.AWAY, _Verdict.US: Kind.US, _Verdict.CUT: Kind.CUT}

_SOONEST, _SOON_SPREAD = timedelta(minutes=1), timedelta(minutes=9)
_FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=15), timedelta(hours=4)


def judge(
    reply: Reply,
    *,
    attempts: int,
    queued_at: datetime,
    now: datetime,
    settings: Delivery,
    sender: str,
    chance: float,
) -> Outcome | Trouble:
    """What an attempt came to.

    Args:
        reply: what the relay said, and at which stage.
        attempts: how often the delivery was tried, this time included.
        queued_at: from when on giving up counts.
        now: the moment of the reply.
        settings: `give_up_after` is used.
        sender: our address, by which a refusal can name us.
        chance: between 0 and 1, spreads retries so that they do not come all at once.
    """
    verdict = _look_up(reply, sender)
    if verdict in _TROUBLES:
        return Trouble(_TROUBLES[verdict], reply)
    strike = _STRIKES.get(verdict)
    if verdict in _STATUSES:
        return Outcome(status=_STATUSES[verdict], reply=reply, strike=strike)
    soon = verdict is _Verdict.SOON
    wait = _SOONEST + chance * _SOON_SPREAD if soon else back_off(attempts, chance)
    outcome = defer(reply, wait, queued_at=queued_at, now=now, settings=settings)
    return replace(outcome, strike=strike)


def judge_opening(reply: Reply) -> Trouble:
    """Why a connection could not be opened: the relay's trouble, or ours with it."""
    kind = _TROUBLES.get(_look_up(reply, sender=""), Kind.AWAY)
    return Trouble(kind, reply)


def _look_up(reply: Reply, sender: str) -> _Verdict:
    if reply.stage is Stage.RCPT and reply.enhanced.startswith("5.7.") and _is_of(reply, sender):
        return _Verdict.US
    return _find_row(reply.stage, f"{reply.code:03} {reply.enhanced}")


@lru_cache
def _find_row(stage: Stage, said: str) -> _Verdict:
    return next(
        verdict for stages, pattern, verdict in _ROWS if stage in stages and pattern.fullmatch(said)
    )


def _is_of(reply: Reply, sender: str) -> bool:
    text = reply.text.casefold()
    return any(words in text for words in (sender.casefold(), *_OF_US) if words)


def defer(
    reply: Reply, wait: timedelta, *, queued_at: datetime, now: datetime, settings: Delivery
) -> Outcome:
    """Try again after a wait, or give up if it has been tried for too long."""
    if now - queued_at >= settings.give_up_after:
        return Outcome(status=Status.FAILED, reply=reply)
    return Outcome(status=Status.DEFERRED, reply=reply, due_at=now + wait)


def back_off(attempts: int, chance: float) -> timedelta:
    """15 to 30 minutes, doubling with every attempt, never more than 4 hours."""
    doubled = _FIRST_WAIT * 2.0 ** min(attempts - 1, 10)
    return min(doubled * (1 + chance), LONGEST_WAIT)


class Refusal(StrEnum):
    """Of what a refusal for good speaks."""

    ADDRESS = "address"
    POLICY = "policy"  # our reputation, or what we send
    SYNTAX = "syntax"  # we speak SMTP wrongly
    OTHER = "other"


def classify(outcome: Outcome) -> Refusal | None:
    """What a refusal for good is about; None for any other outcome."""
    verdict = _look_up(outcome.reply, sender="")
    if verdict in (_Verdict.DEAD, _Verdict.REJECTED):
        return Refusal.ADDRESS
    if verdict is not _Verdict.FAILED:
        return None
    if outcome.reply.code <= 504:
        return Refusal.SYNTAX
    is_policy = outcome.reply.enhanced.startswith("5.7.") or not outcome.reply.enhanced
    return Refusal.POLICY if is_policy else Refusal.OTHER
