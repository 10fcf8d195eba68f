"""Opens a file of text: unpacked, in UTF-8, and never more at once than memory can bear."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from newsletter.errors import SourceUnavailable

#: A record has a few kilobytes; a longer line is no record, and is not read to its end at once.
LINE_BYTES = 4 * 2**20
#: A file that has to be read whole, with room for 50,000 records.
WHOLE_BYTES = 256 * 2**20
_CHUNK = 1 << 16


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked where its name ends in .gz, UTF-16 with a mark as UTF-8.

    Raises:
        SourceUnavailable: it cannot be read, from the first byte to the last.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            stream = cast(io.BufferedReader, file)
            mark = stream.peek(2)[:2]
            if mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
                yield io.BufferedReader(_Recoded(stream), _CHUNK)
            else:
                yield stream
    except (OSError, EOFError, zlib.error) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise SourceUnavailable(f"{path} cannot be read: {reason}.") from error


def read_whole(stream: BinaryIO, origin: str) -> bytes:
    """Read all of it.

    Raises:
        SourceUnavailable: there is too much of it, as in a file packed to do harm.
    """
    content = stream.read(WHOLE_BYTES + 1)
    if len(content) > WHOLE_BYTES:
        raise SourceUnavailable(
            f"{origin} holds more than {WHOLE_BYTES >> 20} MiB in one piece; save it as JSON"
            " Lines (.jsonl), which are read one by one."
        )
    return content


def read_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Give line after line with its end; of one that is too long only its beginning."""
    while line := stream.readline(LINE_BYTES):
        yield line
        while not line.endswith(b"\n") and len(line) == LINE_BYTES:
            line = stream.readline(LINE_BYTES)  # the rest is dropped, piece by piece


class _Recoded(io.RawIOBase):
    """UTF-16 as UTF-8, a piece at a time; half a character becomes U+FFFD."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        text = ""
        while not text:
            # Two bytes of UTF-16 are at most three of UTF-8, and a bit is kept back.
            piece = self._stream.read(max(2, len(buffer) // 2 - 4))
            text = self._decoder.decode(piece, final=not piece)
            if not piece and not text:
                return 0
        encoded = text.encode("utf-8", "replace")
        buffer[: len(encoded)] = encoded
        return len(encoded)
