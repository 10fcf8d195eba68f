"""The sandbox's inbox: newest first, a page at a time, each mail as it would be seen."""

from __future__ import annotations

import base64
import smtplib
from email.message import EmailMessage
from pathlib import Path

import pytest

import make
from newsletter.delivery.sandbox import sandbox
from newsletter.errors import UsageError
from newsletter.message import compose, prepare
from newsletter.model import Literal
from newsletter.trial.inbox import read_mail, read_sheet

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\nnot much").decode()


def put(maildir: Path, name: str, content: bytes, folder: str = "new") -> None:
    path = maildir / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_mail_kept_by_the_sandbox_is_listed_and_opened(tmp_path: Path) -> None:
    picture = f'<p>Hello</p><img src="data:image/png;base64,{PNG}" alt="Logo">'
    issue = make.issue(html=(Literal(picture),), subject="Größere Bühne für Papiere")
    message = compose(prepare(issue), make.claimed(), "token")
    with sandbox(tmp_path) as (host, port), smtplib.SMTP(host, port) as relay:
        relay.sendmail(message.sender, message.recipient, message.head + message.body)

    sheet = read_sheet(tmp_path, 1)
    (kept,) = sheet.mails
    mail = read_mail(tmp_path, kept.key)

    assert (sheet.number, sheet.count, sheet.total) == (1, 1, 1)
    assert (kept.to, kept.subject) == ("ada@example.org", "Größere Bühne für Papiere")
    assert mail.html is not None
    assert f'src="data:image/png;base64,{PNG}"' in mail.html
    assert mail.text is not None
    assert mail.text.startswith("Hello")
    assert mail.raw == message.head + message.body
    assert dict(mail.headers)["List-Id"] == "<papers.example.org>"
    assert mail.get("subject") == "Größere Bühne für Papiere"


def test_newest_first_a_page_at_a_time_and_the_last_page_for_one_too_far(tmp_path: Path) -> None:
    for number in range(120):
        put(
            tmp_path, f"{1_780_000_000_000_000_000 + number}.x.sandbox", b"Subject: %d\n\n" % number
        )

    first, last = read_sheet(tmp_path, 1), read_sheet(tmp_path, 99)

    assert [mail.subject for mail in first.mails[:2]] == ["119", "118"]
    assert (len(first.mails), first.count, first.total) == (50, 3, 120)
    assert (last.number, last.mails[-1].subject) == (3, "0")


def test_mail_that_another_program_moved_or_wrote_is_there_too(tmp_path: Path) -> None:
    put(tmp_path, "1780000000.M1.host:2,S", b"Subject: seconds\n\n", folder="cur")
    put(tmp_path, "1780000001000000000.x.sandbox", b"Subject: nanoseconds\n\n")
    put(tmp_path, "README", b"no mail")

    mails = read_sheet(tmp_path, 1).mails

    assert [mail.subject for mail in mails] == ["nanoseconds", "seconds"]
    assert read_mail(tmp_path, mails[1].key).get("Subject") == "seconds"
    assert mails[1].kept_at.year == 2026


def test_no_mail_yet_is_an_empty_page(tmp_path: Path) -> None:
    sheet = read_sheet(tmp_path / "none", 1)

    assert (sheet.mails, sheet.number, sheet.count) == ((), 1, 1)


@pytest.mark.parametrize("key", ["../../etc/passwd", "", "*", "1780000000", "new/x", "\x00"])
def test_a_key_that_is_none_opens_nothing(tmp_path: Path, key: str) -> None:
    put(tmp_path, "1780000000000000000.x.sandbox", b"Subject: x\n\n")

    with pytest.raises(UsageError, match="no such mail"):
        read_mail(tmp_path, key)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"Subject: =?utf-8?b?%%%?=\r\nTo: \xff\xff\r\n\r\n\xff",
        b"Content-Type: text/html; charset=no-such\r\n\r\n<p>\xc3\xa9",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n",
        b"To: j\xc3\xb6rg@example.org\r\nSubject: \xc3\xa4\r\n\r\nhello",
        b"Message-ID: <<>\r\nDate: never\r\nFrom: ,,;@\r\n\r\n",
    ],
)
def test_a_mail_of_any_bytes_can_be_listed_and_opened(tmp_path: Path, raw: bytes) -> None:
    put(tmp_path, "1780000000000000000.x.sandbox", raw)

    (kept,) = read_sheet(tmp_path, 1).mails
    mail = read_mail(tmp_path, kept.key)

    assert mail.raw == raw
    assert "".join([kept.to, kept.subject, mail.html or "", mail.text or ""]).encode() is not None


def test_addresses_beyond_ascii_read_as_they_were_written(tmp_path: Path) -> None:
    put(tmp_path, "1780000000000000000.x.sandbox", "To: jörg@bücher.example\r\n\r\n".encode())

    assert read_sheet(tmp_path, 1).mails[0].to == "jörg@bücher.example"


def test_a_picture_that_the_mail_does_not_hold_stays_named(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail.set_content('<img src="cid:gone@x"><img src="cid:page@x">', subtype="html")
    mail.add_related(b"<script>", "text", "html", cid="<page@x>")
    put(tmp_path, "1780000000000000000.x.sandbox", mail.as_bytes())

    html = read_mail(tmp_path, "1780000000000000000.x.sandbox").html

    assert html is not None
    assert "data:" not in html
