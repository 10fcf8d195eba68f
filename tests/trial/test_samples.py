"""Sample sets: each is what its name says, on any day, and can be rendered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import lxml.html
import pytest

import emails
import make
from newsletter.errors import UsageError
from newsletter.message import compose, prepare
from newsletter.model import Card, Issue
from newsletter.rendering import render
from newsletter.settings import Brand, Papers, Settings
from newsletter.trial.samples import BUSIEST, SETS, draft_set, make_room

NAMES = [each.name for each in SETS]


def draw(name: str, template: str = "digest", day: date = make.DAY) -> Issue:
    settings = Settings(brand=Brand(template=template))
    settings = make_room(settings, name)
    drafted = draft_set(settings, name, day=day)
    assert drafted.edition is not None
    return render(
        drafted.edition, settings, templates=emails.SHIPPED, dated=make.MORNING, salt="salt"
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_set_is_the_same_every_time_and_fits_any_day(name: str) -> None:
    day = date(2024, 2, 29)

    first, second = (draft_set(Settings(), name, day=day) for _ in range(2))

    assert first == second
    assert {paper.listed_on for paper in first.loaded.papers} <= {day}


@pytest.mark.parametrize(
    ("name", "count"),
    [("one", 1), ("busy", BUSIEST), ("long", 8), ("votes", 12), ("pictures", 12), ("rtl", 5)],
)
def test_a_set_shows_all_its_papers_whatever_the_settings_allow(name: str, count: int) -> None:
    narrow = Settings(papers=Papers(minimum=9, maximum=9, minimum_upvotes=500))

    drafted = draft_set(make_room(narrow, name), name, day=make.DAY)

    assert drafted.edition is not None
    assert len(drafted.edition.papers) == count


def test_the_quiet_day_says_why_nothing_would_be_sent() -> None:
    drafted = draft_set(Settings(), "quiet", day=make.DAY)

    assert drafted.quiet == f"no papers were listed on {make.DAY}"


def test_an_unknown_set_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UsageError, match=r"no sample set 'bussy'; did you mean busy\?"):
        draft_set(Settings(), "bussy", day=make.DAY)


def test_sets_are_what_their_names_say() -> None:
    papers = {name: draft_set(Settings(), name, day=make.DAY).loaded.papers for name in NAMES}

    assert all(paper.upvotes is None and paper.stars is None for paper in papers["votes"])
    assert not any(paper.image_url for paper in papers["pictures"])
    assert all(paper.image_url for paper in papers["busy"])
    assert min(len(paper.title) for paper in papers["long"]) > 75
    assert make_room(Settings(), "rtl").newsletter.language == "ar"


@pytest.mark.parametrize("template", emails.TEMPLATES)
@pytest.mark.parametrize("name", [name for name in NAMES if name != "quiet"])
def test_every_template_renders_every_set_without_clipping(name: str, template: str) -> None:
    issue = draw(name, template)

    assert len(emails.read_html(issue).encode()) < 102_400
    assert [part for part in issue.html if isinstance(part, Card)]


def test_hostile_text_is_shown_and_does_nothing() -> None:
    issue = draw("hostile")

    page = lxml.html.document_fromstring(emails.read_html(issue))
    message = compose(prepare(issue), make.claimed(), "token")

    assert not page.xpath("//script | //svg | //mj-raw | //*[@onerror or @onload or @onmouseover]")
    links = page.xpath("//@href | //@src")
    assert all(link.startswith(("https://", "http://", "mailto:")) for link in links)
    assert "7 * 7" in page.text_content()
    assert "\nBcc:" not in message.head.decode()
    assert "\r\n.\r\n" not in message.body.decode("ascii")


def test_records_that_are_none_are_named_and_the_rest_goes_on() -> None:
    drafted = draft_set(Settings(), "hostile", day=make.DAY)

    assert len(drafted.loaded.bad) == 5
    assert {bad.field for bad in drafted.loaded.bad} == {"record", "paper.title", "paper.id"}
    assert max(paper.author_count for paper in drafted.loaded.papers) == 3303


def test_an_editors_word_for_the_day_does_not_reach_a_set(tmp_path: Path) -> None:
    (tmp_path / "editions").mkdir()
    (tmp_path / "editions" / f"{make.DAY}.toml").write_text('lead = "9999.99999"')

    drafted = draft_set(replace(Settings(), home=tmp_path), "one", day=make.DAY)

    assert drafted.edition is not None
