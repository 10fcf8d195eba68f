"""Rates and limits as config.toml and the environment give them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.config import read_settings
from newsletter.errors import ConfigError
from newsletter.limits import Limit, read_rate
from newsletter.settings import Smtp


def read(folder: Path, text: str) -> Smtp:
    path = folder / "config.toml"
    path.write_text(text)
    return read_settings(path).smtp


@given(st.integers(1, 10**9 - 1), st.sampled_from([("s", 1), ("m", 60), ("h", 3600)]))
def test_a_rate_is_read_as_messages_per_second(number: int, unit: tuple[str, int]) -> None:
    name, seconds = unit

    assert read_rate(f"{number}/{name}") == number / seconds
    assert read_rate(f" {number} / {name} ") == number / seconds


def test_no_rate_is_no_limit(tmp_path: Path) -> None:
    assert read(tmp_path, '[smtp]\nrate = ""\n').rate == 0


@pytest.mark.parametrize(
    "written",
    ['"0/s"', '"30"', '"30/d"', '"-1/s"', '"fast"', "30", "true", "30.0", "-1.0", "nan", "inf"],
)
def test_what_is_no_rate_is_refused_with_its_line(tmp_path: Path, written: str) -> None:
    with pytest.raises(ConfigError, match=r"smtp\.rate \(line 2\): .*is not a rate; write 30/s"):
        read(tmp_path, f"[smtp]\nrate = {written}\n")


def test_domains_have_a_rate_or_a_table(tmp_path: Path) -> None:
    smtp = read(
        tmp_path,
        '[smtp.domains]\n"Example.COM" = "20/s"\n'
        '"bücher.example" = { rate = "60/m", connections = 2 }\n',
    )

    assert smtp.domains == {
        "example.com": Limit(rate=20.0),
        "xn--bcher-kva.example": Limit(rate=1.0, connections=2),
    }


def test_domains_can_be_set_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_SMTP__RATE", "600/m")
    monkeypatch.setenv("NEWSLETTER_SMTP__DOMAINS", '{ "example.com" = "20/s" }')

    smtp = read(tmp_path, "")

    assert (smtp.rate, smtp.domains) == (10.0, {"example.com": Limit(rate=20.0)})


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ('"example.com" = "often"', "'often' is not a rate; write 30/s"),
        ('"example.com" = 20', 'example.com: should be a rate, such as "20/s", or a table'),
        ('"example.com" = {}', "example.com: should be a rate"),
        ('"example.com" = { conections = 2 }', "example.com: should be a rate"),
        ('"example.com" = { connections = -1 }', "connections should be a whole number"),
        ('"@@" = "20/s"', "'@@' is not the domain of an address"),
    ],
)
def test_what_is_no_limit_is_refused_in_words(tmp_path: Path, written: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, f"[smtp.domains]\n{written}\n")

    assert words in str(caught.value)
    assert "smtp.domains (line 1)" in str(caught.value)


def test_a_domain_spelled_twice_is_refused_with_both_names(tmp_path: Path) -> None:
    twice = 'domains = { "example.com" = "1/s", "Example.COM" = "9/s" }'

    with pytest.raises(
        ConfigError, match=r"domains \(line 2\): 'Example.COM' is example.com, which"
    ):
        read(tmp_path, f"[smtp]\n{twice}\n")


@pytest.mark.parametrize("rate", ["-3.0", "nan", "inf"])
def test_the_rate_of_a_domain_is_a_rate_too(tmp_path: Path, rate: str) -> None:
    with pytest.raises(ConfigError, match="is not a rate; write 30/s"):
        read(tmp_path, f'[smtp]\ndomains = {{ "example.com" = {{ rate = {rate} }} }}\n')
