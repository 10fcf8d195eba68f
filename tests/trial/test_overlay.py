"""Brand tokens tried on: what is right shows, what is wrong is told, nothing is written."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from tomllib import loads

import pytest

from newsletter.config import parse_settings
from newsletter.errors import ConfigError
from newsletter.settings import Brand
from newsletter.trial.overlay import TOKENS, as_toml, try_on, write_value

BRAND = Brand()


def test_values_as_typed_become_the_brands() -> None:
    tried = try_on(
        BRAND,
        Path(),
        {"accent": "#0055AA", "width": " 640 ", "footer": "One.\r\n\r\n Two. ", "ink": BRAND.ink},
    )

    assert tried.problems == {}
    assert tried.changes == {"accent": "#0055aa", "width": 640, "footer": ("One.", "Two.")}
    assert (tried.brand.accent, tried.brand.width) == ("#0055aa", 640)


def test_the_brands_own_values_as_typed_change_nothing() -> None:
    brand = Brand(footer=("One.", "Two."), logo="")
    typed = {token: write_value(getattr(brand, token)) for token in TOKENS}

    assert try_on(brand, Path(), typed).changes == {}


@pytest.mark.parametrize(
    ("token", "text"),
    [
        ("accent", "red"),
        ("accent", "#abc"),
        ("width", "12"),
        ("width", "wide"),
        ("corners", "-1"),
        ("font", "Arial; }"),
        ("template", ""),
        ("paper", "#777777"),
        ("ink", "#fffdf8"),
        ("dark_paper", "#ffffff"),
        ("logo", "missing.png"),
        ("logo", "http://example.org/logo.png"),
        ("logo_dark", "night.png"),
    ],
)
def test_a_wrong_value_is_told_as_config_would_and_the_old_one_stays(
    tmp_path: Path, token: str, text: str
) -> None:
    tried = try_on(BRAND, tmp_path, {token: text, "corners": "9"} | {token: text})

    assert tried.problems.keys() == {token}
    assert getattr(tried.brand, token) == getattr(BRAND, token)
    assert tried.changes == ({} if token == "corners" else {"corners": 9})
    if not token.startswith("logo"):  # that is looked at when the email is rendered
        value = text if token not in ("width", "corners") else f'"{text}"'.strip('"')
        line = f"{token} = {value}" if value.lstrip("-").isdecimal() else f'{token} = "{value}"'
        with pytest.raises(ConfigError) as caught:
            parse_settings(tmp_path / "config.toml", f"[brand]\n{line}\n")
        if token not in ("width",):
            assert tried.problems[token] in str(caught.value)


def test_a_token_that_there_is_not_is_passed_over() -> None:
    assert try_on(BRAND, Path(), {"nonsense": "1"}).changes == {}


def test_the_changes_as_toml_say_the_same() -> None:
    changes = {"accent": "#0055aa", "width": 640, "footer": ("A “quoted” line", 'and "one"')}

    text = as_toml(changes)

    assert loads(text)["brand"] == {**changes, "footer": list(changes["footer"])}  # type: ignore[call-overload]
    assert as_toml({}) == ""


def test_every_key_of_the_section_is_a_token() -> None:
    assert {field.name for field in fields(Brand)} == set(TOKENS)
