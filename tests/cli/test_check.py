"""`newsletter check`, and what it stops."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import Newsletter


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def lose_the_link(home: Path) -> None:
    """Break the newsletter's own templates: nobody could leave."""
    for path in (home / "templates").rglob("*.mjml"):
        path.write_text(path.read_text().replace("{{ unsubscribe_url }}", "https://a.example"))


def test_the_shipped_newsletter_passes_and_nothing_is_left_behind(
    newsletter: Newsletter, home: Path
) -> None:
    ran = newsletter("check")

    assert ran.code == 0
    assert "before Gmail clips" in ran.out
    assert "would stop" not in ran.out.replace("nothing that would stop", "")
    assert not (home / "var").exists()


def test_json_is_one_object_and_counts_what_it_lists(newsletter: Newsletter) -> None:
    report = newsletter("check", "--date", "2026-08-13", "--json").json

    assert report["day"] == "2026-08-13"
    assert report["stops"] == 0
    assert 0 < report["size"]["html"] < 102_400
    levels = [finding["level"] for finding in report["findings"]]
    assert levels.count("warning") == report["warnings"]
    assert {"check", "what", "do", "where"} <= report["findings"][0].keys()


def test_a_stopper_is_exit_2_and_says_where_and_what_to_do(
    newsletter: Newsletter, home: Path
) -> None:
    lose_the_link(home)

    ran = newsletter("check")

    assert ran.code == 2
    assert "No link to unsubscribe" in ran.out
    assert "→ Print <a href=" in ran.out
    assert newsletter("check", "--json").json["stops"] == 1


def test_a_page_to_leave_at_that_nobody_serves_is_warned_of(newsletter: Newsletter) -> None:
    public = {"NEWSLETTER_NEWSLETTER__PUBLIC_URL": "https://papers.example.org"}

    told = newsletter("check", "--json", env=public).json
    sent = newsletter("send", env=public)

    (warning,) = (one for one in told["findings"] if one["check"] == "unsubscribe")
    assert warning["level"] == "warning"
    assert "https://papers.example.org/unsubscribe/" in warning["what"]
    assert "warnings about the email: newsletter check" in sent.out
    quiet = newsletter("check", "--json").json["findings"]
    assert not [one for one in quiet if one["check"] == "unsubscribe"]


def test_send_publishes_nothing_that_a_check_stops(newsletter: Newsletter, home: Path) -> None:
    lose_the_link(home)

    ran = newsletter("send")

    assert ran.code == 2
    assert ran.err.startswith("newsletter: Nothing was published")
    assert "No link to unsubscribe" in ran.err
    assert newsletter("status", "--json").json == []
    assert newsletter("send", "--dry-run").code == 2


def test_force_sends_it_all_the_same_and_says_so(newsletter: Newsletter, home: Path) -> None:
    lose_the_link(home)

    ran = newsletter("send", "--force")

    assert ran.code == 0
    assert "1 that should have stopped it" in ran.out
    assert newsletter("status", "--json").json[0]["sent"] == 5
    assert newsletter("send").code == 0


@pytest.mark.parametrize("force", [False, True])
def test_a_slot_that_nothing_fills_stops_and_forced_stays_empty(
    newsletter: Newsletter, home: Path, force: bool
) -> None:
    """The rank of a card has no value outside of its card."""
    for suffix in ("mjml", "txt"):
        path = home / "templates" / f"digest.{suffix}"
        path.write_text("{% set first = cards[0].rank %}" + path.read_text())
    edit(
        home / "templates" / "parts" / "foot.txt",
        "{{ unsubscribe_url }}",
        "{{ unsubscribe_url }} {{ first }}",
    )

    ran = newsletter("send", *(["--force"] if force else []))

    assert ran.code == (0 if force else 2)
    assert force or "slot 'rank'" in ran.err
    assert newsletter("check").code == 2


def test_a_warning_stops_nothing_and_is_counted(newsletter: Newsletter, home: Path) -> None:
    edit(
        home / "templates" / "digest.mjml", "</mj-body>", "<mj-raw><h5>Deep</h5></mj-raw></mj-body>"
    )

    report = newsletter("send", "--json").json

    assert report["findings"]["warning"] >= 1
    assert report["findings"]["stop"] == 0
    assert report["sent"] == 5


def test_a_template_that_cannot_be_rendered_is_a_finding(
    newsletter: Newsletter, home: Path
) -> None:
    edit(home / "templates" / "digest.mjml", "</mj-body>", "</mj-boddy>")

    ran = newsletter("check", "--json")

    assert ran.code == 2
    assert ran.json["findings"][0]["check"] == "mjml"
    place = ran.json["findings"][0]["where"][0]
    assert place["file"] == str(home / "templates" / "digest.mjml")
    assert place["line"] > 1


def test_a_quiet_day_has_nothing_to_check(newsletter: Newsletter) -> None:
    ran = newsletter("check", "--date", "2026-01-01")

    assert (ran.code, ran.out.startswith("Nothing to check for 2026-01-01")) == (0, True)


def test_a_file_of_html_can_be_checked(newsletter: Newsletter, home: Path) -> None:
    newsletter("render", "--output", "out")

    ran = newsletter("check", "out/newsletter.html")
    missing = newsletter("check", "out/nothing.html")
    (home / "bare.html").write_text("<h3>Hello</h3>")
    bare = newsletter("check", "bare.html", "--json")

    assert ran.code == 0
    assert (missing.code, "nothing.html cannot be read" in missing.err) == (2, True)
    assert bare.code == 2
    assert json.loads(bare.out)["day"] is None


def test_a_test_send_goes_out_whatever_the_checks_say(newsletter: Newsletter, home: Path) -> None:
    """It is for looking at, goes to the operator alone, and is recorded nowhere."""
    lose_the_link(home)

    assert newsletter("send", "--to", "me@example.org").code == 0
