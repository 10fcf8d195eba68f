"""The records, in the order they are made: a paper on its way to a reader.

All are frozen; every datetime is aware and in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from newsletter.statuses import OPEN as OPEN
from newsletter.statuses import Stage as Stage
from newsletter.statuses import Status as Status
from newsletter.statuses import SubscriberStatus as SubscriberStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One record as the source gives it, checked and cleaned."""

    #: The id, or where the source has none a hash of the folded title.
    key: str
    #: The arXiv id without version suffix; None where the source gives none.
    id: str | None
    title: str
    abstract: str = ""
    #: The source's own one-line summary.
    summary: str = ""
    #: Names in the source's order, hidden ones left out.
    authors: tuple[str, ...] = ()
    #: How many authors there are, also where their names are not known.
    author_count: int = 0
    organization: str = ""
    keywords: tuple[str, ...] = ()
    #: The day the source listed it; None where the source does not say.
    listed_on: date | None = None
    #: When its votes began to count, as closely as is known.
    listed_at: datetime | None = None
    published_on: date | None = None
    #: When the votes below were read.
    observed_at: datetime
    #: None where the source has no votes, which is not the same as 0.
    upvotes: int | None = None
    comments: int | None = None
    stars: int | None = None
    #: http or https only; "" where there is none.
    url: str = ""
    arxiv_url: str = ""
    pdf_url: str = ""
    code_url: str = ""
    project_url: str = ""
    image_url: str = ""
    #: The sources that list it, by name, and what each adds to its score.
    sources: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that was left out, so that a person can find and mend it."""

    file: str
    #: Position in the file's list, from 0; None where the file is one record.
    index: int | None
    field: str
    reason: str

    def __str__(self) -> str:
        where = self.file if self.index is None else f"{self.file}[{self.index}]"
        return f"{where}: {self.field}: {self.reason}"


class Part(NamedTuple):
    """One signal's share of a score."""

    signal: str
    value: float
    #: Words for people, such as "87 upvotes".
    reason: str


class Ranked(NamedTuple):
    """A paper with its score; the parts sum to it."""

    paper: Paper
    score: float
    parts: tuple[Part, ...]

    @property
    def why(self) -> str:
        """Why it stands where it does, in a few words: "87 upvotes in 9 h, 3 comments"."""
        words = ""
        for part in self.parts:
            if part.reason:
                joint = " " if part.signal == "recency" else ", "
                words = f"{words}{joint}{part.reason}" if words else part.reason
        return words


