"""While a live source is down its last answer stands in, said in words, never for today's."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from newsletter import papers
from newsletter.drafting import draft
from newsletter.errors import SourceUnavailable
from newsletter.papers import Loaded
from newsletter.settings import Papers, Settings
from newsletter.store import Store, open_store
from serving import Handler, Query, Serve, Server, only

HOURS = timedelta(hours=1)


class World:
    """A live API by days, and a newsletter that asks it: today is what the clock says."""

    def __init__(self, serve: Serve, home: Path) -> None:
        self.today = datetime.now(UTC).date()
        self.lists: dict[date, list[str]] = {}
        self.down = False
        self.home = home
        self.server: Server = serve(self._answer)

    def _answer(self, handler: Handler, query: Query) -> None:
        if self.down:
            handler.say(b"<html>503", 503)
            return
        day = date.fromisoformat(query["date"])
        titles = self.lists.get(day, [])
        handler.say([{"paper": {"title": title, "upvotes": 5}} for title in titles])

    def load(self, *, day: date | None = None, stand_in: timedelta = 6 * HOURS) -> Loaded:
        return papers.load(
            self.server.url(),
            day=day or self.today,
            now=datetime.now(UTC),
            settings=self.settings(stand_in).papers,
            home=self.home,
            fallback=self.home,
        )

    def settings(self, stand_in: timedelta = 6 * HOURS) -> Settings:
        wanted = Papers(source=self.server.url(), attempts=1, stand_in=stand_in)
        return Settings(papers=wanted, home=self.home)

    def make_older(self, by: timedelta) -> None:
        """Turn back the clock of every kept answer."""
        for path in (self.home / "var" / "answers").rglob("*.json.gz"):
            values = json.loads(gzip.decompress(path.read_bytes()))
            read_at = datetime.fromisoformat(values["read_at"]) - by
            values["read_at"] = read_at.isoformat()
            path.write_bytes(gzip.compress(json.dumps(values).encode()))


@pytest.fixture
def world(serve: Serve, tmp_path: Path) -> World:
    return World(serve, tmp_path)


@pytest.fixture
def ledger(migrated_file: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{migrated_file}") as store:
        yield store


def titles(loaded: Loaded) -> list[str]:
    return [paper.title for paper in loaded.papers]


def test_today_s_list_as_it_was_read_before_stands_in_and_says_when(world: World) -> None:
    yesterday = world.today - timedelta(days=1)
    world.lists = {world.today: ["A"], yesterday: ["B"]}
    first = world.load()
    world.down = True
    loaded = world.load()
    assert titles(loaded) == titles(first) == ["A", "B"]
    assert [paper.observed_at for paper in loaded.papers] == [
        paper.observed_at for paper in first.papers
    ]
    (warning,) = loaded.warnings
    assert "answers HTTP 503" in warning
    read_at = first.lists[0].observed_at
    assert f"What it said at {read_at:%Y-%m-%d %H:%M} UTC stands in." in warning
    assert isinstance(loaded.lost, SourceUnavailable)


def test_a_source_that_is_up_is_never_answered_for(world: World) -> None:
    world.lists = {world.today: ["A"]}
    world.load()
    world.lists = {world.today: ["B"]}
    loaded = world.load()
    assert titles(loaded) == ["B"]
    assert (loaded.warnings, loaded.lost) == ((), None)


@pytest.mark.parametrize(
    ("age", "stand_in"), [(0 * HOURS, 0 * HOURS), (7 * HOURS, 6 * HOURS), (1 * HOURS, HOURS / 2)]
)
def test_an_answer_that_is_too_old_leaves_the_day_failed(
    world: World, age: timedelta, stand_in: timedelta
) -> None:
    world.lists = {world.today: ["A"]}
    world.load()
    world.make_older(age)
    world.down = True
    with pytest.raises(SourceUnavailable, match="503"):
        world.load(stand_in=stand_in)


def test_yesterday_s_answer_is_used_where_the_settings_allow_and_not_called_today_s(
    world: World, ledger: Store
) -> None:
    yesterday = world.today - timedelta(days=1)
    world.lists = {yesterday: ["B"]}
    world.load(day=yesterday)
    world.make_older(24 * HOURS)
    world.down = True
    with pytest.raises(SourceUnavailable):
        world.load()
    loaded = world.load(stand_in=30 * HOURS)
    assert titles(loaded) == ["B"]
    assert f"stands in; that is not the list of {world.today}." in loaded.warnings[0]
    now = datetime.now(UTC)
    drafted = draft(world.settings(30 * HOURS), ledger, day=world.today, now=now)
    assert drafted.edition is not None
    assert (drafted.quiet, len(drafted.edition.papers)) == ("", 1)


def test_a_day_whose_stand_in_tells_nothing_new_has_failed_and_is_not_quiet(world: World) -> None:
    world.lists = {world.today: []}
    world.load()
    world.down = True
    with pytest.raises(SourceUnavailable, match="503"):
        world.load()


def test_a_stand_in_with_too_little_left_fails_the_day(world: World) -> None:
    world.lists = {world.today: ["A"]}
    world.load()
    world.down = True
    settings = world.settings()
    demanding = replace(settings, papers=replace(settings.papers, minimum=2))
    with pytest.raises(SourceUnavailable, match="503"):
        draft(demanding, None, day=world.today, now=datetime.now(UTC))


def test_a_quiet_day_stays_quiet_whatever_was_said_before(world: World) -> None:
    yesterday = world.today - timedelta(days=1)
    world.lists = {yesterday: ["B"]}
    world.load(day=yesterday)
    drafted = draft(world.settings(), None, day=world.today, now=datetime.now(UTC))
    assert drafted.edition is None
    assert drafted.quiet == f"no papers were listed on {world.today}"


def test_only_the_last_good_answer_is_kept(world: World) -> None:
    world.lists = {world.today: ["A"]}
    world.load()
    world.server.answer = only(["no record", "neither"])
    assert titles(world.load()) == ["A"]


def test_an_older_day_that_fails_is_filled_in_too(world: World) -> None:
    yesterday = world.today - timedelta(days=1)
    world.lists = {world.today: ["A"], yesterday: ["B"]}
    world.load()
    good = world.server.answer

    def answer(handler: Handler, query: Query) -> None:
        if query["date"] == yesterday.isoformat():
            handler.say({"error": "no"}, 400)
        else:
            good(handler, query)

    world.server.answer = answer
    loaded = world.load()
    assert titles(loaded) == ["A", "B"]
    assert "stands in" in loaded.warnings[0]
    assert loaded.lost is None


def test_a_feed_is_stood_in_for_too(world: World) -> None:
    moment = datetime.now(UTC)
    world.server.answer = only(
        f"<rss version='2.0'><channel><item><title>A</title><pubDate>"
        f"{moment:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item></channel></rss>".encode()
    )
    url = f"feed:{world.server.url()}"

    def load() -> Loaded:
        return papers.load(
            url,
            day=world.today,
            now=moment,
            settings=world.settings().papers,
            home=world.home,
            fallback=world.home,
        )

    load()
    world.server.answer = only(b"", 503)
    loaded = load()
    assert titles(loaded) == ["A"]
    assert "stands in." in loaded.warnings[0]
    world.make_older(5 * HOURS)
    assert titles(load()) == ["A"]
    world.make_older(5 * HOURS)
    with pytest.raises(SourceUnavailable, match="503"):
        load()


def test_no_password_of_an_address_is_kept(world: World) -> None:
    world.lists = {world.today: ["A"]}
    url = world.server.url().replace("://", "://reader:s3cret@")
    papers.load(
        url,
        day=world.today,
        now=datetime.now(UTC),
        settings=Papers(),
        home=world.home,
        fallback=world.home,
    )
    kept = list((world.home / "var").rglob("*"))
    assert kept
    assert "s3cret" not in "".join(map(str, kept))
    files = [path for path in kept if path.is_file()]
    assert not any(b"s3cret" in gzip.decompress(path.read_bytes()) for path in files)


@pytest.mark.parametrize(
    "content", [b"", b"no gzip", b"\x1f\x8b\x08cut", gzip.compress(b"[]", mtime=0)]
)
def test_a_kept_answer_that_was_damaged_is_as_good_as_none(
    world: World, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    world.lists = {world.today: ["A"]}
    world.load()
    for path in (world.home / "var" / "answers").rglob("*.json.gz"):
        path.write_bytes(content)
    world.down = True
    with pytest.raises(SourceUnavailable, match="503"):
        world.load()
    assert "cannot be read" in caplog.text


def test_an_answer_that_the_settings_no_longer_fit_is_as_good_as_none(world: World) -> None:
    world.server.answer = only([{"title": "A"}])
    world.load()
    world.down = True
    world.server.answer = only(b"", 503)
    columns = {"title": "heading"}
    with pytest.raises(SourceUnavailable, match="503"):
        papers.load(
            world.server.url(),
            day=world.today,
            now=datetime.now(UTC),
            settings=replace(world.settings().papers, columns=columns),
            home=world.home,
            fallback=world.home,
        )


def test_where_nothing_can_be_kept_the_day_goes_on(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    (world.home / "var").write_text("a file in the folder's place")
    world.lists = {world.today: ["A"]}
    assert titles(world.load()) == ["A"]
    assert "cannot be kept" in caplog.text


def test_answers_of_long_ago_are_forgotten(world: World) -> None:
    world.lists = {world.today: ["A"]}
    world.load()
    (folder,) = (world.home / "var" / "answers").iterdir()
    old = folder / "2020-01-01.json.gz"
    old.write_bytes(b"")
    os.utime(old, (0, 0))
    world.load()
    assert not old.exists()
    assert (folder / f"{world.today}.json.gz").exists()
