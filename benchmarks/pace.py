"""Rates, fairness, and what the pace costs: `python -m benchmarks.pace`.

Real dispatches to a relay on loopback, whose log of arrivals is the judge. It takes about
two minutes.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from delivery.sending import NOW, command, deliver, environment, make_settings, publish
from delivery.sink import Sink

from benchmarks import machine
from newsletter.delivery.gate import Gate
from newsletter.delivery.lanes import Lanes
from newsletter.delivery.pace import Ask, Paces
from newsletter.delivery.progress import Dispatched
from newsletter.limits import Limit
from newsletter.model import Claimed, Reply, Stage
from newsletter.store import open_store
from servers import find_programs, serve

SECONDS = 5
CONNECTIONS = 10
#: What a message costs a sender that sends as fast as it can, by the handbook's prototype.
USUAL_COST = 540e-6


class Arrivals(list[str]):
    """A sink's log that knows when each message came."""

    def __init__(self) -> None:
        super().__init__()
        self.moments: list[float] = []

    def append(self, address: str, /) -> None:
        """Note it."""
        self.moments.append(time.monotonic())
        super().append(address)

    def find_rate(self) -> float:
        """Messages per second, from the first to the last."""
        return (len(self) - 1) / (self.moments[-1] - self.moments[0])

    def find_burst(self, rate: float) -> float:
        """How many messages more than the rate allows came in any stretch of time."""
        lead = [number - moment * rate for number, moment in enumerate(self.moments)]
        lowest, most = lead[0], 0.0
        for one in lead:
            lowest = min(lowest, one)
            most = max(most, one - lowest)
        return most


@contextmanager
def relay(**options: Any) -> Iterator[tuple[Sink, Arrivals]]:
    """A sink whose log has the time."""
    with Sink(**options) as sink:
        sink.accepted = arrivals = Arrivals()
        yield sink, arrivals


def main() -> None:
    """Run all, and print the figures with their conditions."""
    sys.stdout.write(f"{machine.describe()}; {CONNECTIONS} connections, relay in Python\n")
    measure_cost()
    with ExitStack() as stack:
        for name, make_url in find_databases(stack).items():
            for rate, processes in ((30.0, 1), (30.0, 2), (200.0, 1), (200.0, 2)):
                measure_rate(name, make_url(), rate, processes)
            measure_domain_rate(name, make_url())
    measure_fairness()
    measure_throttling()


def find_databases(stack: ExitStack) -> Mapping[str, Callable[[], str]]:
    """Ways to a new database, by the name of its kind."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    numbers = iter(range(1000))
    found: dict[str, Callable[[], str]] = {
        "SQLite": lambda: f"sqlite:///{folder / f'{next(numbers)}.db'}"
    }
    if (programs := find_programs()) is not None:
        server = stack.enter_context(serve(programs))
        found["PostgreSQL"] = lambda: server.create(server.template)
    else:
        sys.stdout.write("PostgreSQL is not installed: SQLite alone\n")
    return found


def measure_rate(name: str, url: str, rate: float, processes: int) -> None:
    """One rate for all processes, each with as many connections as it likes.

    The last second does not count: a sender that finds nothing more to claim leaves the
    moments that it took ahead, up to 0.4 s of them, unused.
    """
    with open_store(url) as store, relay() as (sink, arrivals):
        publish(
            store, [f"reader{n}@d{n % 50}.example.org" for n in range(int(rate * (SECONDS + 1)))]
        )
        senders = [
            subprocess.Popen(
                command(url, sink.port, rate=rate, connections=CONNECTIONS, slow="yes"),
                env=environment(),
                stdout=subprocess.PIPE,
            )
            for _ in range(processes)
        ]
        for sender in senders:
            sender.communicate(timeout=120)
    del arrivals[int(rate * SECONDS) :], arrivals.moments[int(rate * SECONDS) :]
    show_rate(f"{name}, {rate:g}/s, {count(processes)}", arrivals, rate)


def count(processes: int) -> str:
    """So many processes, in words."""
    return "1 process" if processes == 1 else f"{processes} processes"


def show_rate(what: str, arrivals: Arrivals, rate: float) -> None:
    """The rate that was kept to, and the largest burst above it."""
    off = arrivals.find_rate() / rate - 1
    machine.show(what, f"{100 * off:+.2f} %", "within 2 %", reached=abs(off) <= 0.02)
    burst, most = arrivals.find_burst(rate), 0.5 * rate + 1
    machine.show(
        f"{what}: burst", f"{burst:.1f}", f"at most {most:g} messages", reached=burst <= most
    )


def measure_domain_rate(name: str, url: str) -> None:
    """A limited domain, all of whose readers stand first in the list."""
    rate = 40.0
    slow = [f"r{n}@example.com" for n in range(int(rate * SECONDS))]
    rest = [f"r{n}@d{n % 50}.example.org" for n in range(1000)]
    with open_store(url) as store, relay() as (sink, arrivals):
        publish(store, [*slow, *rest])
        settings = make_settings(
            sink.port, connections=CONNECTIONS, domains={"example.com": Limit(rate=rate)}
        )
        deliver(store, settings)
    limited, others = Arrivals(), Arrivals()
    for address, moment in zip(arrivals, arrivals.moments, strict=True):
        log = limited if address.endswith("@example.com") else others
        list.append(log, address)
        log.moments.append(moment)
    show_rate(f"{name}, example.com = {rate:g}/s", limited, rate)
    seconds = others.moments[-1] - arrivals.moments[0]
    machine.show(
        f"{name}, 1,000 others behind them", f"{seconds:.2f} s", f"before {SECONDS / 2:g} s",
        reached=seconds < SECONDS / 2,
    )  # fmt: skip


def measure_fairness(rest: int = 6000) -> None:
    """One reader of ten greylisted, and a domain that takes 5 s for each message."""
    good = [f"r{n}@d{n % 100}.example.org" for n in range(rest)]
    greylisted = [f"rcpt=451=4.7.1+g{n}@d{n % 100}.example.org" for n in range(rest // 9)]
    slow = [f"dot=late+s{n}@slow.example" for n in range(12)]
    troubled_by = mix(good, greylisted, slow)
    # One after the other, as others use this machine.
    pairs = [(time_rest(good), time_rest(troubled_by)) for _ in range(3)]
    plain, troubled = [one for one, _ in pairs], [other for _, other in pairs]
    # What is greylisted costs the relay and us a command each, but it is not of the rest.
    ratio = machine.median(plain) / machine.median(troubled)
    machine.show(
        f"{rest:,} readers beside 10 % 4xx and a domain that takes 5 s",
        f"{100 * ratio:.0f} %", "at least 85 % of full speed", reached=ratio >= 0.85,
    )  # fmt: skip
    sys.stdout.write(
        f"    without them {rest / machine.median(plain):,.0f}/s,"
        f" with them {rest / machine.median(troubled):,.0f}/s; median of 3\n"
    )


def mix(*groups: list[str]) -> list[str]:
    """Each group spread evenly."""
    places = [
        ((number + 0.5) / len(group), one) for group in groups for number, one in enumerate(group)
    ]
    return [one for _, one in sorted(places)]


def time_rest(addresses: list[str]) -> float:
    """Seconds until all were taken of whom nothing was the matter."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(f"sqlite:///{folder}/newsletter.db") as store,
        relay(late=5) as (sink, arrivals),
    ):
        publish(store, addresses)
        subprocess.run(
            command(str(store.engine.url), sink.port, connections=CONNECTIONS, slow="yes"),
            env=environment(), check=True, capture_output=True,
        )  # fmt: skip
        moments = [
            moment
            for address, moment in zip(arrivals, arrivals.moments, strict=True)
            if address.startswith("r") and "=" not in address
        ]
    return moments[-1] - moments[0]