class PassedOver(NamedTuple):
    """A paper that an edition might have held."""

    paper: Paper
    #: Words for people, such as "featured on 2026-08-12".
    reason: str
    #: None where it was left out before papers were scored.
    ranked: Ranked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """What an editor settled for a day; empty where nobody did.

    Papers are named by their key.
    """

    #: Markdown, to stand above the papers.
    note: str = ""
    #: Instead of the lead's title.
    subject: str = ""
    #: The paper that stands first.
    lead: str = ""
    #: Papers that follow it, in this order.
    pin: tuple[str, ...] = ()
    #: Papers left out.
    skip: tuple[str, ...] = ()

    @property
    def picked(self) -> tuple[str, ...]:
        """The papers that must be in, in their order, each once."""
        return tuple(dict.fromkeys(filter(None, (self.lead, *self.pin))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What one day's newsletter says; the day is its key."""

    day: date
    #: The editor's picks, then best first.
    papers: tuple[Ranked, ...]
    steering: Steering = Steering()
    #: The papers it does not hold, the scored ones first and best first.
    passed_over: tuple[PassedOver, ...] = ()


@dataclass(frozen=True, slots=True)
class Literal:
    """A piece of the issue that is the same for every reader."""

    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the issue that is filled per reader, or per card."""

    name: str


@dataclass(frozen=True, slots=True)
class Card:
    """One paper's piece of the issue; it stands on its own and knows no neighbour."""

    key: str
    #: How much of the paper it shows: one of `newsletter.rendering.RUNGS`.
    rung: str
    segments: tuple[Literal | Slot, ...]


Segment = Literal | Slot | Card


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What every message of an issue says of its sender; fixed when it is published."""

    sender_address: str
    sender_name: str
    reply_to: str
    #: RFC 2919, without the angle brackets.
    list_id: str
    #: Base of the public web pages; "" where there are none.
    public_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """How an edition looks, rendered once for all readers."""

    day: date
    subject: str
    preheader: str
    html: tuple[Segment, ...]
    text: tuple[Segment, ...]
    letterhead: Letterhead
    #: The `Date` of every message, also of one that is retried.
    dated: datetime
    #: Makes Message-IDs hard to guess and the same on every retry.
    salt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A reader."""

    id: int
    address: str
    name: str
    status: SubscriberStatus
    created_at: datetime
    changed_at: datetime
    #: Why the status is what it is, such as the relay's words.
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the relay said. Code 0: nothing that counts as a reply (closed, late, garbage)."""

    stage: Stage
    code: int
    #: RFC 3463, such as "5.1.1"; "" where there is none.
    enhanced: str = ""
    text: str = ""

    def __str__(self) -> str:
        code = str(self.code) if self.code else ""
        said = " ".join(part for part in (code, self.enhanced, self.text) if part)
        return f"{self.stage}: {said or 'no reply'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A due delivery that is ours until the lease ends."""

    id: int
    day: date
    subscriber_id: int
    address: str
    name: str
    attempts: int
    #: Grows with every claim; a write with an old one changes nothing.
    epoch: int
    #: When it was queued, or queued again by hand: giving up counts from there.
    queued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """A part of the deliveries: all, those to one domain, or those to all but some."""

    #: "" for every domain.
    domain: str = ""
    without: tuple[str, ...] = ()
    #: Only those that come after this one.
    after: int = 0


#: All deliveries.
WHOLE = Among()


class Strike(StrEnum):
    """What a refusal says against an address; enough of them suppress it."""

    DEAD = "dead"  # there is no such mailbox
    REFUSED = "refused"  # not taken, without a reason that would settle it
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an attempt came to."""

    status: Status
    reply: Reply
    #: When to try again; only for a deferred delivery.
    due_at: datetime | None = None
    #: What the reply says against the address.
    strike: Strike | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One write to the ledger: the intent to send (no outcome yet), or what came of it."""

    claimed: Claimed
    outcome: Outcome | None = None


class Message(NamedTuple):
    """One issue for one subscriber: the bytes that go on the wire (RFC 5322).

    Lines end in CRLF, none begins with a dot, the last one is ended, the body is 7-bit.
    Head and body lie apart so that a signature can go between.
    """

    sender: str
    recipient: str
    head: bytes
    #: The body's pieces; those that all readers share are the same objects, and not copied.
    parts: tuple[bytes, ...]

    @property
    def body(self) -> bytes:
        return b"".join(self.parts)

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.head) + sum(map(len, self.parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One issue to one subscriber, as the ledger has it."""

    id: int
    day: date
    #: None where the reader was deleted since.
    address: str | None
    status: Status
    attempts: int
    reply: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Nothing is sent until somebody says `resume`."""

    #: What is wrong; "" where the operator asked for it.
    reason: str
    since: datetime

    @property
    def is_by_hand(self) -> bool:
        return not self.reason

    def __str__(self) -> str:
        return f"paused since {self.since:%Y-%m-%d %H:%M} UTC: {self.reason or 'by hand'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Open deliveries of a day that stand alike."""

    day: date
    status: Status
    count: int
    #: The relay's last words, of one of them; "" where it was not asked yet.
    reply: str
    #: When the first of them is due again.
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """An edition's deliveries by status; the nine counts sum to the audience."""

    day: date
    papers: int
    counts: dict[Status, int]

    @property
    def audience(self) -> int:
        return sum(self.counts.values())

    @property
    def open(self) -> int:
        return sum(self.counts[status] for status in OPEN)
