"""The bytes of a message, held against the RFCs as raw bytes: parsing back hides faults."""

from __future__ import annotations

import email
import quopri
import re
from dataclasses import replace
from datetime import date
from email import policy
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import make
from newsletter.message import (
    compose,
    encode,
    escape_html,
    fill,
    message_id,
    prepare,
    unsubscribe_links,
)
from newsletter.model import Card, Issue, Literal, Slot
from newsletter.tokens import Tokens

TOKEN = Tokens(["a-secret"], "unsubscribe").sign(7)
WEB = replace(make.LETTERHEAD, public_url="https://papers.example.org")
texts = st.text(st.characters(exclude_categories=["Cs"]))


def raw(issue: Issue, **reader: Any) -> bytes:
    message = compose(prepare(issue), make.claimed(**reader), TOKEN)
    return message.head + message.body


def parsed(issue: Issue, **reader: Any) -> Any:
    return email.message_from_bytes(raw(issue, **reader), policy=policy.SMTP)


def normal(text: str) -> str:
    return re.sub(r"\r\n?|\n", "\r\n", text)


@given(texts)
@example("." * 100)
@example("a\n.\n..b\n")
@example("x" * 75 + ".y")
@example("trailing blank \nand tab\t")
def test_encoding_gives_the_text_back(text: str) -> None:
    assert quopri.decodestring(encode(text)).decode() == normal(text)


@given(st.lists(texts))
def test_pieces_may_be_joined_in_any_order(pieces: list[str]) -> None:
    joined = b"".join(encode(piece) for piece in pieces)

    assert quopri.decodestring(joined).decode() == "".join(normal(piece) for piece in pieces)


@given(st.lists(texts))
def test_every_line_is_short_ends_in_crlf_and_never_begins_with_a_dot(pieces: list[str]) -> None:
    joined = b"".join(encode(piece) for piece in pieces)

    *lines, rest = joined.split(b"\r\n")
    assert rest == b""
    assert all(len(line) <= 76 for line in lines)
    assert not any(line.startswith(b".") for line in lines)
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", joined)
    assert joined.isascii()


def test_a_message_carries_the_headers_of_a_list() -> None:
    head = compose(prepare(make.issue(letterhead=WEB)), make.claimed(), TOKEN).head.decode()

    assert "To: ada@example.org\r\n" in head
    assert "From: Daily Papers <papers@example.org>\r\n" in head
    assert "Subject: Three papers\r\n" in head
    assert "Date: Fri, 14 Aug 2026 08:00:00 +0000\r\n" in head
    assert "List-Id: <papers.example.org>\r\n" in head
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in head
    assert "Feedback-ID: 20260814:papers.example.org:newsletter:example.org\r\n" in head
    assert "Precedence: bulk\r\n" in head
    assert "Auto-Submitted: auto-generated\r\n" in head
    assert "MIME-Version: 1.0\r\n" in head
    assert head.endswith("\r\n\r\n")
    assert head.count("\r\n\r\n") == 1


def test_a_long_unsubscribe_link_stays_readable_to_mail_programs() -> None:
    far = replace(WEB, public_url="https://" + "very-long-name." * 12 + "example.org")

    head = compose(prepare(make.issue(letterhead=far)), make.claimed(), TOKEN).head

    link = f"<{far.public_url}/unsubscribe/{TOKEN}>".encode()
    assert b"List-Unsubscribe: " + link in head
    assert b"=?" not in head


def test_without_a_web_page_one_leaves_by_mail_and_no_one_click_is_claimed() -> None:
    head = compose(prepare(make.issue()), make.claimed(), TOKEN).head.decode()

    by_mail = f"List-Unsubscribe: <mailto:papers@example.org?subject=unsubscribe%20{TOKEN}>\r\n"
    assert by_mail in head
    assert "List-Unsubscribe-Post" not in head


def test_one_click_is_claimed_only_over_https() -> None:
    plain = replace(WEB, public_url="http://papers.example.org")

    assert b"List-Unsubscribe-Post" not in raw(make.issue(letterhead=plain))


