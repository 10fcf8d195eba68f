"""The email's styles with the question for a preference answered."""

from __future__ import annotations

import pytest

from newsletter.web.preview.variants import dress

PAGE = "<html><head><style>{}</style></head><body></body></html>"


@pytest.mark.parametrize(
    ("asked", "light", "dark"),
    [
        ("(prefers-color-scheme: dark)", "(max-width: 0)", "(min-width: 0)"),
        ("( Prefers-Color-Scheme:light )", "(min-width: 0)", "(max-width: 0)"),
        ("(prefers-color-scheme)", "(min-width: 0)", "(min-width: 0)"),
        (
            "screen and (max-width: 480px) and (prefers-color-scheme: dark)",
            "screen and (max-width: 480px) and (max-width: 0)",
            "screen and (max-width: 480px) and (min-width: 0)",
        ),
        ("not (prefers-color-scheme: dark)", "not (max-width: 0)", "not (min-width: 0)"),
    ],
)
def test_a_media_query_is_answered(asked: str, light: str, dark: str) -> None:
    page = PAGE.format(f"@media {asked} {{ a {{ color: red }} }}")

    assert f"@media {light} {{ a {{ color: red }} }}" in dress(page, "light")
    assert f"@media {light} {{" in dress(page, "inverted")
    assert f"@media {dark} {{ a {{ color: red }} }}" in dress(page, "dark")


def test_one_inside_of_another_is_answered_too() -> None:
    page = PAGE.format(
        "@supports (color: red) { @media (prefers-color-scheme: dark) { a { color: red } } }"
    )

    assert "@media (min-width: 0) { a" in dress(page, "dark")


def test_words_and_other_styles_stay_as_they_are() -> None:
    css = 'a::after { content: "(prefers-color-scheme: dark)" } [data-ogsc] a { color: red }'

    assert css in dress(PAGE.format(css), "dark")


def test_only_pictures_that_are_shown_are_turned_back() -> None:
    assert "img{filter" in dress(PAGE, "inverted")
    assert "img{filter" not in dress(PAGE, "inverted", images=False)
    assert "filter" not in dress(PAGE, "dark")
