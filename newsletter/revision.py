"""A file that people edit, read to be written again: nobody's change to it gets lost."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from newsletter.errors import UsageError


@dataclass(frozen=True, slots=True)
class Revision:
    """What a file says now."""

    path: Path
    #: "" also where there is no file.
    text: str
    #: Another one once the file is another; "" where there is none.
    mark: str


def read(path: Path) -> Revision:
    """The file as it is.

    Raises:
        UsageError: it cannot be read, or is not UTF-8.
    """
    try:
        content = path.read_bytes()
        return Revision(path, content.decode("utf-8"), sha256(content).hexdigest()[:16])
    except FileNotFoundError:
        return Revision(path, "", "")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.") from error


def write(path: Path, text: str, *, seen: str) -> None:
    """Put a text in the place of the file, all of it or nothing.

    Args:
        seen: the mark of the revision that the text was made from.

    Raises:
        UsageError: the file is another one by now, or cannot be written; it stays as it is.
    """
    if read(path).mark != seen:
        raise UsageError(
            f"{path} was changed meanwhile, so nothing was saved; load the page again to see it."
        )
    at = path.resolve()  # a link stays one
    new = at.with_name(f".{at.name}.{os.getpid()}.new")
    try:
        at.parent.mkdir(parents=True, exist_ok=True)
        with new.open("wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        if at.exists():
            shutil.copymode(at, new)
        new.replace(at)
    except OSError as error:
        with suppress(OSError):
            new.unlink()
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error
