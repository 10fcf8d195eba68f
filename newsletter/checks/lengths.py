"""Sizes, weights and opacity in CSS, as far as they say how well a text can be read."""

from __future__ import annotations

import re

_PIXELS = {"px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 9.6 / 2.54}
_KEYWORDS = {
    "xx-small": 9.0,
    "x-small": 10.0,
    "small": 13.0,
    "medium": 16.0,
    "large": 18.0,
    "x-large": 24.0,
    "xx-large": 32.0,
}
_LENGTH = re.compile(r"(?<![\w.#-])(\d*\.?\d+)(px|pt|pc|in|cm|mm|rem|em|%)(?![\w%])")
_WORD = re.compile(r"(?<![\w-])(xx-small|x-small|small|medium|large|x-large|xx-large)(?![\w-])")
_BOLD = re.compile(r"(?<![\w.#-])(bold|bolder|[6-9]00)(?![\w.%-])")
_PLAIN = re.compile(r"(?<![\w.#-])(normal|lighter|[1-5]00)(?![\w.%-])")


def font_size(value: str, inherited: float) -> float | None:
    """Pixels, of `font-size` or the first length of `font`; None where it says none."""
    if match := _LENGTH.search(value):
        number, unit = float(match[1]), match[2]
        if unit in _PIXELS:
            return number * _PIXELS[unit]
        return number * {"em": inherited, "rem": 16.0, "%": inherited / 100}[unit]
    if match := _WORD.search(value):
        return _KEYWORDS[match[1]]
    return 0.0 if is_zero(value) else None


def is_bold(value: str) -> bool | None:
    """Whether `font-weight` or `font` says bold; None where it says nothing."""
    if _BOLD.search(value):
        return True
    # The shorthand sets the weight back where it does not speak of it.
    return False if _PLAIN.search(value) or _LENGTH.search(value) else None


def is_zero(value: str) -> bool:
    """Whether a value is nought, with or without a unit."""
    return bool(re.fullmatch(r"0*\.?0+(?:px|em|rem|pt|%)?", value.strip()))


def opacity(value: str) -> float:
    """The share of `opacity`, from 0 to 1; 1 where it says none."""
    match = re.fullmatch(r"(\d*\.?\d+)(%?)", value.strip())
    if match is None:
        return 1.0
    return min(1.0, float(match[1]) / (100 if match[2] else 1))
