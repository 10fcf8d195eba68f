"""Five working days in a row, from real lists to mail in a real SMTP server."""

from __future__ import annotations

import email
import json
import mailbox
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.message import Message
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

import make
import recorded
from newsletter import pipeline
from newsletter.delivery.sandbox import sandbox
from newsletter.drafting import choose_now, draft
from newsletter.message import message_id
from newsletter.model import Status
from newsletter.outlet import choose_outlet
from newsletter.pipeline import Surroundings
from newsletter.report import Report
from newsletter.settings import (
    Newsletter,
    Papers,
    Schedule,
    Sender,
    Settings,
    Smtp,
    StoreSection,
)
from newsletter.store import open_store

LISTS = recorded.FOLDER / "daily_papers"
DAYS = [date(2026, 8, 10) + timedelta(days=days) for days in range(5)]
READERS = ["ada@example.org", "grace@example.org", "zoe@example.org"]

pytestmark = recorded.needs_recorded


@dataclass
class Lab:
    """A newsletter with its relay, and a look into the relay's mail."""

    settings: Settings
    maildir: Path

    def send(self, day: date) -> Report:
        self.show_lists(day)
        around = Surroundings(random=Random(0), make_salt=lambda: f"salt of {day}")
        outlet = choose_outlet(self.settings)
        return pipeline.send(self.settings, outlet, asked=day, around=around)

    def show_lists(self, day: date) -> None:
        """Put the day's morning list where the source is, and all of the days before."""
        source = Path(self.settings.home) / "lists"
        source.mkdir(exist_ok=True)
        for number, file in enumerate(sorted(LISTS.glob("2026-08-1*.json"))):
            listed = date.fromisoformat(file.name[:10])
            is_morning = number % 2 == 0
            if listed < day or (listed == day and is_morning):
                shutil.copy(file, source / file.name)

    def mail(self) -> list[bytes]:
        box = mailbox.Maildir(self.maildir)
        return [box.get_bytes(key) for key in sorted(box.keys())]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with sandbox(tmp_path / "mail") as (host, port):
        settings = Settings(
            newsletter=Newsletter(public_url="https://papers.example.org"),
            sender=Sender(address="papers@example.org", postal_address="1 Road, Town"),
            papers=Papers(source="lists", maximum=15),
            schedule=Schedule(at=time(9, 30)),
            smtp=Smtp(host=host, port=port, security="none", connections=3),
            store=StoreSection(url=f"sqlite:///{tmp_path}/newsletter.db"),
            home=tmp_path,
        )
        with open_store(settings.store.url) as store:
            store.subscribers.add([(one, "") for one in READERS], now=datetime.now(UTC))
        yield Lab(settings, tmp_path / "mail")


def header(raw: bytes, name: str) -> str:
    found = re.findall(rb"^%s: (.*)\r$" % name.encode(), raw, flags=re.MULTILINE)
    assert len(found) == 1, name
    return bytes(found[0]).decode()


def day_of(raw: bytes) -> str:
    return header(raw, "Feedback-ID").partition(":")[0]


def paper_ids(raw: bytes) -> list[str]:
    message: Message = email.message_from_bytes(raw)
    html = message.get_payload()[1].get_payload(decode=True).decode()  # type: ignore[union-attr,index]
    return list(dict.fromkeys(re.findall(r"huggingface\.co/papers/([\d.]+)", html)))


@pytest.fixture
def week(lab: Lab) -> tuple[Lab, list[Report]]:
    return lab, [lab.send(day) for day in DAYS]


def test_a_week_reaches_every_reader_once_a_day(week: tuple[Lab, list[Report]]) -> None:
    lab, reports = week

    assert [report.tally.audience for report in reports if report.tally] == [3] * 5
    assert all(report.tally.counts[Status.SENT] == 3 for report in reports if report.tally)
    letters = Counter((day_of(raw), header(raw, "To")) for raw in lab.mail())
    assert letters == {(f"{day:%Y%m%d}", reader): 1 for day in DAYS for reader in READERS}


