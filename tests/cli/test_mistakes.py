"""An operator's mistakes: one sentence, the right exit code, and nothing half-done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import Newsletter


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def nothing_was_published(newsletter: Newsletter) -> bool:
    return newsletter("status", "--json").json == []  # type: ignore[no-any-return]


def test_a_typo_in_config_toml_is_exit_2_with_a_suggestion(
    newsletter: Newsletter, home: Path
) -> None:
    edit(home / "config.toml", "window_days", "window_day")

    ran = newsletter("send")

    assert ran.code == 2
    assert "papers.window_day" in ran.err
    assert "did you mean window_days?" in ran.err
    assert not (home / "var").exists()


def test_a_config_that_is_not_there_is_exit_2(newsletter: Newsletter) -> None:
    ran = newsletter("--config", "other.toml", "send")

    assert (ran.code, "newsletter init DIR" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('[{"paper": {"id": "2608.1', "line 1"),
        ("1", "1"),
        ('{"error": "Internal Error"}', "Internal Error"),
        ("<!doctype html><title>Bad gateway</title>", "a web page"),
        ("", "empty"),
    ],
    ids=["truncated", "the number 1", "an error", "a web page", "empty"],
)
def test_a_failed_source_is_exit_69_and_no_quiet_day(
    newsletter: Newsletter, home: Path, content: str, words: str
) -> None:
    (home / "lists").mkdir()
    (home / "lists" / "2026-08-14_seen_20260814T0847Z.json").write_text(content)
    source = {"NEWSLETTER_PAPERS__SOURCE": "lists"}

    ran = newsletter("send", "--date", "2026-08-14", env=source)

    assert ran.code == 69
    assert newsletter("send", "--date", "2026-08-14", "--json", env=source).json["sent"] == 0
    assert "2026-08-14_seen_20260814T0847Z.json" in ran.err
    assert words in ran.err
    assert nothing_was_published(newsletter)


def test_an_empty_list_is_a_quiet_day(newsletter: Newsletter, home: Path) -> None:
    (home / "lists").mkdir()
    (home / "lists" / "2026-08-15_seen_20260815T0847Z.json").write_text("[]")
    source = {"NEWSLETTER_PAPERS__SOURCE": "lists"}

    ran = newsletter("send", "--date", "2026-08-15", env=source)

    assert ran.code == 0
    assert "Nothing to send for 2026-08-15: no papers were listed on 2026-08-15." in ran.out
    report = newsletter("send", "--date", "2026-08-15", "--json", env=source).json
    assert (report["papers"], report["audience"], report["sent"]) == (0, 0, 0)


def test_a_source_that_is_not_there_is_exit_69(newsletter: Newsletter) -> None:
    ran = newsletter("send", env={"NEWSLETTER_PAPERS__SOURCE": "nowhere"})

    assert ran.code == 69
    assert "nowhere" in ran.err


def test_a_bad_record_is_named_and_left_out_and_the_rest_goes_on(
    newsletter: Newsletter, home: Path
) -> None:
    file = next((home / "data" / "papers").glob("2026-08-14*"))
    items = json.loads(file.read_text())
    items[3] = 1
    items[5]["paper"]["upvotes"] = -4
    items[7]["title"] = items[7]["paper"]["title"] = None
    file.write_text(json.dumps(items))

    ran = newsletter("send")

    assert ran.code == 0
    assert f"{file.name}[3]" in ran.err
    assert f"{file.name}[5]" in ran.err
    assert "upvotes" in ran.err
    assert f"{file.name}[7]" in ran.err
    assert newsletter("send", "--json").json["totals"]["sent"] == 5


HOSTILE = [
    "<script>alert(1)</script>",
    "Hello\r\nBcc: eve@example.org",
    "{{ 7919 * 7907 }}{% include 'x' %}",
    "nul\x00, lone \ud800 and \u202eoverride",
    "long " * 1000,
]


def test_hostile_titles_are_sent_as_text(newsletter: Newsletter, home: Path) -> None:
    file = next((home / "data" / "papers").glob("2026-08-14*"))
    items = json.loads(file.read_text())
    for item, title in zip(items, HOSTILE, strict=False):
        item["title"] = item["paper"]["title"] = title
        item["paper"]["upvotes"] = 9000
        item["paper"]["authors"] = [{"name": f"Author {n}"} for n in range(3303)]
    file.write_text(json.dumps(items))

    ran = newsletter("render", "--output", "out")

    assert ran.code == 0, ran.err
    html = (home / "out" / "newsletter.html").read_text()
    head = (home / "out" / "newsletter.eml").read_bytes().partition(b"\r\n\r\n")[0]
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "7919 * 7907" in html
    assert "62615533" not in html
    assert b"\nBcc:" not in head
    assert "\u202e" not in html
    assert newsletter("send").code == 0


def test_a_missing_template_names_those_there_are(newsletter: Newsletter) -> None:
    ran = newsletter("send", env={"NEWSLETTER_BRAND__TEMPLATE": "digset"})

    assert ran.code == 2
    assert "digset" in ran.err
    assert "digest" in ran.err
    assert nothing_was_published(newsletter)


def test_a_broken_template_names_file_and_line_and_sends_nothing(
    newsletter: Newsletter, home: Path
) -> None:
    card = home / "templates" / "parts" / "card.mjml"
    lines = card.read_text().splitlines()
    card.write_text("\n".join([*lines[:2], "{{ paper.shoe_size }}", *lines[2:]]))

    ran = newsletter("send")

    assert ran.code == 2
    assert "card.mjml" in ran.err
    assert nothing_was_published(newsletter)


@pytest.mark.parametrize("date", ["14.8.2026", "2026-02-30", "today"])
def test_a_date_that_is_none_is_exit_2(newsletter: Newsletter, date: str) -> None:
    assert newsletter("send", "--date", date).code == 2


@pytest.mark.parametrize(
    "address", ["nobody", "a@b@c", "a b@example.org", "x@example.org\r\nBcc: e"]
)
def test_an_address_that_is_none_is_exit_2(newsletter: Newsletter, address: str) -> None:
    ran = newsletter("subscribers", "add", address)

    assert ran.code == 2
    assert ran.err.startswith("newsletter: ")


def test_a_reader_file_is_read_line_by_line_and_every_refusal_named(
    newsletter: Newsletter, home: Path
) -> None:
    (home / "readers.csv").write_bytes(
        "\ufeffName,E-Mail\r\n"
        '"Lovelace, Ada",ADA@Example.ORG\r\n'
        "Grace,grace+papers@example.org\r\n"
        "Jörg,joerg@münchen.example\r\n"
        "Nobody,not an address\r\n"
        '"Eve\r\nBcc: x",eve@example.org\r\n'
        "Ada again,ada@example.org\r\n".encode()
    )

    ran = newsletter("subscribers", "import", "readers.csv", "--json")

    readers = {
        one["address"]: one["name"] for one in newsletter("subscribers", "list", "--json").json
    }
    assert readers["ADA@example.org"] == "Lovelace, Ada"
    assert "grace+papers@example.org" in readers
    assert "joerg@xn--mnchen-3ya.example" in readers
    assert len([one for one in readers if one.lower() == "ada@example.org"]) == 1
    assert any("line 5" in line or ":5" in line for line in ran.json["refused"])
    assert not any("\n" in name for name in readers.values())


def test_latin_1_is_read_and_said(newsletter: Newsletter, home: Path) -> None:
    (home / "readers.csv").write_bytes("address,name\nzoe@example.org,Zoë\n".encode("latin-1"))

    ran = newsletter("subscribers", "import", "readers.csv")

    assert ran.code == 0
    assert "not UTF-8" in ran.err
    assert newsletter("subscribers", "list", "--json").json[0]["name"] == "Zoë"


def test_a_leaver_stays_away_whoever_adds_them(newsletter: Newsletter, home: Path) -> None:
    (home / "readers.csv").write_text("ada@example.org\ngrace@example.org\n")
    newsletter("subscribers", "import", "readers.csv")
    newsletter("subscribers", "remove", "ada@example.org")

    again = newsletter("subscribers", "import", "readers.csv", "--json").json

    assert again["added"] == 0
    assert again["left_and_removed"] == ["ada@example.org"]
    added = newsletter("subscribers", "add", "Ada@Example.org")
    assert "Not added, left and removed" in added.out
    listed = newsletter("subscribers", "list", "--json").json
    assert [one["address"] for one in listed] == ["grace@example.org"]


def test_export_is_read_back_by_import(newsletter: Newsletter, home: Path) -> None:
    newsletter("subscribers", "add", "ada@example.org", "--name", '=cmd|"x", Ada')
    newsletter("subscribers", "export", "out.csv")
    newsletter("subscribers", "remove", "ada@example.org")

    assert "=cmd" not in (home / "out.csv").read_text().replace("'=cmd", "")
    other = {"NEWSLETTER_STORE__URL": "sqlite:///other.db"}
    newsletter("subscribers", "import", "out.csv", env=other)
    assert newsletter("subscribers", "list", "--json", env=other).json[0]["name"] == '=cmd|"x", Ada'


def test_a_store_that_cannot_be_written_is_exit_75(newsletter: Newsletter, home: Path) -> None:
    (home / "var").write_text("a file where the folder should be")

    ran = newsletter("send")

    assert ran.code == 75
    assert str(home / "var") in ran.err


@pytest.mark.parametrize("command", [["render"], ["send", "--to", "you@example.org"]])
def test_a_slot_that_nothing_fills_is_exit_2(
    newsletter: Newsletter, home: Path, command: list[str]
) -> None:
    edit(home / "templates" / "digest.mjml", "<mj-table>", "<mj-table>{{ cards[0].rank }}")

    ran = newsletter(*command)

    assert ran.code == 2
    assert "Nothing fills the slot 'rank' of the HTML part" in ran.err
    assert not (home / "newsletter.html").exists()
    assert not list((home / "var").rglob("*.eml"))


def test_a_reader_who_is_not_there_is_exit_2(newsletter: Newsletter) -> None:
    ran = newsletter("subscribers", "show", "nobody@example.org")

    assert (ran.code, "nobody@example.org" in ran.err) == (2, True)


def test_a_reader_may_be_removed_twice(newsletter: Newsletter) -> None:
    newsletter("subscribers", "add", "ada@example.org")

    first, second = (newsletter("subscribers", "remove", "ada@example.org") for _ in range(2))

    assert (first.code, first.out) == (0, "Removed ada@example.org.\n")
    assert (second.code, second.out) == (0, "There is no reader ada@example.org.\n")


def test_a_name_given_by_hand_is_one_line(newsletter: Newsletter) -> None:
    newsletter("subscribers", "add", "eve@example.org", "--name", "Eve\r\nBcc: x@example.org")

    (reader,) = newsletter("subscribers", "list", "--json").json

    assert reader["name"] == "Eve Bcc: x@example.org"


def test_a_file_without_an_address_is_exit_2(newsletter: Newsletter, home: Path) -> None:
    (home / "readers.csv").write_text("Ada\nGrace\n")

    ran = newsletter("subscribers", "import", "readers.csv")

    assert ran.code == 2
    assert "holds no address" in ran.err
