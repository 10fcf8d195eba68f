"""Tables as CSV or TSV, row by row, in the dialects that spreadsheets write."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from newsletter.errors import SourceUnavailable
from newsletter.papers.columns import Mapped, arrange
from newsletter.papers.opening import opened, read_lines
from newsletter.papers.record import Unfit

#: A cell of more characters is a quotation mark that was never closed.
_CELL = 1 << 16
#: What Windows programs write where it is not UTF-8; a superset of Latin-1's letters.
LEGACY = "cp1252"


def read_rows(path: Path, origin: str, mapped: Mapped, *, encoding: str) -> Iterator[Any]:
    """Give each row as a dict of texts by the first line's names, or what is wrong with it.

    Raises:
        SourceUnavailable: it is empty, or no such table: without a column for the title.
    """
    csv.field_size_limit(_CELL)
    with opened(path) as stream:
        lines = (line.decode(encoding, "replace") for line in read_lines(stream))
        heading = next((line for line in lines if line.strip()), "")
        if not heading:
            raise SourceUnavailable(f"{origin} is empty; a quiet day's table has its first line.")
        delimiter = _find_delimiter(heading, path)
        names = _read_names(heading, delimiter, origin)
        _check_names(names, origin, mapped)
        rows = csv.reader(lines, delimiter=delimiter, strict=True)
        yield from _read_cells(rows, names, origin)


def find_encoding(path: Path) -> str:
    """UTF-8 if all of a table is, for its first accent may be its last; else `LEGACY`.

    Raises:
        SourceUnavailable: it cannot be read.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    with opened(path) as stream:
        try:
            while piece := stream.read(1 << 16):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return LEGACY
    return "utf-8-sig"


def _find_delimiter(heading: str, path: Path) -> str:
    if ".tsv" in path.suffixes[-2:]:
        return "\t"
    unquoted = re.sub(r'"[^"]*"', "", heading)
    return max(",;\t|", key=unquoted.count)


def _read_names(heading: str, delimiter: str, origin: str) -> list[str]:
    try:
        return next(csv.reader([heading], delimiter=delimiter))
    except csv.Error as error:
        raise SourceUnavailable(
            f"{origin}: its first line, which should name the columns, cannot be read: {error}."
        ) from error


def _check_names(names: list[str], origin: str, mapped: Mapped) -> None:
    if names[0].lstrip().startswith("<"):
        raise SourceUnavailable(f"{origin} is a web page (or XML), not a table of papers.")
    if complaint := arrange(tuple(names), mapped).complaint:
        raise SourceUnavailable(f"{origin} {complaint}.")


def _read_cells(rows: Iterator[list[str]], names: list[str], origin: str) -> Iterator[Any]:
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            if "end of data" in str(error):
                raise SourceUnavailable(
                    f"{origin} is cut off, or a quotation mark in it is never closed."
                ) from error
            yield Unfit("record", f"cannot be read: {error}")  # and the next one is
            continue
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield _read_row(row, names)


def _read_row(row: list[str], names: list[str]) -> dict[str, str] | Unfit:
    if len(row) == len(names):
        return dict(zip(names, row, strict=True))
    found = "1 cell" if len(row) == 1 else f"{len(row)} cells"
    return Unfit("record", f"has {found} where the first line has {len(names)}")
