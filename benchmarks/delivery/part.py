"""What all parts of the benchmark have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.delivery.figures import Figure
from benchmarks.delivery.postfix import Postfix

#: Runs something once more while py-spy looks, and writes the profile to a file.
Trace = Callable[[Path], object]


@dataclass(frozen=True)
class Setting:
    """How a part is to be run."""

    #: Scratch, on a disk: what is durable is durable there.
    folder: Path
    #: How often each client is measured, and everything else.
    rounds: int
    other_rounds: int
    #: What part of the usual number of messages, and no fewer than …
    share: float
    fewest: int
    #: How many readers are many.
    many: int
    #: Held during each measurement, where other programs heed it.
    lock: Path | None
    say: Callable[[str], None]
    postfix: Postfix | str
    #: Why there is no nodemailer; nothing where there is one.
    no_node: str

    def count(self, messages: int) -> int:
        """How many messages are sent where so many are usual, in hundreds."""
        return max(int(messages * self.share), min(messages, self.fewest)) // 100 * 100


@dataclass(frozen=True)
class Part:
    """What a part came to."""

    figures: list[Figure]
    #: By the name that a figure's `profile` has.
    traces: Mapping[str, Trace] = field(default_factory=dict)
    #: What is shown above the figures.
    text: str = ""
    #: Every measurement, for JSON.
    runs: Mapping[str, Any] = field(default_factory=dict)
    #: Messages a second of each run, by client and sink, for the picture.
    rates: Mapping[tuple[str, str], Sequence[float]] = field(default_factory=dict)
