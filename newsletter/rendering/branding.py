"""The brand as templates get it: readable colours, fonts that are always there, the logo."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import imagesize

from newsletter.colours import make_readable
from newsletter.errors import ConfigError
from newsletter.settings import Brand

#: A file goes out with every single mail.
LARGEST_LOGO = 100_000

#: CSS Fonts 4, 2.1.3: the families that every client has.
_GENERIC = frozenset({"serif", "sans-serif", "monospace", "cursive", "fantasy", "system-ui"})
_FALLBACK = "Helvetica, Arial, sans-serif"
_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif"}


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture in place of the wordmark."""

    #: Its https address, or the file itself as a `data:` address; see newsletter.embedding.
    src: str
    #: As shown, in pixels.
    width: int
    #: None where it is not known, as the picture lies elsewhere.
    height: int | None


def prepare_brand(brand: Brand) -> Brand:
    """The brand with readable text colours and with a last resort behind its fonts."""
    font = _with_fallback(brand.font)
    return make_readable(replace(brand, font=font, title_font=_with_fallback(brand.title_font)))


def _with_fallback(stack: str) -> str:
    families = [family.strip() for family in stack.split(",") if family.strip()]
    if families and families[-1].lower() in _GENERIC:
        return ", ".join(families)
    return ", ".join([*families, _FALLBACK])


def read_logos(brand: Brand, home: Path) -> tuple[Logo | None, Logo | None]:
    """The logo, and the one for the dark; None where the brand has none.

    A file travels with each mail, so that it is seen though the reader's client loads no
    pictures and though there is no web server; an address costs no bytes, and is seen by
    those whose client loads pictures.

    Raises:
        ConfigError: a file is missing, too large or of a kind that clients do not show, or
            there is a logo for the dark alone.
    """
    if brand.logo_dark and not brand.logo:
        raise ConfigError("brand.logo_dark is set, and brand.logo is not: set both.")
    light = _read_logo("brand.logo", brand.logo, brand.logo_width, home)
    return light, _read_logo("brand.logo_dark", brand.logo_dark, brand.logo_width, home)


def _read_logo(key: str, named: str, shown: int, home: Path) -> Logo | None:
    if not named:
        return None
    if named.startswith("https://"):
        return Logo(named, shown, None)
    if "://" in named:
        raise ConfigError(f"{key}: {named} must begin with https:// or name a file.")
    content = _read(key, home / named)
    kind = next((kind for mark, kind in _SIGNATURES.items() if content.startswith(mark)), None)
    width, height = imagesize.get(BytesIO(content))
    if kind is None or width < 1 or height < 1:
        raise ConfigError(
            f"{key}: {home / named} is no PNG, JPEG or GIF; Outlook and Gmail show no other."
        )
    src = f"data:image/{kind};base64,{b64encode(content).decode('ascii')}"
    return Logo(src, shown, max(1, round(shown * height / width)))


def _read(key: str, path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{key}: {path} cannot be read: {error.strerror}.") from error
    if len(content) > LARGEST_LOGO:
        raise ConfigError(
            f"{key}: {path} has {len(content):,} bytes and goes out with every mail; make "
            f"it smaller than {LARGEST_LOGO:,}, or give its https address."
        )
    return content