def measure_throttling() -> None:
    """A relay that answers 454 to everybody: how many readers that costs."""
    addresses = [f"rcpt=454=4.7.0+t{n}@d{n % 50}.example.org" for n in range(2000)]
    told: list[tuple[float, int]] = []

    def tell(done: Dispatched, due: int) -> None:
        told.append((time.monotonic(), done.deferred))
        if told[-1][0] - told[0][0] > SECONDS:
            stop.ask()

    from newsletter.delivery.stop import Stop

    stop = Stop()
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(f"sqlite:///{folder}/newsletter.db") as store,
        relay() as (sink, _),
    ):
        publish(store, addresses)
        deliver(store, make_settings(sink.port, connections=CONNECTIONS), progress=tell, stop=stop)
    deferred = told[-1][1]
    machine.show(
        f"454 to everybody: readers put off in {SECONDS} s", str(deferred), "at most 50",
        reached=deferred <= 50,
    )  # fmt: skip


def measure_cost() -> None:
    """What the pace and the lanes cost a message where nothing is limited."""
    seconds = asyncio.run(_time_pace(20_000))
    share = seconds / USUAL_COST
    machine.show(
        f"pace and lanes, {seconds * 1e6:.1f} µs of a message's {USUAL_COST * 1e6:.0f} µs",
        f"{100 * share:.2f} %", "under 2 %", reached=share < 0.02,
    )  # fmt: skip


async def _time_pace(messages: int) -> float:
    lanes = Lanes({}, CONNECTIONS, 100)
    halt = asyncio.Event()

    async def agree(asks: Mapping[str, Ask]) -> Paces:
        return Paces(0.0, {}, {})

    gate = Gate(agree, lanes, halt, connections=CONNECTIONS, rate=0.0, stir=lambda: None)
    reply = Reply(stage=Stage.DOT, code=250)
    batches = [
        [make_claimed(number + base) for number in range(100)]
        for base in range(0, messages, 100)
    ]  # fmt: skip
    started = time.process_time()
    for batch in batches:
        lanes.add("", batch, 0.0, is_dry=False)
        while (claimed := lanes.pick(0.0)) is not None:
            gate.enter(claimed)
            gate.leave(claimed, reply)
            lanes.finish(claimed)
    return (time.process_time() - started) / messages


def make_claimed(number: int) -> Claimed:
    """A delivery to one of a hundred domains."""
    return Claimed(
        id=number + 1, day=NOW.date(), subscriber_id=number, name="", attempts=0, epoch=1,
        address=f"r{number}@d{number % 100}.example.org", queued_at=NOW,
    )  # fmt: skip


if __name__ == "__main__":
    main()
