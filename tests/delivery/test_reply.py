"""Reading the relay's words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.delivery.reply import read_reply
from newsletter.model import Reply, Stage


@pytest.mark.parametrize(
    ("code", "text", "enhanced", "said"),
    [
        (250, "2.0.0 Ok: queued as 4QX", "2.0.0", "Ok: queued as 4QX"),
        (250, "Ok", "", "Ok"),
        (550, "5.1.1", "5.1.1", ""),
        (550, "5.1.1 no such user\n5.1.1 try another", "5.1.1", "no such user try another"),
        (550, "no such user\nreally", "", "no such user really"),
        (550, "5.1.10 null mx", "5.1.10", "null mx"),
        (550, "192.0.2.1 is blocked", "", "192.0.2.1 is blocked"),
        (250, "2.1.50k", "", "2.1.50k"),
    ],
)
def test_the_enhanced_code_is_told_from_the_text(
    code: int, text: str, enhanced: str, said: str
) -> None:
    expected = Reply(stage=Stage.RCPT, code=code, enhanced=enhanced, text=said)

    assert read_reply(Stage.RCPT, code, text) == expected


def test_an_enhanced_code_of_another_class_means_nothing() -> None:
    assert read_reply(Stage.RCPT, 450, "5.1.1 not really").enhanced == ""


@given(st.text())
def test_whatever_a_relay_says_can_be_stored_on_one_line(text: str) -> None:
    said = read_reply(Stage.DOT, 250, text).text

    assert said.isprintable()
    assert len(said.encode("utf-8")) <= 4 * 500


def test_bytes_that_are_no_text_are_kept_as_far_as_they_go() -> None:
    text = b"caf\xe9 \xff".decode("utf-8", "surrogateescape")

    assert read_reply(Stage.DOT, 250, text).text == "caf� �"
