"""Memory, CPU and queueing with a million readers, beside ten thousand."""

from __future__ import annotations

import os
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from benchmarks.delivery import figures, profiles, sinks, stores, watching
from benchmarks.delivery.clients import Ours
from benchmarks.delivery.figures import Figure, Slice
from benchmarks.delivery.part import Part, Setting
from benchmarks.delivery.watching import Job, quiet

FEW = 10_000
#: CPU is counted between these two, so that no start and no end counts.
_FROM, _TO = 2_000, 9_000
#: MiB of a sending process, by database.
_ALLOWED = {"SQLite": 57, "PostgreSQL": 72}


def queueing(setting: Setting, ours: Ours) -> Part:
    """How long it takes to queue a delivery for each of many readers."""
    database = ours.database
    filled = database.make()
    stores.fill(filled, setting.many)
    seconds = []
    for number in range(1, setting.other_rounds + 1):
        url = database.copy(filled)
        with quiet(setting.lock):
            seconds.append(stores.queue(url))
        database.drop(url)
        setting.say(
            f"{number}/{setting.other_rounds}  queueing {setting.many:,}: {seconds[-1]:.2f} s"
        )
    database.drop(filled)
    what = f"queueing {setting.many:,} deliveries, {database.name}"
    figure = figures.at_most(what, statistics.median(seconds), 5, unit=" s", profile="queueing")
    trace = partial(_trace_queueing, setting, ours)
    return Part([figure], traces={"queueing": trace}, runs={what: seconds})


def _trace_queueing(setting: Setting, ours: Ours, profile: Path) -> None:
    url = ours.database.make()
    stores.fill(url, setting.many)
    with profiles.recording(os.getpid(), profile):
        stores.queue(url)
    ours.database.drop(url)


def memory(setting: Setting, ours: Ours) -> Part:
    """What a sending process needs, with few readers queued and with many."""
    ours.get_base(setting.many)  # what is not sent of it stays queued for the next time
    found: defaultdict[int, list[Slice]] = defaultdict(list)
    for number in range(1, setting.other_rounds + 1):
        for readers in (FEW, setting.many):
            run = _measure(setting, ours, readers)
            found[readers].append(run)
            setting.say(
                f"{number}/{setting.other_rounds}  {readers:,} queued, {ours.database.name}:"
                f" {run.peak:.1f} MiB, {run.cpu_ms:.2f} ms CPU a message"
            )
    trace = partial(_measure, setting, ours, setting.many)
    return Part(
        _judge(ours.database.name, setting.many, found[FEW], found[setting.many]),
        traces={f"memory, {ours.database.name}": trace},
        text=_describe(ours.database.name, {FEW: found[FEW], setting.many: found[setting.many]}),
        runs={f"{readers} queued": [*map(asdict, runs)] for readers, runs in found.items()},
    )


def _measure(setting: Setting, ours: Ours, readers: int, profile: Path | None = None) -> Slice:
    """Send some thousands; of many readers the others stay queued for the next time."""
    with sinks.fast(setting.folder) as sink, quiet(setting.lock):
        if readers == FEW:
            with ours.prepare(sink.port, readers, processes=0) as job:
                return _send(job, sink, profile)
        store = ours.get_base(readers)
        job = ours.dispatch(store, sink.port, readers, processes=0)
        return _send(job, sink, profile)


def _send(job: Job, sink: sinks.Running, profile: Path | None) -> Slice:
    seen: list[tuple[int, float, float]] = []

    def tick(cpu: float) -> bool:
        if told := sink.tell():
            seen.append((told[-1].taken, cpu, told[-1].moment))
        return bool(seen) and seen[-1][0] >= _TO

    watched = watching.watch(watching.profiled(job, profile), sink, tick)
    whole = watching.read_slice(job.messages, watched)
    within = [each for each in seen if each[0] >= _FROM]
    (begin, cpu_begin, from_), (end, cpu_end, until) = within[0], within[-1]
    return Slice(
        messages=end - begin,
        seconds=until - from_,
        cpu_seconds=cpu_end - cpu_begin,
        senders=whole.senders,
        others=whole.others,
        before=whole.before,
    )


def _judge(database: str, many: int, few: Sequence[Slice], lots: Sequence[Slice]) -> list[Figure]:
    profile = f"memory, {database}"
    growth = _median_peak(lots) - _median_peak(few)
    flat = figures.median_cpu(lots) / figures.median_cpu(few)
    size = f"{many:,} queued, {database}"
    return [
        figures.at_most(
            f"peak memory of a sender, {size}",
            figures.peak(lots),
            _ALLOWED[database],
            unit=" MiB",
            profile=profile,
        ),
        figures.at_most(
            f"its growth from {FEW:,} to {size}", growth, 5, unit=" MiB", profile=profile
        ),
        figures.at_most(
            f"CPU a message beside {FEW:,}, {size}", flat, 1.1, unit=" ×", profile=profile
        ),
    ]


def _median_peak(slices: Sequence[Slice]) -> float:
    return statistics.median(each.peak for each in slices)


def _describe(database: str, found: dict[int, list[Slice]]) -> str:
    rows = [("queued", "before the first message", "peak MiB", "others MiB", "CPU ms/msg")]
    for readers, runs in found.items():
        others = max((peak for run in runs for peak in run.others), default=0.0)
        before = statistics.median(run.before for run in runs)
        cells = (f"{before:.1f}", f"{figures.peak(runs):.1f}", f"{others:.1f}")
        rows.append((f"{readers:,}, {database}", *cells, f"{figures.median_cpu(runs):.3f}"))
    return figures.lay_out(rows)
