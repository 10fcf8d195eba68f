"""The mail that the sandbox kept, newest first, and each mail as a reader would see it."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import default
from pathlib import Path
from typing import Any, cast

from newsletter.errors import UsageError

#: So much of a file holds all its headers.
_HEAD_BYTES = 64 * 1024
_FOLDERS = ("new", "cur")
_KEY = re.compile(r"\w[\w.=,+-]*", re.ASCII)
#: Digits of a moment in seconds, for some thousand years.
_SECONDS = 12
_CID = re.compile(r"(?<=[\"'(])cid:([^\"'()\s]+)")
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail in the list."""

    key: str
    to: str
    subject: str
    kept_at: datetime
    #: Bytes.
    size: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of the list."""

    mails: tuple[Kept, ...]
    #: From 1.
    number: int
    #: How many sheets there are, at least one.
    count: int
    #: How many mails there are.
    total: int


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail, opened."""

    key: str
    #: As they stand there, in their order, decoded.
    headers: tuple[tuple[str, str], ...]
    #: Its pictures in their places; None where it has no HTML part.
    html: str | None
    #: None where it has no text part.
    text: str | None
    raw: bytes

    def get(self, name: str) -> str:
        """The first header of a name; "" where there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def read_sheet(maildir: Path, number: int, *, size: int = 50) -> Sheet:
    """A page of the list, newest first; the last one where there are not so many.

    Only the mails of the page are opened.
    """
    names = sorted(_names(maildir), key=lambda found: found[0], reverse=True)
    count = max(1, -(-len(names) // size))
    number = min(max(1, number), count)
    shown = names[(number - 1) * size : number * size]
    mails = (_summarize(path, moment) for moment, path in shown)
    return Sheet(tuple(mail for mail in mails if mail), number, count, len(names))


def read_mail(maildir: Path, key: str) -> Mail:
    """Open a mail.

    Raises:
        UsageError: there is none of this key.
    """
    for path in _find(maildir, key):
        with suppress(FileNotFoundError):  # a mail reader moves them
            return _open(key, path.read_bytes())
    raise UsageError("There is no such mail in the sandbox any more; look at the list again.")


def _find(maildir: Path, key: str) -> Iterator[Path]:
    if _KEY.fullmatch(key):
        for folder in _FOLDERS:
            near = (maildir / folder).glob(f"{key}*")
            yield from (path for path in near if _key(path.name) == key)


def _names(maildir: Path) -> Iterator[tuple[int, Path]]:
    """The moment each mail was kept, in nanoseconds, with its file."""
    for folder in _FOLDERS:
        if not (maildir / folder).is_dir():
            continue
        with os.scandir(maildir / folder) as entries:
            for entry in entries:
                moment = entry.name.partition(".")[0]
                if moment.isdecimal():
                    # Names of ours begin with nanoseconds, those of other programs with seconds.
                    scale = 1 if len(moment) > _SECONDS else 10**9
                    yield int(moment) * scale, Path(entry.path)


def _key(name: str) -> str:
    """A mail's name without the flags that a mail reader puts behind it."""
    return name.partition(":")[0]


def _summarize(path: Path, moment: int) -> Kept | None:
    try:
        with path.open("rb") as file:
            head, size = file.read(_HEAD_BYTES), os.fstat(file.fileno()).st_size
    except FileNotFoundError:  # moved by a mail reader, or deleted
        return None
    headers = dict(reversed(_headers(BytesHeaderParser(policy=default).parsebytes(head))))
    return Kept(
        key=_key(path.name),
        to=headers.get("To", ""),
        subject=headers.get("Subject", ""),
        kept_at=datetime.fromtimestamp(moment / 1e9, UTC),
        size=size,
    )


def _headers(message: Any) -> list[tuple[str, str]]:
    return [
        (name, _readable(value))
        for name in dict.fromkeys(message.keys())
        for value in _values(message, name)
    ]


def _values(message: Any, name: str) -> list[str]:
    try:
        return [str(value) for value in message.get_all(name)]
    except (HeaderParseError, ValueError, IndexError):  # another program's mail
        return [str(value) for key, value in message.raw_items() if key == name]


def _readable(value: str) -> str:
    """UTF-8 that stands in a header as it is (RFC 6532), which comes as surrogates."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _open(key: str, raw: bytes) -> Mail:
    message = message_from_bytes(raw, policy=default)
    html = _content(message.get_body(("html",)))
    return Mail(
        key=key,
        headers=tuple(_headers(message)),
        html=None if html is None else _embed(html, message),
        text=_content(message.get_body(("plain",))),
        raw=raw,
    )


def _content(part: Any) -> str | None:
    if part is None:
        return None
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):  # a character set that there is not
        return bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")


def _embed(html: str, message: EmailMessage) -> str:
    """The HTML with pictures of the mail itself in place of their Content-IDs (RFC 2392)."""
    pictures = {
        str(part["Content-ID"]).strip("<> "): part
        for part in message.walk()
        if part["Content-ID"] and part.get_content_type() in _PICTURES
    }

    def show(found: re.Match[str]) -> str:
        part = pictures.get(found[1])
        if part is None:
            return found[0]
        content = cast(bytes, part.get_payload(decode=True))
        return f"data:{part.get_content_type()};base64,{b64encode(content).decode('ascii')}"

    return _CID.sub(show, html)
