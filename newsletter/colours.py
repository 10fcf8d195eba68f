"""Colours that can be read, whatever a brand's colours are.

Contrast is measured as WCAG 2.2 does it (1.4.3): 4.5 to 1 for text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from newsletter.settings import Brand

#: What text must reach on its background (WCAG 2.2, 1.4.3).
READABLE = 4.5

#: What black or white must reach on a background: quiet text lies between them.
_ROOM = 7.0
#: A text colour no further from its background in any channel is the background's.
_SAME = 24
_STEPS = 40
_BLACK, _WHITE = "#000000", "#ffffff"
_TEXTS = ("accent", "ink", "quiet")


def contrast(first: str, second: str) -> float:
    """How far two colours (`#rrggbb`) are apart in luminance, from 1 to 21."""
    darker, lighter = sorted(map(_luminance, (first, second)))
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: str, paper: str) -> str:
    """The colour, darkened or lightened as little as makes it readable on `paper`."""
    goal = max((_BLACK, _WHITE), key=lambda end: contrast(end, paper))
    shades = (_mix(colour, goal, step / _STEPS) for step in range(_STEPS + 1))
    return next((shade for shade in shades if contrast(shade, paper) >= READABLE), goal)


def make_readable(brand: Brand) -> Brand:
    """The brand with every text colour readable on its background, light and dark."""
    texts = {
        prefix + name: readable(getattr(brand, prefix + name), getattr(brand, f"{prefix}paper"))
        for prefix in ("", "dark_")
        for name in _TEXTS
    }
    return replace(brand, **texts)  # type: ignore[arg-type]  # all are colours


def find_unreadable(brand: Brand) -> Iterator[str]:
    """Every colour that no shade of can work, by its key and in words."""
    for prefix in ("", "dark_"):
        paper = getattr(brand, f"{prefix}paper")
        best = max(contrast(_BLACK, paper), contrast(_WHITE, paper))
        if best < _ROOM:
            yield (
                f"brand.{prefix}paper: {paper} is neither light nor dark, so that no text reads "
                f"well on it ({best:.1f} to 1 at best, {_ROOM:.0f} needed); choose a lighter or "
                "a darker one"
            )
        for name in _TEXTS:
            colour = getattr(brand, prefix + name)
            if _is_same(colour, paper):
                yield (
                    f"brand.{prefix}{name}: {colour} cannot be told from brand.{prefix}paper "
                    f"{paper}; choose another"
                )
    if contrast(_BLACK, brand.dark_paper) >= _ROOM:
        yield f"brand.dark_paper: {brand.dark_paper} is light; dark mode needs a dark background"


def _is_same(first: str, second: str) -> bool:
    pairs = zip(_channels(first), _channels(second), strict=True)
    return all(abs(one - other) < _SAME for one, other in pairs)


def _mix(colour: str, goal: str, share: float) -> str:
    pairs = zip(_channels(colour), _channels(goal), strict=True)
    return "#" + "".join(f"{round(one + (other - one) * share):02x}" for one, other in pairs)


def _luminance(colour: str) -> float:
    linear = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in (value / 255 for value in _channels(colour))
    ]
    weights = (0.2126, 0.7152, 0.0722)
    return sum(weight * channel for weight, channel in zip(weights, linear, strict=True))


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
