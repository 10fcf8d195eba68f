"""Messages a second: every client to either sink, in turn, so that a slow moment slows all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from functools import partial
from pathlib import Path

from benchmarks.delivery import clients, edition, figures, sinks, watching
from benchmarks.delivery.clients import Client, Ours
from benchmarks.delivery.figures import Figure, Slice
from benchmarks.delivery.part import Part, Setting, Trace
from benchmarks.delivery.sinks import Running

OpenSink = Callable[[], AbstractContextManager[Running]]
Found = Mapping[tuple[str, str], Sequence[Slice]]

FAST, SMTP_SINK = "fast sink", "Postfix smtp-sink"
#: How ours are called, without the number of processes.
OURS = "ours, {}"


def speed(setting: Setting, databases: Sequence[Ours]) -> Part:
    """Run everybody several times, and hold ours against the others."""
    racers = list(_find_clients(setting, databases))
    open_sinks = _find_sinks(setting)
    found = _race(setting, racers, open_sinks)
    judged = [
        figure for ours in databases for figure in judge(found, OURS.format(ours.database.name))
    ]
    return Part(
        judged,
        traces=dict(_find_traces(setting, racers, open_sinks)),
        text=tabulate(found, [racer.name for racer in racers], list(open_sinks)),
        runs={f"{name} to {to}": [*map(asdict, runs)] for (name, to), runs in found.items()},
        rates={key: [run.rate for run in runs] for key, runs in found.items()},
    )


def _find_clients(setting: Setting, databases: Sequence[Ours]) -> Iterator[Client]:
    message = setting.folder / "message.eml"
    composed = edition.compose_one()
    message.write_bytes(composed.head + composed.body)
    yield from clients.others(setting.folder, message, setting.postfix, setting.no_node)
    for ours in databases:
        for processes in (1, 2):
            yield ours.as_client(processes, 10_000)


def _find_sinks(setting: Setting) -> dict[str, OpenSink]:
    found: dict[str, OpenSink] = {}
    if not isinstance(setting.postfix, str):
        found[SMTP_SINK] = partial(sinks.postfix, setting.postfix)
    found[FAST] = partial(sinks.fast, setting.folder)
    return found


def _race(setting: Setting, racers: Sequence[Client], open_sinks: Mapping[str, OpenSink]) -> Found:
    found: defaultdict[tuple[str, str], list[Slice]] = defaultdict(list)
    for number in range(1, setting.rounds + 1):
        for to, open_sink in open_sinks.items():
            for racer in racers:
                run = _measure(setting, racer, open_sink)
                found[racer.name, to].append(run)
                setting.say(
                    f"{number}/{setting.rounds}  {racer.name} to {to}: {run.rate:,.0f}/s,"
                    f" {run.cpu_ms:.2f} ms CPU a message"
                )
    return found


def _measure(
    setting: Setting, racer: Client, open_sink: OpenSink, profile: Path | None = None
) -> Slice:
    count = setting.count(racer.messages)
    with (
        open_sink() as sink,
        racer.prepare(sink.port, count) as job,
        watching.quiet(setting.lock),
    ):
        found = watching.run(watching.profiled(job, profile), sink)
        if sink.log and (taken := sink.count().taken) != count:
            raise RuntimeError(f"the sink took {taken} of {count} messages of {racer.name}")
    return found


def _find_traces(
    setting: Setting, racers: Sequence[Client], open_sinks: Mapping[str, OpenSink]
) -> Iterator[tuple[str, Trace]]:
    for racer in racers:
        for to, open_sink in open_sinks.items():
            run = partial(_measure, setting, racer, open_sink)
            yield f"{racer.name}, to {to}", run


def tabulate(found: Found, names: Sequence[str], to: Sequence[str]) -> str:
    """A row for each client: the median of its rates, with the slowest and the fastest."""
    rows = [("client", *(f"{sink}, msg/s" for sink in to), "CPU ms/msg", "peak MiB")]
    for name in names:
        runs = [found[name, sink] for sink in to]
        last = runs[-1]
        memory = f"{figures.peak(last):,.0f}"
        if others := [peak for run in last for peak in run.others]:
            memory = f"{max(others):,.0f} + {len(last[0].senders)} × {memory}"
        cpu = f"{figures.median_cpu(last):.2f}"
        rows.append((name, *map(figures.cell, runs), cpu, memory))
    return figures.lay_out(rows)


def judge(found: Found, ours: str) -> list[Figure]:
    """Ours beside the others: with one process or with two, whichever is faster."""

    def runs(name: str, to: str) -> Sequence[Slice]:
        return found.get((name, to), ())

    def best(to: str) -> str:
        return max((one, two), key=lambda name: figures.median_rate(runs(name, to) or [_NEVER]))

    one, two = f"{ours}, 1 process", f"{ours}, 2 processes"
    judged = []
    for to, name, aim in (
        (SMTP_SINK, clients.SMTP_SOURCE, 0.95),
        (FAST, clients.POOL, 3.0),
        (FAST, clients.SEND_MESSAGE, 10.0),
    ):
        times = figures.ratio(runs(best(to), to), runs(name, to))
        what, profile = f"{best(to)}, beside {name}, to {to}", f"{best(to)}, to {to}"
        judged.append(figures.at_least(what, times, aim, unit=" ×", profile=profile))
    times = figures.ratio(runs(two, FAST), runs(one, FAST))
    what, profile = f"{two} beside one, to {FAST}", f"{two}, to {FAST}"
    return [*judged, figures.at_least(what, times, 1.3, unit=" ×", profile=profile)]


_NEVER = Slice(messages=0, seconds=1, cpu_seconds=0, senders=(0,))
