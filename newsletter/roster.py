"""Lists of readers as CSV files, as people and other programs write them."""

from __future__ import annotations

import csv
import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from newsletter.addresses import normalize, tidy_name
from newsletter.errors import AddressError, UsageError
from newsletter.model import Subscriber

_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_BLOCK = 1 << 16
_DELIMITERS = ",;\t|"
_SAMPLE = 50
#: Lines a cell may run over; past it a quotation mark was forgotten.
_CELL_LINES = 20

# Headings with all but their letters left out; the first that a file has is taken, so that
# "address" is not read as the postal one where there is an "e-mail" too.
_ADDRESS = ("email", "emailaddress", "mail", "mailaddress", "address")
_NAME = ("name", "fullname", "displayname")
_FIRST = ("first", "firstname", "givenname", "forename")
_LAST = ("last", "lastname", "surname", "familyname")
_STATUS = ("status", "state")
#: What programs call a reader who is mailed to.
_MAILED = ("", "confirmed", "subscribed", "active", "enabled")

_LIKE_ADDRESS = re.compile(r"[^\s@,;|<>\"]+@[^\s@,;|<>\"]+")
_NAME_AND_ADDRESS = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>")
# A spreadsheet runs a cell that begins so; an apostrophe before it stops that
# (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = re.compile(r"'*[=+\-@]")


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that was left out, so that a person can find and mend it."""

    #: From 1; the first line where a cell runs over several.
    line: int
    text: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Roster:
    """The readers of a file; read as they are asked for, once."""

    #: Normalised address and name.
    entries: Iterator[tuple[str, str]]
    #: The encoding it is read in: utf-8, utf-8-sig or utf-16, else a guess.
    encoding: str
    #: Complete once the entries are read.
    refused: list[Refused] = field(default_factory=list)


class _Record(NamedTuple):
    line: int
    text: str
    #: None where a quotation mark is never closed.
    cells: list[str] | None


class _Columns(NamedTuple):
    """Which column holds what."""

    address: int
    names: tuple[int, ...] = ()
    status: int | None = None


def read(path: Path) -> Roster:
    """Read a file of readers, with or without a line of headings, whatever delimits it.

    Raises:
        UsageError: the file cannot be read.
    """
    try:
        encoding = _find_encoding(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); check its path") from error
    refused: list[Refused] = []
    return Roster(_read_entries(path, encoding, refused), encoding, refused)


def write(path: Path | None, readers: Iterable[Subscriber]) -> int:
    """Write readers as CSV that `read` reads and no spreadsheet runs; returns how many.

    Args:
        path: the file, or None for standard output.
        readers: whom to write.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        with (
            path.open("w", encoding="utf-8", newline="")
            if path
            else nullcontext(sys.stdout) as file
        ):
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(("address", "name", "status"))
            count = 0
            for count, reader in enumerate(readers, start=1):  # noqa: B007 (the last is wanted)
                rows.writerow((_guard(reader.address), _guard(reader.name), reader.status))
    except BrokenPipeError:
        raise  # whoever reads standard output has read enough
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror})") from error
    return count


def _find_encoding(path: Path) -> str:
    """By its mark; else UTF-8 if all of it is, else what Windows programs write."""
    with path.open("rb") as file:
        start = file.read(3)
    for mark, encoding in _BOMS.items():
        if start.startswith(mark):
            return encoding
    return next(name for name in ("utf-8", "cp1252", "latin-1") if _is_all(path, name))


def _is_all(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding, newline="") as file:
            while file.read(_BLOCK):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _read_entries(path: Path, encoding: str, refused: list[Refused]) -> Iterator[tuple[str, str]]:
    # UTF-16 alone is not checked beforehand; what is wrong in it cannot be in an address.
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        sample = list(islice(file, _SAMPLE))
        file.seek(0)
        delimiter = max(_DELIMITERS, key=lambda one: _count_addresses(sample, one))
        columns, heading = _find_columns(list(_split(iter(sample), delimiter)))
        for record in _split(file, delimiter):
            if record.line == heading or not any(map(str.strip, record.cells or [record.text])):
                continue
            try:
                yield _read_record(record, columns)
            except AddressError as error:
                refused.append(Refused(record.line, record.text.rstrip("\r\n"), str(error)))


