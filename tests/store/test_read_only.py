"""A store that may not be written can be read, and reading leaves nothing beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import commands
import make
from newsletter.shipped import copy_shipped
from newsletter.store import open_store

#: Takes from root what no file mode holds back.
AS_ANYBODY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
READING = [
    ("status",),
    ("status", "--json"),
    ("deliveries",),
    ("subscribers", "list"),
    ("subscribers", "export"),
    ("subscribers", "show", "ada@example.org"),
    ("papers", "list"),
    ("rank", "--date", "2026-08-14"),
]
WORDS = "is read-only; give this user the right to write the file and its folder"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A newsletter with a reader; what a test takes from its modes is given back."""
    home = tmp_path / "100% #ours"
    copy_shipped(home)
    assert commands.run("subscribers", "add", "ada@example.org", home=home).code == 0
    yield home
    (home / "var").chmod(0o755)


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**commands.clean_environment(), "NEWSLETTER_SMTP__HOST": "127.0.0.1"}
    command = [sys.executable, "-m", "newsletter", *words]
    prefix = AS_ANYBODY if os.geteuid() == 0 else []
    return subprocess.run([*prefix, *command], cwd=home, env=env, capture_output=True, text=True)


def forbid(home: Path, *, file: bool, folder: bool) -> None:
    for path in (home / "var").iterdir():
        path.chmod(0o444 if file else 0o644)
    (home / "var").chmod(0o555 if folder else 0o755)


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_what_only_reads_needs_no_right_to_write(home: Path, words: tuple[str, ...]) -> None:
    forbid(home, file=True, folder=True)

    ran = run(home, *words)

    assert ran.returncode == 0, ran.stderr
    assert [path.name for path in (home / "var").iterdir()] == ["newsletter.db"]


def test_a_ranking_whose_votes_cannot_be_recorded_is_shown_and_says_so(home: Path) -> None:
    forbid(home, file=True, folder=True)

    ran = run(home, "rank", "--date", "2026-08-14")

    assert "25 of 69 papers" in ran.stdout
    assert ran.stderr.startswith("warning: What was seen is not recorded: the store")
    assert WORDS in ran.stderr


@pytest.mark.parametrize(("file", "folder"), [(True, False), (False, True)])
def test_one_of_file_and_folder_may_be_read_only(home: Path, file: bool, folder: bool) -> None:
    forbid(home, file=file, folder=folder)

    ran = run(home, "subscribers", "list", "--json")

    assert "ada@example.org" in ran.stdout
    assert [path.name for path in (home / "var").iterdir()] == ["newsletter.db"]


def test_what_another_program_is_writing_is_read(home: Path) -> None:
    with open_store(f"sqlite:///{home / 'var' / 'newsletter.db'}") as store:
        store.ledger.pause("for lunch", now=make.MORNING)
        forbid(home, file=True, folder=True)

        assert "for lunch" in run(home, "status").stdout


def test_what_was_cut_off_must_be_mended_by_one_who_may_write(home: Path) -> None:
    """A log without its index: SQLite reads it only where it can make another."""
    file = home / "var" / "newsletter.db"
    with open_store(f"sqlite:///{file}") as store:
        store.ledger.pause("for lunch", now=make.MORNING)
        log = file.with_name("newsletter.db-wal").read_bytes()
        state = file.read_bytes()
    file.write_bytes(state)
    file.with_name("newsletter.db-wal").write_bytes(log)
    forbid(home, file=True, folder=True)

    ran = run(home, "status")

    assert ran.returncode == 75
    assert str(file) in ran.stderr
    forbid(home, file=False, folder=False)
    assert "for lunch" in run(home, "status").stdout


@pytest.mark.parametrize(
    "words", [("subscribers", "add", "b@example.org"), ("retry",), ("pause",)], ids=" ".join
)
def test_what_writes_says_which_right_is_missing(home: Path, words: tuple[str, ...]) -> None:
    forbid(home, file=True, folder=True)

    ran = run(home, *words)

    assert ran.returncode == 75
    assert f"{home / 'var' / 'newsletter.db'} {WORDS}" in ran.stderr


@pytest.mark.parametrize("words", READING, ids=" ".join)
@pytest.mark.parametrize("sandbox", [(), ("--sandbox",)], ids=["", "sandbox"])
def test_reading_makes_no_store(
    tmp_path: Path, words: tuple[str, ...], sandbox: tuple[str, ...]
) -> None:
    copy_shipped(tmp_path)

    ran = commands.run(*words, *sandbox, home=tmp_path)

    assert ran.code == (2 if "show" in words else 0)
    assert not (tmp_path / "var").exists()
