"""Issue and reader → the bytes that go on the wire.

What is the same for all readers is encoded once, by `prepare`; composing a message is
then a list of pieces, of which few are the reader's own. Pieces are encoded apart: each
begins on a line of its own and ends in a line break, hard or soft, so that any may stand
behind any other (RFC 2045, 6.7).
"""

from __future__ import annotations

import hmac
import html
import re
from binascii import b2a_qp
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import quote

from newsletter.embedding import Picture, detach
from newsletter.model import Card, Claimed, Issue, Letterhead, Literal, Message, Segment, Slot

#: The places in an issue that are filled per reader.
READER_SLOTS = ("unsubscribe_url", "name", "address")
#: The places in a card that are filled where the card is put into an issue.
CARD_SLOTS = ("rank",)

_SOFT = b"=\r\n"
_LINE_END = re.compile(r"\r\n?|\n")
_FIRST_DOTS = re.compile(rb"^\.+", re.MULTILINE)
_CRLF = "\r\n"


def encode(text: str) -> bytes:
    """A piece of a body as quoted-printable that may be joined to any other.

    Lines are at most 76 bytes, end in CRLF, and none begins with a dot: nothing needs
    stuffing on the wire (RFC 5321, 4.5.2), so the bytes composed are the bytes received.
    """
    if not text:
        return b""
    lines = _LINE_END.sub(_CRLF, text)
    coded = b2a_qp(lines.encode("utf-8"), istext=True)
    coded = coded.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    coded = _FIRST_DOTS.sub(_encode_dots, coded)
    return coded if lines.endswith(_CRLF) else coded + _SOFT


def _encode_dots(dots: re.Match[bytes]) -> bytes:
    """Dots at the head of a line, on lines of their own so that none grows beyond 76."""
    count = len(dots[0])
    return b"".join(b"=2E" * min(24, count - at) + _SOFT for at in range(0, count, 24))


def place_cards(segments: Iterable[Segment]) -> Iterator[Literal | Slot]:
    """The segments with each card's own in its place, its rank filled in."""
    rank = 0
    for segment in segments:
        if isinstance(segment, Card):
            rank += 1
            numbers = {"rank": str(rank)}
            yield from _fill_known(segment.segments, numbers)
        else:
            yield segment


def _fill_known(
    segments: Iterable[Literal | Slot], values: Mapping[str, str]
) -> Iterator[Literal | Slot]:
    for segment in segments:
        if isinstance(segment, Slot) and segment.name in values:
            yield Literal(values[segment.name])
        else:
            yield segment


def fill(
    segments: Iterable[Segment], values: Mapping[str, str], escape: Callable[[str], str]
) -> str:
    """The issue's text as one reader sees it: for files, previews and web pages.

    Raises:
        KeyError: a slot has no value.
    """
    return "".join(
        segment.text if isinstance(segment, Literal) else escape(values[segment.name])
        for segment in place_cards(segments)
    )


def escape_html(value: str) -> str:
    return html.escape(value, quote=True)


def escape_nothing(value: str) -> str:
    return value


@dataclass(frozen=True, slots=True)
class _Gap:
    """A slot between encoded pieces: filled, escaped and encoded for each reader."""

    name: str
    escape: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Prepared:
    """An issue encoded once, ready to be joined with a reader's few bytes."""

    issue: Issue
    head: bytes
    #: Encoded pieces, and between them the numbers of gaps; some are filled several times.
    body: tuple[bytes | int, ...]
    gaps: tuple[_Gap, ...]


def prepare(issue: Issue) -> Prepared:
    """Encode what all readers share."""
    # No quoted-printable text can hold `=_`, so the boundary cannot occur in a part.
    boundary = _boundary(issue, b"boundary")
    parts = (
        _open_part(boundary, "text/plain"),
        *_encode_segments(issue.text, escape_nothing),
        *_encode_html(issue, boundary),
        f"{_CRLF}--{boundary}--{_CRLF}".encode("ascii"),
    )
    joined = tuple(_join_neighbours(parts))
    gaps = tuple(dict.fromkeys(part for part in joined if isinstance(part, _Gap)))
    body = tuple(gaps.index(part) if isinstance(part, _Gap) else part for part in joined)
    return Prepared(issue, _shared_head(issue, boundary), body, gaps)


def _boundary(issue: Issue, of: bytes) -> str:
    return f"=_{hmac.digest(issue.salt.encode(), of, 'sha256').hex()[:32]}"


