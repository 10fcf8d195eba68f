"""Readers refused for now, and a domain that takes five seconds: the rest must not wait."""

from __future__ import annotations

import statistics
from functools import partial
from pathlib import Path

from benchmarks.delivery import figures, sinks, watching
from benchmarks.delivery.clients import SESSIONS, Ours
from benchmarks.delivery.part import Part, Setting
from benchmarks.delivery.sinks import Counts
from benchmarks.delivery.stores import LATER, SLOW
from benchmarks.delivery.watching import quiet

READERS = 10_000
_SLOW = ("--slow", "@slow.example", "--slow-seconds", "5")


def trouble(setting: Setting, ours: Ours) -> Part:
    """With trouble and without, in turn."""
    found: dict[str, list[float]] = {"clean": [], "trouble": []}
    for number in range(1, setting.other_rounds + 1):
        for name, rates in found.items():
            rates.append(_run(setting, ours, with_trouble=name == "trouble"))
            setting.say(f"{number}/{setting.other_rounds}  {name}: {rates[-1]:,.0f}/s")
    clean, hampered = (statistics.median(rates) for rates in found.values())
    what = f"10 % 4xx and a domain of 5 s: the rest's speed, {ours.database.name}, 1 process"
    figure = figures.at_least(what, hampered / clean, 0.85, unit=" ×", profile="trouble")
    text = (
        f"{clean:,.0f}/s without trouble; with it {hampered:,.0f}/s of those who are neither"
        f" refused (1 in {LATER}) nor in the slow domain (1 in {SLOW})\n"
    )
    trace = partial(_run, setting, ours, with_trouble=True)
    return Part(
        [figure], traces={"trouble": lambda to: trace(profile=to)}, text=text, runs={what: found}
    )


def _run(setting: Setting, ours: Ours, *, with_trouble: bool, profile: Path | None = None) -> float:
    """Messages a second of the readers without trouble; the others are not waited for."""
    readers = setting.count(READERS)
    rest = readers - readers // LATER - readers // SLOW if with_trouble else readers
    with (
        sinks.fast(setting.folder, *_SLOW) as sink,
        ours.prepare(sink.port, readers, with_trouble=with_trouble, connections=SESSIONS) as job,
        quiet(setting.lock),
    ):

        def tick(cpu: float) -> bool:
            told = sink.tell()
            return bool(told) and _swift(told[-1]) >= rest

        watching.watch(watching.profiled(job, profile), sink, tick)
        return find_rate(sink.tell(), rest)


def find_rate(told: list[Counts], rest: int) -> float:
    """From the sink's first message to the last of those that had no trouble.

    Raises:
        RuntimeError: not all of them came.
    """
    begin = next((at for at, each in enumerate(told) if each.taken), 0)
    end = next((each for each in told if _swift(each) >= rest), None)
    if end is None:
        raise RuntimeError(f"{_swift(told[-1])} of {rest} messages came that had no trouble")
    return rest / (end.moment - told[max(begin - 1, 0)].moment)


def _swift(counts: Counts) -> int:
    return counts.taken - counts.slow
