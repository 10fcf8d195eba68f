"""Addresses as people write them and as they go on the wire."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.addresses import fold, normalize
from newsletter.errors import AddressError

words = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+_-", min_size=1)
addresses = st.builds("{}@{}.example".format, words.map(lambda w: w[:60]), st.just("host"))


@pytest.mark.parametrize(
    "address",
    [
        "reader@example.org",
        "reader@example.com",
        "reader@x.example",
        "reader@host.test",
        "reader@localhost",
        "reader@mail.local",
        "reader+papers@example.org",
        "o'brien@example.org",
        "jörg@example.org",
        "用户@example.org",
    ],
)
def test_a_good_address_stays_as_it_is(address: str) -> None:
    assert normalize(address) == address


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("  reader@example.org\n", "reader@example.org"),
        ("Reader@EXAMPLE.org", "Reader@example.org"),
        ("reader@bücher.example", "reader@xn--bcher-kva.example"),
        ("reader@BÜCHER.example", "reader@xn--bcher-kva.example"),
        ("reader@XN--BCHER-KVA.example", "reader@xn--bcher-kva.example"),
        ("reader@例え.jp", "reader@xn--r8jz45g.jp"),
        ("jo\u0308rg@example.org", "jörg@example.org"),
    ],
)
def test_spellings_of_one_address_become_one(written: str, sent: str) -> None:
    assert normalize(written) == sent


@pytest.mark.parametrize(
    "address",
    [
        "",
        "reader",
        "@example.org",
        "reader@",
        "reader@gmail",
        "reader@exa mple.org",
        "reader@example..org",
        "reader.@example.org",
        "a@b@example.org",
        "Reader <reader@example.org>",
        '"a b"@example.org',
        "reader@[192.0.2.1]",
        "reader@example.org\r\nBcc: victim@example.org",
        "reader\r\nRCPT TO:<victim@example.org>@example.org",
        "reader@example.org,other@example.org",
        "rea\x00der@example.org",
        "reader@example.org> SIZE=1",
        "x" * 65 + "@example.org",
        "reader@" + "x" * 300 + ".org",
    ],
)
def test_a_bad_address_is_refused_by_name(address: str) -> None:
    with pytest.raises(AddressError, match="cannot be mailed to: ") as refusal:
        normalize(address)

    assert repr(address.strip())[:40] in str(refusal.value)
    assert not any(c in str(refusal.value) for c in "\r\n\x00")


@given(addresses)
def test_normalizing_twice_changes_nothing(address: str) -> None:
    assert normalize(normalize(address)) == normalize(address)


@given(st.text())
def test_whatever_is_accepted_is_safe_in_an_smtp_command(text: str) -> None:
    """And a refusal is never anything but an AddressError."""
    for candidate in (text, f"{text}@example.org", f"reader@{text}"):
        try:
            address = normalize(candidate)
        except AddressError:
            continue
        assert not any(c in '<>(),;:\\"[]' or c.isspace() for c in address)
        assert address.partition("@")[2].isascii()


def test_case_does_not_tell_two_readers_apart_but_a_plus_does() -> None:
    assert fold("Reader@Example.org") == fold("reader@example.ORG")
    assert fold("reader+a@example.org") != fold("reader@example.org")
