"""Recorded sightings as a table: of files, or of the store."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from newsletter.errors import UsageError

#: What a file must hold, and what the columns are called here.
_COLUMNS = {
    "paper_id": "key",
    "listing_date": "listed_on",
    "observed_at": "seen_at",
    "upvotes": "votes",
}
_BROKEN = (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeError, EOFError, zlib.error)


def read_files(paths: Sequence[Path]) -> pd.DataFrame:
    """Read CSV files with a line for each time a paper's votes were read, plain or gzipped.

    Columns: paper_id, listing_date, observed_at (ISO 8601) and upvotes; others are ignored, and
    so are lines without votes.

    Returns:
        key, listed_on and seen_at (UTC), votes.

    Raises:
        UsageError: a file cannot be read, lacks a column or holds a wrong value; with the line.
    """
    return pd.concat([_read(path) for path in paths], ignore_index=True)


def from_rows(rows: Iterable[tuple[str, date, datetime, int]]) -> pd.DataFrame:
    """The same of (key, listing day, moment, votes)."""
    table = pd.DataFrame(list(rows), columns=list(_COLUMNS.values()))
    return table.assign(
        listed_on=pd.to_datetime(table["listed_on"], utc=True),
        seen_at=pd.to_datetime(table["seen_at"], utc=True),
        votes=table["votes"].astype(float),
    )


def _read(path: Path) -> pd.DataFrame:
    try:
        # As text: 2401.10020 is not 2401.1002.
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from error
    except _BROKEN as error:
        raise UsageError(f"{path} is not a table of comma-separated values: {error}") from error
    if missing := [name for name in _COLUMNS if name not in table.columns]:
        raise UsageError(
            f"{path} has no column {missing[0]}; a series of votes has {', '.join(_COLUMNS)}."
        )
    return _convert(path, table[table["upvotes"] != ""])


def _convert(path: Path, table: pd.DataFrame) -> pd.DataFrame:
    converted = {
        "paper_id": table["paper_id"],
        "listing_date": _moments(table["listing_date"]),
        "observed_at": _moments(table["observed_at"]),
        "upvotes": pd.to_numeric(table["upvotes"], errors="coerce"),
    }
    for name, values in converted.items():
        if values.isna().any():
            at = values.index[values.isna()][0]
            # The heading is line 1.
            raise UsageError(f"{path} line {at + 2}: {name} {table.at[at, name]!r} is wrong.")
    return pd.DataFrame(converted).rename(columns=_COLUMNS)


def _moments(column: pd.Series[str]) -> pd.Series[pd.Timestamp]:
    return pd.to_datetime(column, utc=True, format="ISO8601", errors="coerce")
