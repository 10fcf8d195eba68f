"""What systemd is told, read from a socket as systemd reads it."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from newsletter.delivery.progress import Dispatched
from newsletter.delivery.stop import Stop
from newsletter.supervisor import Supervisor


@dataclass
class Ear:
    """systemd's end."""

    listening: socket.socket
    address: str

    def hear(self) -> list[str]:
        heard = []
        while True:
            try:
                heard.append(self.listening.recv(4096).decode())
            except BlockingIOError:
                return heard


@pytest.fixture(params=["a path", "an abstract name"])
def ear(request: pytest.FixtureRequest) -> Iterator[Ear]:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "notify")
        address = path if request.param == "a path" else "@" + path
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
            listening.bind(address.replace("@", "\0"))
            listening.setblocking(False)
            yield Ear(listening, address)


def test_it_is_told_what_we_do(ear: Ear) -> None:
    supervisor = Supervisor({"NOTIFY_SOCKET": ear.address})

    supervisor.notify("READY=1")
    supervisor.show("Next edition: Monday")
    supervisor.show_progress(Dispatched(sent=3), 10)
    supervisor.show_progress(Dispatched(sent=4), 10)  # in the same second

    assert ear.hear() == [
        "READY=1",
        "STATUS=Next edition: Monday",
        "STATUS=Sending: 3 of 10",
    ]


def test_the_watchdog_is_fed_by_whoever_looks_at_the_wish_to_stop(ear: Ear) -> None:
    watched = {"NOTIFY_SOCKET": ear.address, "WATCHDOG_USEC": "900000000"}
    stop = Stop(Supervisor(watched).live)

    for _ in range(3):
        assert not stop.asked

    assert ear.hear() == ["WATCHDOG=1"], "not more often than need be"


@pytest.mark.parametrize("extra", [{}, {"WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}])
def test_where_nobody_watches_us_nothing_is_fed(ear: Ear, extra: dict[str, str]) -> None:
    assert os.getpid() != 1

    Supervisor({"NOTIFY_SOCKET": ear.address, **extra}).live()

    assert ear.hear() == []


def test_without_a_supervisor_or_after_it_went_away_nothing_happens(tmp_path: Path) -> None:
    Supervisor({}).notify("READY=1")
    gone = Supervisor({"NOTIFY_SOCKET": str(tmp_path / "nobody")})

    gone.notify("READY=1")
    gone.notify("STOPPING=1")