def test_nobody_gets_a_paper_twice(week: tuple[Lab, list[Report]]) -> None:
    lab, _ = week

    seen = Counter((header(raw, "To"), paper) for raw in lab.mail() for paper in paper_ids(raw))

    assert len(seen) == 3 * 15 * 5
    assert set(seen.values()) == {1}


def test_late_arrivals_of_the_day_before_appear(week: tuple[Lab, list[Report]]) -> None:
    lab, _ = week

    def ids(file: Path) -> set[str]:
        return {item["paper"]["id"] for item in json.loads(file.read_text())}

    by_day = {day_of(raw): set(paper_ids(raw)) for raw in lab.mail()}
    for day, following in pairwise(DAYS):
        morning, afternoon = sorted(LISTS.glob(f"{day}_*.json"))
        late = ids(afternoon) - ids(morning)
        assert late & by_day[f"{following:%Y%m%d}"], f"none of {day}'s on {following}"


def test_a_day_sent_again_sends_nothing_and_says_so(lab: Lab) -> None:
    lab.send(DAYS[0])
    before = lab.mail()

    again = lab.send(DAYS[0])

    assert (again.sent, again.published) == (0, False)
    assert again.tally is not None
    assert again.tally.counts[Status.SENT] == 3
    assert lab.mail() == before


def test_message_ids_are_those_of_the_issue_whoever_sends_it(lab: Lab, tmp_path: Path) -> None:
    lab.send(DAYS[0])
    first = {header(raw, "To"): raw for raw in lab.mail()}

    with open_store(lab.settings.store.url) as store:
        issue = store.editions.get_issue(DAYS[0])
        readers = {one.address: one.id for one in store.subscribers.iterate()}
    assert issue is not None
    assert {to: header(raw, "Message-ID") for to, raw in first.items()} == {
        address: message_id(issue, reader) for address, reader in readers.items()
    }


def test_what_is_received_is_what_was_composed_byte_for_byte(lab: Lab) -> None:
    lab.send(DAYS[0])

    with open_store(lab.settings.store.url) as store:
        compose = pipeline.make_composer(lab.settings, store, datetime.now(UTC))
        for one in store.subscribers.iterate():
            reader = make.claimed(
                day=DAYS[0], subscriber_id=one.id, address=one.address, name=one.name
            )
            message = compose(reader)
            assert message.head + message.body in lab.mail()
            assert (message.head + message.body).isascii()


def test_a_quiet_day_sends_nothing_and_says_so(lab: Lab) -> None:
    saturday = DAYS[-1] + timedelta(days=1)

    report = lab.send(saturday)

    assert report.tally is None
    assert report.quiet == f"no papers were listed on {saturday}"
    assert lab.mail() == []


def test_the_nine_statuses_sum_to_the_audience(week: tuple[Lab, list[Report]]) -> None:
    _, reports = week

    for report in reports:
        assert report.tally is not None
        assert set(report.tally.counts) == set(Status)
        assert report.tally.audience == 3


def test_a_reader_who_came_later_gets_only_later_editions(lab: Lab) -> None:
    lab.send(DAYS[0])
    with open_store(lab.settings.store.url) as store:
        store.subscribers.add([("late@example.org", "")], now=datetime.now(UTC))

    lab.send(DAYS[0])
    lab.send(DAYS[1])

    assert [day_of(raw) for raw in lab.mail() if header(raw, "To") == "late@example.org"] == [
        "20260811"
    ]


def test_the_same_day_drawn_up_twice_is_the_same_edition(lab: Lab) -> None:
    lab.send(DAYS[0])
    with open_store(lab.settings.store.url) as store:
        now = choose_now(lab.settings, DAYS[0], datetime.now(UTC))
        again = draft(lab.settings, store, day=DAYS[0], now=now)

    assert again.edition is not None
    sent = paper_ids(lab.mail()[0])
    assert [ranked.paper.id for ranked in again.edition.papers] == sent
