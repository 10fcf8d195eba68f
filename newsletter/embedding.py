"""Pictures that travel with the mail.

An issue holds such a picture where it is shown, as a `data:` address: so a browser shows
a preview or an archived issue as it is. Gmail and Outlook show no such address, so in a
message the picture is a part of its own and is named by its Content-ID (RFC 2392).
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from newsletter.model import Literal, Segment

#: No text holds a bare `<`, so no paper can write one of these.
_SHOWN = re.compile(r'(<img\b[^<>]*?\ssrc=")data:(image/[a-z]+);base64,([A-Za-z0-9+/=]+)"')


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's MIME type and its bytes in base64."""

    kind: str
    coded: str

    @property
    def name(self) -> str:
        """What it is called inside a message: the same picture always the same."""
        return sha256(self.coded.encode("ascii")).hexdigest()[:16]

    @property
    def is_transparent(self) -> bool:
        """Whether it is a PNG that may let its ground show through (PNG 3, 11.2.1 and 11.3.1.1)."""
        content = b64decode(self.coded)
        return self.kind == "image/png" and (
            content[25:26] in (b"\x04", b"\x06") or b"tRNS" in content
        )


def detach(
    segments: Iterable[Segment], domain: str
) -> tuple[tuple[Segment, ...], tuple[Picture, ...]]:
    """The segments naming their pictures by Content-ID, and the pictures, each once.

    Args:
        domain: stands behind the `@` of each Content-ID.
    """
    found: dict[str, Picture] = {}

    def name(shown: re.Match[str]) -> str:
        picture = Picture(shown[2], shown[3])
        found[picture.name] = picture
        return f'{shown[1]}cid:{picture.name}@{domain}"'

    # Not in cards: a paper's picture is linked, as many would weigh on every reader.
    detached = tuple(
        Literal(_SHOWN.sub(name, segment.text)) if isinstance(segment, Literal) else segment
        for segment in segments
    )
    return detached, tuple(found.values())