def _count_addresses(sample: Sequence[str], delimiter: str) -> tuple[int, int]:
    """How many addresses stand alone in a cell, and how many cells there are at all."""
    cells = [cell for record in _split(iter(sample), delimiter) for cell in record.cells or ()]
    return sum(map(_holds_address, cells)), len(cells)


def _split(lines: Iterator[str], delimiter: str) -> Iterator[_Record]:
    """The records of the lines.

    A forgotten quotation mark costs its own line alone, where Python's reader would take
    the rest of the file for one cell.
    """
    ahead: deque[str] = deque()
    number = 1
    while ahead or _look(ahead, lines):
        count, cells = _take(ahead, lines, delimiter)
        text = "".join(ahead.popleft() for _ in range(count))
        yield _Record(number, text, cells)
        number += count


def _take(ahead: deque[str], lines: Iterator[str], delimiter: str) -> tuple[int, list[str] | None]:
    """How many lines the next record takes, and its cells."""
    text = ""
    for count in range(1, _CELL_LINES + 1):
        if len(ahead) < count and not _look(ahead, lines):
            break
        text += ahead[count - 1]
        if (cells := _parse(text, delimiter)) is not None:
            return count, cells
        if count == 1 and _parse(text + '"', delimiter) is None:  # wrong, but not left open
            return 1, _parse(text, delimiter, strict=False)
    return 1, None


def _look(ahead: deque[str], lines: Iterator[str]) -> bool:
    ahead.extend(more := list(islice(lines, 1)))
    return bool(more)


def _parse(text: str, delimiter: str, *, strict: bool = True) -> list[str] | None:
    rows = csv.reader([text], delimiter=delimiter, strict=strict, skipinitialspace=True)
    try:
        return next(rows, [])
    except csv.Error:
        return None


def _find_columns(sample: Sequence[_Record]) -> tuple[_Columns, int | None]:
    """The columns, and the line of the headings where there is one."""
    records = [record for record in sample if record.cells and any(record.cells)]
    rows = [record.cells or [] for record in records]
    if not rows:
        return _Columns(0), None
    headings = ["".join(filter(str.isalpha, cell.lower())) for cell in rows[0]]
    address = _find_heading(headings, _ADDRESS)
    if address is None or any("@" in cell for cell in rows[0]):
        return _guess_columns(rows), None
    name = _find_heading(headings, _NAME)
    whole_name = [name] if name is not None else [
        _find_heading(headings, _FIRST), _find_heading(headings, _LAST),
    ]  # fmt: skip
    names = tuple(column for column in whole_name if column is not None)
    return _Columns(address, names, _find_heading(headings, _STATUS)), records[0].line


def _find_heading(headings: Sequence[str], known: Iterable[str]) -> int | None:
    return next((headings.index(name) for name in known if name in headings), None)


def _guess_columns(rows: Sequence[Sequence[str]]) -> _Columns:
    """The column with the most addresses, and the first other one with words in it."""
    columns = [
        [row[place] for row in rows if place < len(row)] for place in range(max(map(len, rows)))
    ]
    address = max(range(len(columns)), key=lambda place: sum(map(_holds_address, columns[place])))
    wordy = [
        place
        for place, cells in enumerate(columns)
        if place != address and any(any(map(str.isalpha, cell)) for cell in cells)
    ]
    return _Columns(address, tuple(wordy[:1]))


def _holds_address(cell: str) -> bool:
    if inside := _NAME_AND_ADDRESS.fullmatch(cell.strip()):
        cell = inside["address"]
    return _LIKE_ADDRESS.fullmatch(cell.strip()) is not None


def _read_record(record: _Record, columns: _Columns) -> tuple[str, str]:
    if record.cells is None:
        raise AddressError("a quotation mark is never closed, or a cell never ends")
    cells = [_unguard(cell.strip()) for cell in record.cells]
    address = _get(cells, columns.address)
    if not address:
        raise AddressError(f"there is no address in column {columns.address + 1}")
    status = _get(cells, columns.status).lower()
    if status not in _MAILED:
        raise AddressError(f"{address!r} is marked as {status!r}")
    name = " ".join(_get(cells, place) for place in columns.names)
    if inside := _NAME_AND_ADDRESS.fullmatch(address):
        address, name = inside["address"], name.strip() or inside["name"].strip(" \"'")
    return normalize(address), tidy_name(name)


def _get(cells: Sequence[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def _guard(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _unguard(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
