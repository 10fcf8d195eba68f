"""An editor's file of a day."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import make
from newsletter.editing import read_steering, steering_path, write_blank
from newsletter.errors import UsageError
from newsletter.model import Steering


def read(home: Path, content: str | bytes) -> Steering:
    path = steering_path(home, make.DAY)
    path.parent.mkdir()
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_steering(home, make.DAY)


def test_without_a_file_nothing_is_settled(tmp_path: Path) -> None:
    assert read_steering(tmp_path, make.DAY) == Steering()


def test_a_file_says_all_there_is_to_say(tmp_path: Path) -> None:
    content = '''\ufeffnote = """
Good *morning*.

Two lines.
"""
subject = "Today"
lead = "2608.00001"
pin = ["2608.00002"]
skip = ["2608.00003"]
'''
    assert read(tmp_path, content) == Steering(
        note="Good *morning*.\n\nTwo lines.",
        subject="Today",
        lead="2608.00001",
        pin=("2608.00002",),
        skip=("2608.00003",),
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('note = "a"\nlead', r"is not valid TOML: .*"),
        ('note = "a"\npins = []', r"line 2: pins: unknown key; did you mean pin\?"),
        ("[day]\n", r"day: unknown key; did you mean .*skip\?"),
        ("lead = 2608.12345", r"line 1: lead: .*string"),
        ('pin = "2608.12345"', r"line 1: pin: .*list"),
        ("pin = [2608.12345]", r"line 1: pin: .*string"),
        ('subject = "a\\r\\nBcc: all"', r"line 1: subject: must be one line"),
        (f'subject = "{"a" * 201}"', r"line 1: subject: .*200"),
        (f'note = "{"a" * 5001}"', r"line 1: note: .*5000"),
        (b'note = "\xff"', r"cannot be read"),
    ],
)
def test_a_wrong_file_is_told_by_name_line_and_key(
    tmp_path: Path, content: str | bytes, words: str
) -> None:
    with pytest.raises(UsageError, match=rf"2026-08-14\.toml.*{words}") as caught:
        read(tmp_path, content)
    assert caught.value.exit_code == 2


def test_a_blank_file_settles_nothing_and_names_the_papers(tmp_path: Path) -> None:
    path = steering_path(tmp_path, make.DAY)
    hostile = make.paper("2608.00009", title='""" lead = "x"', upvotes=None)

    written = write_blank(path, make.DAY, [make.paper("2608.00001"), hostile])

    assert path.read_text() == written
    assert "# 2608.00001    ▲ 10  Paper 2608.00001\n" in written
    assert tomllib.loads(written).keys() == {"note", "subject", "lead", "pin", "skip"}
    assert read_steering(tmp_path, make.DAY) == Steering()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "editions").write_text("a file")

    with pytest.raises(UsageError, match=r"2026-08-14\.toml cannot be written"):
        write_blank(steering_path(tmp_path, make.DAY), make.DAY, [])
