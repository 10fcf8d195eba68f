"""Where a send is: a bar where a person is looking, else a line now and then."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.delivery.progress import Dispatched, Tell


@contextmanager
def progress_bar(wanted: bool, rate: float, say: Callable[[str], None]) -> Iterator[Tell]:
    """A function to call with what is done and how many are due in all.

    Args:
        wanted: whether anything is to be shown.
        rate: the most messages that may go a second; 0 for any number.
        say: tells a line, where nobody is looking at a terminal.
    """
    if not wanted:
        yield lambda done, due: None
        return
    if not sys.stderr.isatty():
        yield tell_lines(rate, say)
        return
    from time import monotonic

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from newsletter.delivery.speed import Speed, describe_speed

    speed = Speed(rate)
    columns = (
        TextColumn("Sending"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"),
    )  # fmt: skip

    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(done: Dispatched, due: int) -> None:
            speed.note(done.done, monotonic())
            words = describe_speed(done, due, speed.per_second)
            bar.update(task, completed=done.done, total=due, description=words)

        yield show


def tell_lines(rate: float, say: Callable[[str], None]) -> Tell:
    """A function to call with what is done and due, which tells a line every 10 seconds."""
    from time import monotonic

    from newsletter.delivery.speed import Speed, describe

    speed = Speed(rate)

    def tell(done: Dispatched, due: int) -> None:
        now = monotonic()
        speed.note(done.done, now)
        if speed.is_due(now):
            say(describe(done, due, speed.per_second))

    return tell
