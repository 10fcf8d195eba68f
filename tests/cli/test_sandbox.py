"""The first minutes: a sandbox where a send is real and nothing leaves the machine."""

from __future__ import annotations

import mailbox
from pathlib import Path

from commands import Newsletter
from newsletter.model import Status

NINE = {str(status) for status in Status}


def mail(home: Path) -> list[mailbox.MaildirMessage]:
    return list(mailbox.Maildir(home / "var" / "sandbox" / "mail"))


def test_the_first_send_needs_nothing_and_says_where_the_mail_is(
    newsletter: Newsletter, home: Path
) -> None:
    ran = newsletter("send")

    assert ran.code == 0
    assert "nothing left this machine" in ran.out
    assert str(home / "var" / "sandbox" / "mail") in ran.out
    assert len(mail(home)) == 5
    assert not (home / "var" / "newsletter.db").exists()


def test_send_json_has_what_the_contract_says(newsletter: Newsletter) -> None:
    report = newsletter("send", "--json").json

    assert report.keys() >= NINE | {"day", "papers", "audience", "seconds", "totals"}
    assert report["day"] == "2026-08-14"
    assert (report["audience"], report["sent"], report["papers"]) == (5, 5, 25)
    assert set(report["totals"]) == NINE
    assert sum(report["totals"].values()) == 5


def test_a_second_send_sends_nothing_and_says_so(newsletter: Newsletter, home: Path) -> None:
    newsletter("send")

    again = newsletter("send")

    assert again.code == 0
    assert again.out.startswith("Already sent")
    assert len(mail(home)) == 5
    report = newsletter("send", "--json").json
    assert (report["sent"], report["totals"]["sent"]) == (0, 5)


def test_quiet_says_nothing_when_all_is_well(newsletter: Newsletter) -> None:
    ran = newsletter("send", "--quiet")

    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_a_dry_run_leaves_nothing_behind(newsletter: Newsletter, home: Path) -> None:
    ran = newsletter("send", "--dry-run")

    assert ran.code == 0
    assert "25 papers of 2026-08-14 would go to 5 readers" in ran.out
    assert not (home / "var").exists()
    newsletter("send")
    assert "was published before" in newsletter("send", "--dry-run").out


def test_a_test_send_is_recorded_nowhere(newsletter: Newsletter, home: Path) -> None:
    ran = newsletter("send", "--to", "Me@Example.ORG")

    assert ran.code == 0
    assert [message["To"] for message in mail(home)] == ["Me@example.org"]
    assert not list(home.rglob("*.db"))
    assert newsletter("status", "--json").json == []


def test_status_and_deliveries_tell_who_got_it(newsletter: Newsletter) -> None:
    newsletter("send")

    (edition,) = newsletter("status", "--json").json
    deliveries = newsletter("deliveries", "--json").json

    assert edition.keys() >= NINE | {"day", "papers", "audience"}
    assert edition["sent"] == 5
    assert {one["status"] for one in deliveries} == {"sent"}
    assert all(
        one.keys() >= {"address", "status", "attempts", "reply", "due_at"} for one in deliveries
    )
    assert newsletter("deliveries", "--status", "failed", "--json").json == []
    assert "25" in newsletter("status").out


def test_a_past_day_can_be_sent_and_no_paper_comes_twice(newsletter: Newsletter) -> None:
    newsletter("send", "--date", "2026-08-13")
    newsletter("send", "--date", "2026-08-14")

    first, second = (
        {one["id"] for one in newsletter("rank", "--date", day, "--json").json[:25]}
        for day in ("2026-08-13", "2026-08-14")
    )

    assert len(first) == 25
    assert not first & second


def test_rank_json_has_what_the_contract_says(newsletter: Newsletter) -> None:
    ranked = newsletter("rank", "--json").json

    assert len(ranked) > 25
    assert all(
        one.keys() >= {"id", "title", "score", "parts", "upvotes", "listed_on"} for one in ranked
    )
    assert all(abs(sum(one["parts"].values()) - one["score"]) < 1e-9 for one in ranked)


def test_rank_explains_in_words(newsletter: Newsletter) -> None:
    ran = newsletter("rank", "--explain")

    assert ran.code == 0
    assert "upvotes in" in ran.out
    assert "Friday, 14 August 2026" in ran.out


def test_render_writes_the_three_files(newsletter: Newsletter, home: Path) -> None:
    ran = newsletter("render", "--output", "out")

    written = {path.name: path.read_bytes() for path in (home / "out").iterdir()}
    assert set(written) == {"newsletter.html", "newsletter.txt", "newsletter.eml"}
    assert written["newsletter.html"].startswith(b"<!DOCTYPE html")
    assert b"List-Unsubscribe" in written["newsletter.eml"]
    assert all(name in ran.out for name in written)


def test_init_refuses_a_folder_that_has_one(newsletter: Newsletter, home: Path) -> None:
    before = (home / "config.toml").read_bytes()
    (home / "config.toml").write_bytes(b"# mine\n" + before)

    ran = newsletter("init", home)

    assert ran.code == 2
    assert "already has config.toml and templates and data" in ran.err
    assert (home / "config.toml").read_bytes().startswith(b"# mine")


def test_the_sandbox_has_its_own_readers(newsletter: Newsletter) -> None:
    newsletter("subscribers", "add", "real@example.org")

    newsletter("send")

    delivered = {one["address"] for one in newsletter("deliveries", "--json").json}
    assert "real@example.org" not in delivered
    assert len(delivered) == 5
    listed = newsletter("subscribers", "list", "--json").json
    assert [one["address"] for one in listed] == ["real@example.org"]
