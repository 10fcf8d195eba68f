"""Tables as Parquet, read in batches; needs the extra `parquet`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from newsletter.errors import SourceUnavailable, UsageError
from newsletter.papers.columns import Columns, Mapped, arrange
from newsletter.papers.record import Unfit

#: Rows that are in memory at once.
BATCH = 1_000


def find_columns(path: Path, origin: str, mapped: Mapped) -> Columns:
    """What the columns are taken for.

    Raises:
        SourceUnavailable: it is no Parquet, or has no column for the title.
        UsageError: pyarrow is not installed.
    """
    with _opened(path, origin) as file:
        columns = arrange(tuple(file.schema_arrow.names), mapped)
    if columns.complaint:
        raise SourceUnavailable(f"{origin} {columns.complaint}.")
    return columns


def read_rows(path: Path, origin: str, columns: Columns) -> Iterator[dict[str, Any]]:
    """Give each row as a dict; columns that were taken for nothing are not read at all.

    Raises:
        SourceUnavailable: it cannot be read to its end.
    """
    wanted = [column for _, column in columns.taken]
    with _opened(path, origin) as file:
        for batch in file.iter_batches(BATCH, columns=wanted, use_threads=False):
            yield from _read_batch(batch)


def _read_batch(batch: Any) -> list[Any]:
    """The rows of a batch; one that Python has no values for as what is wrong with it."""
    import pyarrow

    try:
        return list(batch.to_pylist())
    except (ValueError, OverflowError, pyarrow.ArrowException):
        return [_read_row(batch, number) for number in range(batch.num_rows)]


def _read_row(batch: Any, number: int) -> dict[str, Any] | Unfit:
    import pyarrow

    row: dict[str, Any] = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        try:
            row[name] = column[number].as_py()
        except UnicodeDecodeError:
            return Unfit(name, "is not UTF-8")
        except (ValueError, OverflowError, pyarrow.ArrowException) as error:
            return Unfit(name, f"cannot be read: {str(error).rstrip('.')}")
    return row


@contextmanager
def _opened(path: Path, origin: str) -> Iterator[Any]:
    try:
        import pyarrow
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise UsageError(
            f"{origin} needs pyarrow to be read: pip install 'papers-newsletter[parquet]'"
        ) from error
    try:
        with ParquetFile(path, pre_buffer=False, buffer_size=1 << 20) as file:
            yield file
    except (OSError, pyarrow.ArrowException) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SourceUnavailable(f"{origin} cannot be read: {reason.rstrip('.')}.") from error
