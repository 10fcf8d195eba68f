"""The logo, the fonts and the colours of a brand."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path

import lxml.html
import pytest

import emails
from newsletter.errors import ConfigError
from newsletter.rendering import render
from newsletter.rendering.branding import LARGEST_LOGO, prepare_brand, read_logos
from newsletter.rendering.fitting import measure
from newsletter.settings import Brand

#: 3 × 2 pixels.
GIF = b64decode("R0lGODlhAwACAIAAAP///wAAACH5BAAAAAAALAAAAAADAAIAAAIChF8AOw==")


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    path = tmp_path / "logo.gif"
    path.write_bytes(GIF)
    return path


def read_page(home: Path, brand: Brand) -> lxml.html.HtmlElement:
    settings = replace(emails.make_settings("digest"), brand=brand, home=home)
    issue = render(
        emails.make_edition(1), settings, templates=emails.SHIPPED, dated=emails.NOW, salt=""
    )
    return lxml.html.document_fromstring(emails.read_html(issue))


def test_a_file_is_shown_in_place_of_the_wordmark(logo: Path) -> None:
    page = read_page(logo.parent, Brand(logo="logo.gif", logo_width=120))

    (image,) = page.xpath("//h1/img")
    assert image.get("src") == f"data:image/gif;base64,{b64encode(GIF).decode()}"
    assert (image.get("width"), image.get("height")) == ("120", "80")
    assert image.get("alt") == "Morning Papers"
    assert page.find(".//h1").text_content() == ""


def test_an_address_is_linked(tmp_path: Path) -> None:
    page = read_page(tmp_path, Brand(logo="https://a.example/logo.png"))

    (image,) = page.xpath("//h1/img")
    assert image.get("src") == "https://a.example/logo.png"
    assert (image.get("width"), image.get("height")) == ("160", None)


def test_the_bytes_of_a_logo_clip_no_mail(logo: Path) -> None:
    logo.write_bytes(GIF + b"\0" * (LARGEST_LOGO - len(GIF)))
    settings = replace(emails.make_settings("digest", logo="logo.gif"), home=logo.parent)

    issue = render(
        emails.make_edition(2), settings, templates=emails.SHIPPED, dated=emails.NOW, salt=""
    )

    assert measure(issue.html).coded < 20_000


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.png", None, r"brand\.logo: .*gone\.png cannot be read: No such file"),
        ("logo.svg", b"<svg/>", r"logo\.svg is no PNG, JPEG or GIF"),
        ("logo.webp", b"RIFF\x10\0\0\0WEBPVP8 ", r"logo\.webp is no PNG, JPEG or GIF"),
        ("cut.png", b"\x89PNG\r\n\x1a\n", r"cut\.png is no PNG, JPEG or GIF"),
        ("big.gif", GIF + b"\0" * LARGEST_LOGO, r"big\.gif has 100,0\d\d bytes .* smaller than"),
        ("http://a.example/logo.png", None, r"must begin with https:// or name a file"),
    ],
)
def test_a_logo_that_cannot_be_used_is_refused_in_words(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)

    with pytest.raises(ConfigError, match=said):
        read_logos(Brand(logo=name), tmp_path)


def test_the_logo_for_the_dark_is_hidden_from_outlook_for_windows(logo: Path) -> None:
    settings = replace(emails.make_settings("digest"), home=logo.parent)
    settings = replace(settings, brand=Brand(logo="logo.gif", logo_dark="logo.gif"))
    issue = render(
        emails.make_edition(1), settings, templates=emails.SHIPPED, dated=emails.NOW, salt=""
    )

    html = emails.read_html(issue)

    before, _, behind = html.partition('class="logo-dark"')
    image = behind.partition("<!--<![endif]-->")[0]
    assert before.endswith("<!--[if !mso]><!--><img ")
    assert image.count("<") == 0
    assert "display:none" in image
    assert "mso-hide:all" in image


@pytest.mark.parametrize(
    ("brand", "said"),
    [
        (Brand(logo_dark="logo.gif"), "brand.logo_dark is set, and brand.logo is not"),
        (Brand(logo="logo.gif", logo_dark="gone.gif"), r"brand\.logo_dark: .*gone\.gif cannot"),
    ],
)
def test_a_logo_for_the_dark_that_cannot_be_used_is_refused_in_words(
    logo: Path, brand: Brand, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        read_logos(brand, logo.parent)


@pytest.mark.parametrize(
    ("stack", "whole"),
    [
        ("Inter", "Inter, Helvetica, Arial, sans-serif"),
        ("'Playfair Display', Georgia, serif", "'Playfair Display', Georgia, serif"),
        ("Inter, ", "Inter, Helvetica, Arial, sans-serif"),
    ],
)
def test_a_font_that_a_reader_lacks_has_a_fallback(stack: str, whole: str) -> None:
    brand = prepare_brand(Brand(font=stack, title_font=stack))

    assert (brand.font, brand.title_font) == (whole, whole)


def test_text_colours_are_made_readable_and_the_others_are_kept(tmp_path: Path) -> None:
    page = read_page(tmp_path, Brand(accent="#ffd400", paper="#ffffff", line="#eeeeef"))
    html = lxml.html.tostring(page, encoding="unicode")

    assert "#ffd400" not in html
    assert "color:#8c7500" in html
    assert "#eeeeef" in html
