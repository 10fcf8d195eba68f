"""An editor at work: a file of the day, what it changes, and when it is too late."""

from __future__ import annotations

import mailbox
import shlex
import sys
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from commands import Newsletter
from newsletter.store import open_store

DAY = "2026-08-14"


def write(home: Path, text: str) -> Path:
    path = home / "editions" / f"{DAY}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def ranking(newsletter: Newsletter) -> list[str]:
    return [one["id"] for one in newsletter("rank", "--json").json]


def mail(home: Path) -> EmailMessage:
    box = mailbox.Maildir(home / "var" / "sandbox" / "mail")
    import email

    message = email.message_from_bytes(box.get_bytes(next(iter(box.keys()))), policy=default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.fixture
def editor(home: Path, environment: dict[str, str]) -> Path:
    """An editor that replaces the text of the file by what lies in `typed`; none: no change."""
    script = home / "editor.py"
    script.write_text(
        "import sys, pathlib\n"
        f"typed = pathlib.Path({str(home / 'typed')!r})\n"
        "typed.exists() and pathlib.Path(sys.argv[1]).write_text(typed.read_text())\n"
    )
    environment["VISUAL"] = f"'{sys.executable}' '{script}'"
    return home / "typed"


def test_lead_pins_skips_note_and_subject_reach_the_reader(
    newsletter: Newsletter, home: Path
) -> None:
    first, second, third, *_, last = ranking(newsletter)
    write(
        home,
        f'note = "Hello from **us**."\nsubject = "Our picks"\n'
        f'lead = "{last}"\npin = ["https://arxiv.org/abs/{third}v2"]\nskip = ["{first}"]\n',
    )

    newsletter("send", "--quiet")

    message = mail(home)
    assert message["Subject"] == "Our picks"
    html = message.get_body(("html",))
    assert html is not None
    content = html.get_content()
    assert "<strong>us</strong>" in content
    places = [content.index(f"papers/{paper}") for paper in (last, third, second)]
    assert places == sorted(places)
    assert first not in content
    assert "picked by the editor" in content
    verdict = newsletter("papers", "show", first, "--date", DAY, "--json").json["verdict"]
    assert verdict[0] == "not chosen: left out by the editor"


def test_a_paper_that_is_not_there_is_exit_2_and_nothing_is_sent(
    newsletter: Newsletter, home: Path
) -> None:
    path = write(home, 'pin = ["2608.99999"]')

    ran = newsletter("send")

    assert ran.code == 2
    assert f"{path}: pin: there is no paper 2608.99999" in ran.err
    assert newsletter("status", "--json").json == []


@pytest.mark.parametrize("command", ["send", "rank"])
def test_what_was_loaded_is_recorded_though_the_editor_s_file_is_wrong(
    newsletter: Newsletter, home: Path, command: str
) -> None:
    (home / "var" / "sandbox").mkdir(parents=True)
    open_store(f"sqlite:///{home / 'var' / 'sandbox' / 'newsletter.db'}").close()
    write(home, 'skip = ["2608.99999"]')

    assert newsletter(command).code == 2

    (paper,) = newsletter("papers", "list", "--limit", "1", "--json").json
    assert paper["upvotes"] is not None


def test_edit_opens_a_file_with_the_days_papers_and_checks_it(
    newsletter: Newsletter, home: Path, editor: Path
) -> None:
    best = ranking(newsletter)
    editor.write_text(f'note = "Hi"\nlead = "{best[3]}"\n')

    ran = newsletter("edit")

    assert ran.code == 0
    assert "25 papers of 2026-08-14, led by" in ran.out
    assert "with a note" in ran.out
    assert ranking(newsletter)[0] == best[3]


def test_edit_leaves_no_file_that_nobody_wrote_into(
    newsletter: Newsletter, home: Path, editor: Path
) -> None:
    assert newsletter("edit").out == "Nothing was changed.\n"
    assert list((home / "editions").iterdir()) == []


def test_edit_names_what_is_wrong_and_keeps_what_was_written(
    newsletter: Newsletter, home: Path, editor: Path
) -> None:
    editor.write_text('skip = ["2608.99999"]\n')

    ran = newsletter("edit")

    assert ran.code == 2
    assert "skip: there is no paper 2608.99999" in ran.err
    assert (home / "editions" / f"{DAY}.toml").read_text() == editor.read_text()


def test_edit_takes_a_deleted_file_for_no_change(newsletter: Newsletter, home: Path) -> None:
    assert newsletter("edit", env={"VISUAL": "rm"}).out == "Nothing was changed.\n"
    assert list((home / "editions").iterdir()) == []


def test_edit_keeps_what_was_saved_in_another_encoding_and_says_so(
    newsletter: Newsletter, home: Path
) -> None:
    latin = "import sys; open(sys.argv[1], 'wb').write('note = \"Grüße\"'.encode('latin-1'))"

    ran = newsletter("edit", env={"VISUAL": shlex.join([sys.executable, "-c", latin])})

    assert ran.code == 2
    assert f"{DAY}.toml cannot be read: 'utf-8' codec" in ran.err
    assert b"\xfc" in (home / "editions" / f"{DAY}.toml").read_bytes()


@pytest.mark.parametrize(
    ("command", "words"),
    [("", "Set VISUAL or EDITOR"), ("no-such-editor", "cannot be run"), ("false", "exit code 1")],
)
def test_edit_without_an_editor_says_so(
    newsletter: Newsletter, home: Path, command: str, words: str
) -> None:
    ran = newsletter("edit", env={"VISUAL": command, "EDITOR": ""})

    assert (ran.code, words in ran.err) == (2, True)
    assert not list(home.glob("editions/*"))


def test_a_published_day_refuses_edits_and_says_why(
    newsletter: Newsletter, home: Path, editor: Path
) -> None:
    newsletter("send", "--quiet")
    editor.write_text('note = "too late"')

    ran = newsletter("edit")

    assert ran.code == 2
    assert "The edition of 2026-08-14 was published at" in ran.err
    assert not (home / "editions").exists()


@pytest.mark.parametrize("content", ['note = "too late"', "note ="])
def test_a_file_written_after_the_day_was_published_is_told_of_and_changes_nothing(
    newsletter: Newsletter, home: Path, content: str
) -> None:
    newsletter("send", "--quiet")
    path = write(home, content)

    ran = newsletter("send")

    assert ran.code == 0
    assert f"warning: {path}" in ran.err
    assert ran.out.startswith("Already sent")


def test_a_file_that_was_published_with_is_not_told_of(newsletter: Newsletter, home: Path) -> None:
    write(home, f'pin = ["https://arxiv.org/abs/{ranking(newsletter)[2]}"]')
    newsletter("send", "--quiet")

    assert newsletter("send").err == ""


def test_weights_and_limits_of_config_toml_move_papers_and_are_explained(
    newsletter: Newsletter, home: Path
) -> None:
    config = home / "config.toml"
    weights = {
        "keywords = {}": 'keywords = { "agent" = 9 }',
        "comments = 0.0": "comments = 0.5",
        "per_organization = 0": "per_organization = 1",
    }
    text = config.read_text()
    for old, new in weights.items():
        assert old in text
        text = text.replace(old, new)
    config.write_text(text)

    ranked = newsletter("rank", "--json").json

    assert ranked[0]["parts"]["keyword agent"] == 9
    assert "keyword agent" in ranked[0]["why"]
    assert any("comments" in one["why"] for one in ranked)
    assert any("stand above it" in one["reason"] for one in ranked)
    explained = newsletter("rank", "--explain", env={"COLUMNS": "300"}).out
    assert "keyword agent" in explained
    assert "+9.00" in explained
    assert "stand above it" in explained
