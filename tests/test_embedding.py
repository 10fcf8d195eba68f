"""A logo of one's own travels with the mail; a browser shows the issue as it is."""

from __future__ import annotations

import email
from base64 import b64decode
from email import policy
from typing import Any

import make
from newsletter.embedding import Picture, detach
from newsletter.message import compose, prepare
from newsletter.model import Card, Issue, Literal, Slot

#: 1 × 1 pixel.
DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)
SHOWN = f'<h1><img alt="L" src="data:image/png;base64,{DOT}" width="9"></h1>'


def read(issue: Issue) -> Any:
    message = compose(prepare(issue), make.claimed(), "token")
    return email.message_from_bytes(message.head + message.body, policy=policy.SMTP)


def test_a_picture_becomes_a_part_that_the_html_names() -> None:
    parsed = read(make.issue(html=(Literal(SHOWN), Slot("unsubscribe_url"))))

    text, related = parsed.iter_parts()
    html, picture = related.iter_parts()
    assert text.get_content_type() == "text/plain"
    assert related.get_content_type() == "multipart/related"
    assert related.get_param("type") == "text/html"
    assert picture.get_content_type() == "image/png"
    assert picture.get_content() == b64decode(DOT)
    assert picture.get_content_disposition() == "inline"
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in html.get_content()
    assert "data:" not in html.get_content()


def test_the_same_picture_is_sent_once() -> None:
    html, pictures = detach((Literal(SHOWN), Literal(SHOWN)), "example.org")

    assert pictures == (Picture("image/png", DOT),)
    assert html[0] == html[1]
    assert f"cid:{pictures[0].name}@example.org" in repr(html)


def test_every_line_stays_short_and_seven_bit() -> None:
    large = Literal(SHOWN.replace(DOT, "QUJD" * 20_000))

    body = compose(prepare(make.issue(html=(large,))), make.claimed(), "token").body

    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert body.isascii()
    assert not [line for line in body.split(b"\r\n") if line.startswith(b".")]


def test_a_mail_without_pictures_is_as_it_was() -> None:
    assert [part.get_content_type() for part in read(make.issue()).iter_parts()] == [
        "text/plain",
        "text/html",
    ]


def test_what_a_paper_writes_is_no_picture() -> None:
    written = f'&lt;img src="data:image/png;base64,{DOT}"'
    segments = (Literal(f"<p>{written}</p>"), Card("k", "full", (Literal(SHOWN),)))

    assert detach(segments, "example.org") == (segments, ())
