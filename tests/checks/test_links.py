"""What an address alone tells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.checks.links import judge

hosts = st.from_regex(r"[a-z][a-z0-9-]{0,10}[a-z0-9]\.(com|org|example)", fullmatch=True)
paths = st.from_regex(r"(/[A-Za-z0-9._~%+-]{0,8}){0,4}(\?[a-z]=[0-9])?(#[a-z]+)?", fullmatch=True)


@given(host=hosts, path=paths)
def test_an_https_address_is_sound(host: str, path: str) -> None:
    assert judge(f"https://{host}{path}") == ""
    assert judge(f"http://{host}{path}") == "http"
    assert judge(f"https://{host}/a b{path}") == "broken"


@given(st.text())
def test_any_text_gets_a_verdict(text: str) -> None:
    assert judge(text) in {"", "empty", "broken", "scheme", "relative", "local", "http"}


@pytest.mark.parametrize(
    ("href", "fault"),
    [
        ("https://論文.example/読む", ""),
        ("https://[2606:4700::1111]/", ""),
        ("https://[::1]/", "local"),
        ("https://10.0.0.1/", "local"),
        ("https://127.1/", "local"),
        ("https://0x7f.0.0.1/", "local"),
        ("https://0177.0.0.1/", "local"),
        ("https://169.254.43518/", "local"),
        ("https://127.0.0.1./", "local"),
        ("https://[::ffff:127.0.0.1]/", "local"),
        ("https://9.9.9.9/", ""),
        ("https://localhost./", "local"),
        ("https://server/", "local"),
        ("https://printer.local/", "local"),
        ("tel:+49301234", ""),
        ("mailto:a@b.example?subject=unsubscribe%20x", ""),
        ("data:text/html,x", "scheme"),
        ("ftp://a.example/x", "scheme"),
        ("//a.example/x", "relative"),
        ("page.html", "relative"),
        ("https://a.example:99999/", "broken"),
        ("https://[x/", "broken"),
        ("https://-/", "local"),
    ],
)
def test_each_kind_of_address(href: str, fault: str) -> None:
    assert judge(href) == fault
