"""The benchmark of delivery: its pure parts, and a run of seconds so that it cannot rot."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.delivery import (
    clients,
    conditions,
    edition,
    figures,
    picture,
    profiles,
    sinks,
    stores,
)
from benchmarks.delivery.clients import Ours
from benchmarks.delivery.figures import Figure, Slice, at_least, at_most
from benchmarks.delivery.line import distance, tls
from benchmarks.delivery.memory import queueing
from benchmarks.delivery.part import Setting
from benchmarks.delivery.sinks import Counts
from benchmarks.delivery.speed import FAST, SMTP_SINK, judge, speed
from benchmarks.delivery.trouble import find_rate

ABSENT = "is not asked for"


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """Everything once, with a hundred messages."""
    return Setting(
        folder=tmp_path,
        rounds=1,
        other_rounds=1,
        share=0.0,
        fewest=100,
        many=100,
        lock=tmp_path / "lock",
        say=lambda line: None,
        postfix=ABSENT,
        no_node=ABSENT,
    )


@pytest.fixture
def ours(setting: Setting) -> Ours:
    return Ours(setting.folder, stores.sqlite(setting.folder))


def run_of(rate: float, *, peak: float = 50) -> Slice:
    return Slice(messages=1_000, seconds=1_000 / rate, cpu_seconds=0.5, senders=(peak, 40.0))


def test_a_median_is_not_moved_by_a_slow_moment() -> None:
    runs = [run_of(rate) for rate in (1_000, 90, 1_010, 990, 1_005)]

    assert figures.median_rate(runs) == pytest.approx(1_000)
    assert figures.median_cpu(runs) == pytest.approx(0.5)
    assert figures.peak([*runs, run_of(1, peak=61)]) == 61
    assert figures.cell(runs) == "1,000 (90–1,010)"


@pytest.mark.parametrize(
    ("hold", "found", "mark"),
    [
        (at_least, 0.95, "reached"),
        (at_least, 0.949, "NOT REACHED"),
        (at_least, None, "NOT REACHED"),
        (at_most, 0.95, "reached"),
        (at_most, 0.951, "NOT REACHED"),
        (at_most, None, "NOT REACHED"),
    ],
)
def test_a_figure_that_was_not_measured_is_not_reached(
    hold: Callable[..., Figure], found: float | None, mark: str
) -> None:
    assert hold("speed", found, 0.95, unit=" ×").mark == mark


def test_ours_is_held_against_the_others_with_its_better_number_of_processes() -> None:
    one, two = "ours, SQLite, 1 process", "ours, SQLite, 2 processes"
    rates = {
        (clients.SMTP_SOURCE, SMTP_SINK): 2_000,
        (clients.POOL, FAST): 1_000,
        (one, SMTP_SINK): 1_890,
        (two, SMTP_SINK): 1_910,
        (one, FAST): 2_500,
        (two, FAST): 2_900,
    }
    found = {key: [run_of(rate)] for key, rate in rates.items()}

    source, pool, message, processes = judge(found, "ours, SQLite")

    assert source.what.startswith(two)
    assert (source.measured, source.reached) == ("0.95 ×", True)
    assert (pool.measured, pool.reached) == ("2.90 ×", False)
    assert pool.profile == f"{two}, to {FAST}"
    assert (message.measured, message.reached) == ("not measured", None)
    assert (processes.measured, processes.reached) == ("1.16 ×", False)


def test_what_is_not_reached_says_so_in_its_line() -> None:
    reached, missed = (
        at_most("peak", 50.0, 57, unit=" MiB"),
        at_least("speed", 310.2, 400, unit="/s"),
    )

    assert figures.list_figures([reached, missed]).splitlines() == [
        "peak    50.0 MiB   at most 57 MiB   reached",
        "speed      310/s   at least 400/s   NOT REACHED",
    ]


def test_the_rest_is_timed_without_those_that_have_trouble() -> None:
    told = [
        Counts(10.0, taken=0, slow=0, refused=0),
        Counts(10.5, taken=40, slow=0, refused=5),
        Counts(12.0, taken=90, slow=1, refused=10),
        Counts(17.0, taken=91, slow=2, refused=10),
    ]

    assert find_rate(told, 89) == pytest.approx(89 / 2)
    with pytest.raises(RuntimeError, match="89 of 90"):
        find_rate(told, 90)


def test_a_profile_counts_a_function_once_a_stack() -> None:
    text = profiles.flatten(["process 7:x;main;send;send 3", "process 7:x;main 1", ""])

    assert text.splitlines()[3:5] == [" 75.0 %  send", " 25.0 %  main"]
    assert text.splitlines()[-2:] == ["100.0 %  main", " 75.0 %  send"]


def test_the_fast_sink_keeps_order_for_a_client_that_does_not_wait(tmp_path: Path) -> None:
    """RFC 2920: commands come together, and so do their replies, in order."""
    with (
        sinks.fast(tmp_path, "--slow", "@slow.example", "--slow-seconds", "0.1") as sink,
        socket.create_connection(("127.0.0.1", sink.port), timeout=10) as line,
    ):
        replies = line.makefile("rb")
        line.sendall(b"EHLO us\r\n")
        assert replies.readline() == b"220 sink ESMTP\r\n"
        while replies.readline()[3:4] == b"-":
            pass
        for reader in (b"reader1@a.example", b"reader2@slow.example"):
            line.sendall(b"MAIL FROM:<a@b>\r\nRCPT TO:<%b>\r\nDATA\r\n" % reader)
            assert [replies.readline()[:3] for _ in range(3)] == [b"250", b"250", b"354"]
            line.sendall(b"..\r\nbody.\r\n.\r")
            line.sendall(b"\nMAIL FROM:<a@b>\r\nRCPT TO:<later3@a.example>\r\nDATA\r\nRSET\r\n")
            codes = [replies.readline()[:3] for _ in range(5)]
            assert codes == [b"250", b"250", b"450", b"503", b"250"]
        counts = sink.count()

    assert (counts.taken, counts.slow, counts.refused) == (2, 1, 2)


def test_some_readers_are_trouble_and_the_others_are_spread(tmp_path: Path) -> None:
    database = stores.sqlite(tmp_path)
    url = database.make()

    stores.fill(url, 300, with_trouble=True)

    with stores.open_store(url) as store:
        addresses = [reader.address for reader in store.subscribers.iterate()]
    assert len(addresses) == 300
    assert sum(address.startswith("later") for address in addresses) == 300 // stores.LATER
    assert sum(address.endswith("@slow.example") for address in addresses) == 300 // stores.SLOW
    assert not any("later" in each and "slow" in each for each in addresses)


def test_a_run_of_seconds_measures_everything_it_can(setting: Setting, ours: Ours) -> None:
    raced = speed(setting, [ours])

    assert {name for name, _ in raced.rates} == {
        "smtplib, 1 connection",
        clients.SEND_MESSAGE,
        "ours, SQLite, 1 process",
        "ours, SQLite, 2 processes",
    }
    assert all(rate > 0 for rates in raced.rates.values() for rate in rates)
    assert [figure.reached for figure in raced.figures[:2]] == [None, None]
    drawn = setting.folder / "speed.png"
    picture.draw(raced.rates, drawn, title="Speed", conditions="few messages")
    assert drawn.read_bytes().startswith(b"\x89PNG")
    for part in (distance, tls, queueing):
        (figure,) = part(setting, ours).figures
        assert figure.reached is not None
    message = edition.compose_one()
    size = len(message.head) + len(message.body)
    assert f"{size:,} bytes each" in conditions.find(setting).describe()
