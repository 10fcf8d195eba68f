"""Everything beside each other in one run: `python -m benchmarks.delivery [--quick]`.

Prints a table and the figures to reach, and writes them as JSON and as a picture, and for
each figure that is not reached a profile that shows why.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks.delivery import conditions, figures, postfix, stores
from benchmarks.delivery.clients import Ours, fetch_nodemailer
from benchmarks.delivery.conditions import Conditions
from benchmarks.delivery.figures import Figure
from benchmarks.delivery.line import distance, tls
from benchmarks.delivery.memory import memory, queueing
from benchmarks.delivery.part import Part, Setting
from benchmarks.delivery.speed import speed
from benchmarks.delivery.trouble import trouble

_EACH: dict[str, Callable[[Setting, Ours], Part]] = {
    "memory": memory,
    "queueing": queueing,
    "distance": distance,
    "tls": tls,
    "trouble": trouble,
}
PARTS = ("speed", *_EACH)
#: How many lines of a profile are printed.
_TOP = 12
_VAR = Path("var") / "benchmarks"


def main() -> None:
    """Measure what is asked for; exit code 1 if a figure was not reached."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # leave no server behind
    asked = _parse()
    started = time.monotonic()
    asked.output.mkdir(parents=True, exist_ok=True)
    for profile in asked.output.glob("profile-*.txt"):
        profile.unlink()  # of a run before
    with ExitStack() as stack:
        setting = _set_up(asked, Path(stack.enter_context(tempfile.TemporaryDirectory())))
        under = conditions.find(setting)
        sys.stdout.write(under.describe())
        databases = list(_find_databases(stack, setting))
        parts = {name: _run(name, setting, databases) for name in asked.only}
        if not asked.quick:
            _trace(parts.values(), asked.output)
    under = replace(under, load_after=os.getloadavg()[0], seconds=time.monotonic() - started)
    found = [figure for part in parts.values() for figure in part.figures]
    sys.stdout.write(_describe(parts.values(), found, under, asked.output))
    _save(asked.output, parts, found, under)
    sys.exit(0 if all(figure.reached for figure in found) else 1)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delivery", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once, few messages, no profiles")
    parser.add_argument(
        "--only", type=_read_parts, default=PARTS, metavar="PART,…", help=", ".join(PARTS)
    )
    parser.add_argument("--output", type=Path, default=_VAR, help=f"a folder, else {_VAR}")
    parser.add_argument("--lock", type=Path, help="a file to lock during each measurement")
    return parser.parse_args()


def _read_parts(value: str) -> list[str]:
    names = value.split(",")
    if strange := set(names) - set(PARTS):
        raise argparse.ArgumentTypeError(f"{min(strange)} is none of {', '.join(PARTS)}")
    return names


def _set_up(asked: argparse.Namespace, folder: Path) -> Setting:
    setting = Setting(
        folder=folder,
        rounds=1 if asked.quick else 5,
        other_rounds=1 if asked.quick else 3,
        share=0.1 if asked.quick else 1,
        fewest=2_000,  # ours starts processes for a thousand readers or more
        many=100_000 if asked.quick else 1_000_000,
        lock=asked.lock,
        say=_say,
        postfix=postfix.find(_VAR / "postfix"),
        no_node=fetch_nodemailer(),
    )
    for missing in (setting.postfix, setting.no_node):
        if isinstance(missing, str) and missing:
            sys.stdout.write(f"Without it, what is beside it is NOT REACHED: {missing}\n")
    return setting


def _say(line: str) -> None:
    """Where it is, for whoever waits."""
    sys.stderr.write(f"  {line}\n")


def _find_databases(stack: ExitStack, setting: Setting) -> Iterator[Ours]:
    yield Ours(setting.folder, stores.sqlite(setting.folder))
    if (server := stack.enter_context(stores.postgresql())) is None:
        sys.stdout.write("PostgreSQL is not installed: SQLite alone\n")
    else:
        yield Ours(setting.folder, server)


def _run(name: str, setting: Setting, databases: Sequence[Ours]) -> Part:
    """Run a part; one that fails is not reached, and the others are measured all the same."""
    try:
        return _measure(name, setting, databases)
    except RuntimeError as error:
        _say(f"{name} failed: {error}")
        return Part([Figure(name, "failed", "to be measured", reached=None)])


def _measure(name: str, setting: Setting, databases: Sequence[Ours]) -> Part:
    if name == "speed":
        return speed(setting, databases)
    chosen = databases if name == "memory" else databases[:1]  # the others on SQLite
    return _join([_EACH[name](setting, ours) for ours in chosen])


def _join(parts: Sequence[Part]) -> Part:
    return Part(
        figures=[figure for part in parts for figure in part.figures],
        traces={name: trace for part in parts for name, trace in part.traces.items()},
        text="".join(part.text for part in parts),
        runs={name: runs for part in parts for name, runs in part.runs.items()},
    )


def _trace(parts: Iterable[Part], output: Path) -> None:
    """Run once more, while py-spy looks, what did not reach its figure."""
    for part in parts:
        wanted = {figure.profile for figure in part.figures if not figure.reached}
        for name in sorted(wanted & set(part.traces)):
            _say(f"profile: {name}")
            part.traces[name](_profile_path(output, name))


def _profile_path(output: Path, name: str) -> Path:
    return output / f"profile-{re.sub('[^a-z0-9]+', '-', name.lower())}.txt"


def _describe(
    parts: Iterable[Part], found: Sequence[Figure], under: Conditions, output: Path
) -> str:
    text = "\n".join(part.text for part in parts if part.text)
    lines = [f"\n{text}\n{figures.list_figures(found)}"]
    for name in dict.fromkeys(figure.profile for figure in found if not figure.reached):
        path = _profile_path(output, name)
        if name and path.exists():
            top = [line for line in path.read_text().splitlines() if "%" in line][:_TOP]
            lines.append(f"\nWhere the time goes in “{name}” ({path}):\n" + "\n".join(top) + "\n")
    lines.append(f"\n{under.seconds / 60:.1f} minutes, load {under.load_after:.1f} after\n")
    return "".join(lines)


def _save(
    output: Path, parts: Mapping[str, Part], found: Sequence[Figure], under: Conditions
) -> None:
    everything = {
        "conditions": asdict(under),
        "figures": [{**asdict(figure), "reached": bool(figure.reached)} for figure in found],
        "runs": {name: part.runs for name, part in parts.items()},
    }
    path = output / "delivery.json"
    path.write_text(json.dumps(everything, ensure_ascii=False, indent=1) + "\n")
    sys.stdout.write(f"{path}\n")
    if "speed" in parts and parts["speed"].rates:
        _draw(parts["speed"], under, output / "delivery.png")


def _draw(part: Part, under: Conditions, path: Path) -> None:
    from benchmarks.delivery import picture

    picture.draw(
        part.rates,
        path,
        title="One edition, a message for each reader",
        conditions=under.in_a_line(),
    )
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
