"""A progress bar on standard error, where a person is looking."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.delivery.dispatch import Dispatched


@contextmanager
def progress_bar(wanted: bool) -> Iterator[Callable[[Dispatched, int], None]]:
    """A function to call with what is done and how many are due in all."""
    if not (wanted and sys.stderr.isatty()):
        yield lambda done, due: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn("Sending"), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("send", total=None)
        yield lambda done, due: bar.update(task, completed=done.done, total=due)