def _open_part(boundary: str, kind: str, before: str = "") -> bytes:
    return (
        f"{before}--{boundary}\r\nContent-Type: {kind}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode("ascii")


def _encode_html(issue: Issue, boundary: str) -> Iterator[bytes | _Gap]:
    """The HTML part; with pictures one that holds both (RFC 2387)."""
    html, pictures = detach(issue.html, _domain(issue.letterhead))
    own = boundary
    if pictures:
        own = _boundary(issue, b"pictures")
        yield (
            f"{_CRLF}--{boundary}\r\n"
            f'Content-Type: multipart/related; type="text/html";\r\n boundary="{own}"\r\n'
        ).encode("ascii")
    yield _open_part(own, "text/html", before=_CRLF)
    yield from _encode_segments(html, escape_html)
    for picture in pictures:
        yield _encode_picture(picture, own, _domain(issue.letterhead))
    if pictures:
        yield f"{_CRLF}--{own}--{_CRLF}".encode("ascii")


def _encode_picture(picture: Picture, boundary: str, domain: str) -> bytes:
    coded = "\r\n".join(re.findall(".{1,76}", picture.coded))
    suffix = picture.kind.partition("/")[2]
    return (
        f"{_CRLF}--{boundary}\r\nContent-Type: {picture.kind}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        f"Content-ID: <{picture.name}@{domain}>\r\n"
        f'Content-Disposition: inline; filename="{picture.name}.{suffix}"\r\n\r\n{coded}'
    ).encode("ascii")


def _encode_segments(
    segments: Iterable[Segment], escape: Callable[[str], str]
) -> Iterator[bytes | _Gap]:
    for segment in place_cards(segments):
        yield encode(segment.text) if isinstance(segment, Literal) else _Gap(segment.name, escape)


def _join_neighbours(parts: Iterable[bytes | _Gap]) -> Iterator[bytes | _Gap]:
    known: list[bytes] = []
    for part in parts:
        if isinstance(part, bytes):
            known.append(part)
            continue
        yield b"".join(known)
        known.clear()
        yield part
    yield b"".join(known)


def _shared_head(issue: Issue, boundary: str) -> bytes:
    """The headers every reader's message shares, ended by the empty line."""
    letter = issue.letterhead
    shared = EmailMessage(policy=SMTP)  # folds, and encodes words (RFC 2047)
    shared["From"] = _mailbox(letter.sender_name, letter.sender_address)
    if letter.reply_to:
        shared["Reply-To"] = _mailbox("", letter.reply_to)
    shared["Subject"] = issue.subject
    lines = [
        f"Date: {format_datetime(issue.dated)}",
        f"List-Id: <{letter.list_id}>",
        f"Feedback-ID: {issue.day:%Y%m%d}:{letter.list_id}:newsletter:{_domain(letter)}",
        "Precedence: bulk",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative; boundary="{boundary}"',
    ]
    folded = shared.as_bytes().partition(b"\r\n\r\n")[0]
    return folded + _CRLF.encode() + "".join(line + _CRLF for line in lines).encode() + b"\r\n"


def _mailbox(name: str, address: str) -> Address:
    return Address(display_name=name, addr_spec=address)


def _domain(letter: Letterhead) -> str:
    return letter.sender_address.rpartition("@")[2]


def unsubscribe_links(letter: Letterhead, token: str) -> tuple[str, ...]:
    """The ways to leave, best first: the web page where there is one, and by mail."""
    to = letter.reply_to or letter.sender_address
    by_mail = f"mailto:{quote(to, safe='@+')}?subject=unsubscribe%20{token}"
    page = f"{letter.public_url}/unsubscribe/{token}"
    return (page, by_mail) if letter.public_url else (by_mail,)


def slot_values(reader: Claimed, links: tuple[str, ...]) -> dict[str, str]:
    """What stands in an issue's slots for one reader."""
    return {"unsubscribe_url": links[0], "name": reader.name, "address": reader.address}


def message_id(issue: Issue, subscriber_id: int) -> str:
    """The same on every retry, so that a message sent twice can be told (RFC 5322, 3.6.4)."""
    what = f"{issue.letterhead.list_id} {issue.day} {subscriber_id}"
    digest = hmac.digest(issue.salt.encode(), what.encode(), "sha256").hex()[:40]
    return f"<{digest}@{_domain(issue.letterhead)}>"


def compose(prepared: Prepared, reader: Claimed, token: str) -> Message:
    """One reader's message.

    Args:
        prepared: the issue, encoded once.
        reader: whom it is for.
        token: signed, for this reader's unsubscribe link.
    """
    letter = prepared.issue.letterhead
    links = unsubscribe_links(letter, token)
    values = slot_values(reader, links)
    own = [gap.escape(values[gap.name]) for gap in prepared.gaps]
    coded = {value: encode(value) for value in set(own)}
    parts = tuple(coded[own[part]] if isinstance(part, int) else part for part in prepared.body)
    head = _own_head(prepared.issue, reader, links) + prepared.head
    return Message(letter.sender_address, reader.address, head, parts)


def _own_head(issue: Issue, reader: Claimed, links: tuple[str, ...]) -> bytes:
    # Written by hand: the standard library would turn a long link into an encoded word,
    # which nobody decodes in this header (RFC 2047, 5), and leaving would silently fail.
    head = (
        f"To: {reader.address}\r\n"
        f"Message-ID: {message_id(issue, reader.subscriber_id)}\r\n"
        f"List-Unsubscribe: {', '.join(f'<{link}>' for link in links)}\r\n"
    )
    if issue.letterhead.public_url.startswith("https://"):
        head += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"  # RFC 8058
    return head.encode("utf-8")
