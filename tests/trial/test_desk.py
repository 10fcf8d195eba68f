"""The editor's desk: the day's file written as a person would, and when it is too late."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import make
from newsletter.editing import read_steering, steering_path
from newsletter.errors import UsageError
from newsletter.model import Edition, Steering
from newsletter.outlet import choose_outlet, open_outlet
from newsletter.previewing import preview_draft
from newsletter.settings import Settings
from newsletter.trial import desk

NOW = datetime(2026, 8, 15, 9, tzinfo=UTC)


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    return replace(Settings(), home=tmp_path)


def save(own: Settings, steering: Steering, seen: str | None = None) -> str:
    outlet = choose_outlet(own)
    mark = desk.read_desk(own, outlet, make.DAY).mark if seen is None else seen
    desk.save(own, outlet, make.DAY, steering, seen=mark, now=NOW)
    path = steering_path(own.home, make.DAY)
    return path.read_text(encoding="utf-8") if path.exists() else ""


def keys(own: Settings) -> list[str]:
    drafted = preview_draft(own, choose_outlet(own), asked=make.DAY, now=NOW)
    return [ranked.paper.key for ranked, _ in drafted.standing]


def test_what_is_settled_is_followed_and_the_file_names_the_days_papers(own: Settings) -> None:
    first, second, third, *_, last = keys(own)

    text = save(own, Steering(note="Hello.\nTwo lines.", lead=last, pin=(third,), skip=(first,)))

    assert keys(own)[:3] == [last, third, second]
    assert f"# {first}" in text
    assert "# Markdown, to stand above the papers:" in text
    assert 'note = """\nHello.\nTwo lines.\n"""\n' in text
    assert read_steering(own.home, make.DAY).note == "Hello.\nTwo lines."


def test_the_comments_of_a_file_that_is_there_stay(own: Settings) -> None:
    path = steering_path(own.home, make.DAY)
    path.parent.mkdir()
    path.write_text('# ours\nsubject = "Old"  # short!\n# end\n')

    text = save(own, Steering(subject="New", note="A note."))

    assert text.startswith('# ours\nsubject = "New"  # short!\n')
    assert "# end" in text
    assert tomllib.loads(text) == {"subject": "New", "note": "A note."}


def test_papers_named_by_their_address_stay_as_they_were_written(own: Settings) -> None:
    first, *_ = keys(own)
    path = steering_path(own.home, make.DAY)
    path.parent.mkdir()
    path.write_text(f'lead = "https://arxiv.org/abs/{first}v2"\n')
    written = desk.read_desk(own, choose_outlet(own), make.DAY).steering

    text = save(own, replace(written, subject="New"))

    assert f'lead = "https://arxiv.org/abs/{first}v2"\n' in text


def test_papers_that_were_loaded_are_not_asked_for_again(own: Settings) -> None:
    outlet = choose_outlet(own)
    loaded = preview_draft(own, outlet, asked=make.DAY, now=NOW).loaded
    away = replace(own, papers=replace(own.papers, source="nowhere.json"))

    drafted = desk.save(
        away, outlet, make.DAY, Steering(subject="New"), seen="", now=NOW, loaded=loaded
    )

    assert drafted.edition is not None
    assert read_steering(own.home, make.DAY).subject == "New"


def test_no_file_is_made_that_settles_nothing(own: Settings) -> None:
    assert save(own, Steering()) == ""
    assert not (own.home / "editions").exists()


@pytest.mark.parametrize(
    ("steering", "words"),
    [
        (Steering(lead="2601.99999"), r"lead: there is no paper 2601\.99999"),
        (Steering(subject="a\x07b"), r"subject: must be one line"),
        (Steering(subject="x" * 201), r"subject: .*200"),
        (Steering(note="x" * 5001), r"note: .*5000"),
    ],
)
def test_what_would_not_be_followed_is_not_written(
    own: Settings, steering: Steering, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        save(own, steering)

    assert not (own.home / "editions").exists()


def test_a_file_that_changed_meanwhile_is_not_written_over(own: Settings) -> None:
    save(own, Steering(subject="Mine"))

    with pytest.raises(UsageError, match="was changed meanwhile"):
        save(own, Steering(subject="Yours"), seen="another")

    assert read_steering(own.home, make.DAY).subject == "Mine"


def test_a_wrong_file_is_told_and_not_written_over(own: Settings) -> None:
    path = steering_path(own.home, make.DAY)
    path.parent.mkdir()
    path.write_text('subjet = "Old"\n')

    found = desk.read_desk(own, choose_outlet(own), make.DAY)

    assert "subjet: unknown key; did you mean subject?" in found.fault
    with pytest.raises(UsageError, match="subjet"):
        save(own, Steering(subject="New"))
    assert path.read_text() == 'subjet = "Old"\n'


def test_a_published_day_is_closed_and_says_since_when(own: Settings) -> None:
    outlet = choose_outlet(own)
    with open_outlet(own, outlet, NOW) as store:
        store.editions.publish(
            Edition(day=make.DAY, papers=(make.ranked(),)), make.issue(), now=NOW
        )

    assert "published at 2026-08-15 09:00 UTC" in desk.read_desk(own, outlet, make.DAY).closed
    with pytest.raises(UsageError, match="cannot be edited any more"):
        save(own, Steering(subject="Late"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(note=st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_note_is_read_back_as_it_was_written(own: Settings, note: str) -> None:
    save(own, Steering(note=note, subject="So that there is a file"))

    assert read_steering(own.home, make.DAY).note == "\n".join(note.splitlines()).strip()
