"""A relay far away, and TLS."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import trustme

from benchmarks.delivery import figures, sinks, watching
from benchmarks.delivery.clients import Ours
from benchmarks.delivery.figures import Slice
from benchmarks.delivery.part import Part, Setting
from benchmarks.delivery.watching import quiet

#: Seconds of a round trip, and how many connections there are to bear them.
ROUND_TRIP, CONNECTIONS = 0.02, 50
_TLS = 6_000  # messages


def distance(setting: Setting, ours: Ours) -> Part:
    """Each reply of the relay takes its time to come."""
    delay = ("--delay", str(ROUND_TRIP))
    run = partial(_run, setting, ours, delay, messages=4_000, connections=CONNECTIONS)
    found = []
    for number in range(1, setting.other_rounds + 1):
        found.append(run())
        setting.say(f"{number}/{setting.other_rounds}  20 ms round trips: {found[-1].rate:,.0f}/s")
    what = f"20 ms round trips, {CONNECTIONS} connections, {ours.database.name}, 1 process"
    figure = figures.at_least(
        what, figures.median_rate(found), 400, unit="/s", profile="round trips"
    )
    return Part(
        [figure],
        traces={"round trips": lambda profile: run(profile=profile)},
        runs={what: [*map(asdict, found)]},
    )


def tls(setting: Setting, ours: Ours) -> Part:
    """The same with TLS from the first byte and in the clear, in turn."""
    certificate, authority = _certify(setting.folder)
    options = ("--certificate", str(certificate))
    plain = partial(_run, setting, ours, (), messages=_TLS)
    secure = partial(_run, setting, ours, options, messages=_TLS, security="tls", ca_file=authority)
    found: dict[str, list[Slice]] = {"plain": [], "tls": []}
    for number in range(1, setting.other_rounds + 1):
        for name, run in (("plain", plain), ("tls", secure)):
            found[name].append(run())
            cpu = found[name][-1].cpu_ms
            setting.say(f"{number}/{setting.other_rounds}  {name}: {cpu:.2f} ms CPU a message")
    before, after = (figures.median_cpu(found[name]) for name in ("plain", "tls"))
    what = f"CPU with TLS beside plain, {ours.database.name}, 1 process"
    figure = figures.at_most(what, after / before, 1.6, unit=" ×", profile="tls")
    text = f"CPU ms/msg: {before:.3f} plain, {after:.3f} with TLS\n"
    runs = {name: [*map(asdict, slices)] for name, slices in found.items()}
    traces = {"tls": lambda profile: secure(profile=profile)}
    return Part([figure], traces=traces, text=text, runs=runs)


def _run(
    setting: Setting,
    ours: Ours,
    options: tuple[str, ...],
    *,
    messages: int,
    profile: Path | None = None,
    **changes: Any,
) -> Slice:
    count = setting.count(messages)
    with (
        sinks.fast(setting.folder, *options) as sink,
        ours.prepare(sink.port, count, **changes) as job,
        quiet(setting.lock),
    ):
        found = watching.run(watching.profiled(job, profile), sink)
        taken = sink.count().taken
    if taken != count:
        raise RuntimeError(f"the sink took {taken} of {count} messages")
    return found


def _certify(folder: Path) -> tuple[Path, Path]:
    """A certificate with its key for loopback, and the authority it comes from."""
    certificate, authority = folder / "sink.pem", folder / "authority.pem"
    ca = trustme.CA()
    ca.cert_pem.write_to_path(authority)
    ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    return certificate, authority