def test_leaving_by_mail_goes_to_where_replies_go() -> None:
    letter = replace(make.LETTERHEAD, reply_to="editor+papers@example.org")

    assert unsubscribe_links(letter, "t") == (
        "mailto:editor+papers@example.org?subject=unsubscribe%20t",
    )


def test_the_message_id_is_the_same_on_a_retry_and_differs_by_reader_and_day() -> None:
    issue = make.issue()

    assert message_id(issue, 7) == message_id(make.issue(subject="changed"), 7)
    others = {
        message_id(issue, 8),
        message_id(make.issue(day=date(2026, 8, 15)), 7),
        message_id(make.issue(salt="other"), 7),
    }
    assert len(others | {message_id(issue, 7)}) == 4
    assert message_id(issue, 7).endswith("@example.org>")


def test_a_retry_is_the_same_message_to_the_byte() -> None:
    assert raw(make.issue(), attempts=0) == raw(make.issue(), attempts=3, epoch=9)


@given(
    texts.filter(lambda text: not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", text)).filter(
        lambda text: text.strip() == text
    )
)
def test_any_subject_arrives_and_adds_no_header(subject: str) -> None:
    message = parsed(make.issue(subject=subject))

    assert re.sub(r"\s+", " ", message["Subject"]) == re.sub(r"\s+", " ", subject)
    assert set(message.keys()) == set(parsed(make.issue()).keys())


def test_a_sender_with_comma_and_umlaut_is_one_mailbox() -> None:
    letter = replace(make.LETTERHEAD, sender_name="Zoë, the Editor")

    sender = parsed(make.issue(letterhead=letter))["From"].addresses

    assert [(one.display_name, one.addr_spec) for one in sender] == [
        ("Zoë, the Editor", "papers@example.org")
    ]


def test_a_subject_that_would_break_the_header_is_refused_by_the_library() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        prepare(make.issue(subject="Hello\r\nBcc: eve@example.org"))


@given(texts, texts)
def test_a_readers_name_cannot_break_out_of_html_or_text(name: str, title: str) -> None:
    issue = make.issue(
        html=(Literal(f"<p>{escape_html(title)}</p>"), Slot("name")),
        text=(Literal(title), Slot("name")),
    )

    plain, rich = parsed(issue, name=name).get_payload()

    assert rich.get_payload(decode=True).decode() == normal(
        f"<p>{escape_html(title)}</p>{escape_html(name)}"
    )
    assert plain.get_payload(decode=True).decode() == normal(title + name)


def test_cards_are_numbered_by_their_place() -> None:
    card = (Slot("rank"), Literal(". A paper\n"))
    text = (Card("a", "full", card), Card("b", "title", card))

    assert fill(text, {}, str) == "1. A paper\n2. A paper\n"
    body = parsed(make.issue(text=text)).get_payload(0).get_payload(decode=True)
    assert body == b"1. A paper\r\n2. A paper\r\n"


def test_a_slot_without_a_value_is_an_error_and_not_an_empty_place() -> None:
    with pytest.raises(KeyError, match="shoe_size"):
        compose(prepare(make.issue(html=(Slot("shoe_size"),))), make.claimed(), TOKEN)


@given(st.integers(1, 10**12), st.text(max_size=20))
def test_only_what_we_signed_is_believed(reader: int, noise: str) -> None:
    tokens = Tokens(["old", "new"], "unsubscribe")
    token = tokens.sign(reader)

    assert tokens.read(token) == reader
    assert Tokens(["old", "new", "newer"], "unsubscribe").read(token) == reader
    assert Tokens(["old", "new"], "confirm").read(token) is None
    assert Tokens(["other"], "unsubscribe").read(token) is None
    assert tokens.read(noise) is None
    assert tokens.read(f"{reader + 1}~{token.partition('~')[2]}") is None
    assert re.fullmatch(r"[\w~-]+", token)
