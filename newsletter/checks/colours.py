"""Colours, and how well one reads on another (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import tinycss2
from tinycss2 import color4


class Colour(NamedTuple):
    """sRGB from 0 to 1, with its opacity."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0

    @property
    def is_opaque(self) -> bool:
        return self.alpha >= 1

    def over(self, ground: Colour) -> Colour:
        """What is seen of it on a ground."""
        if self.is_opaque or not self.alpha:  # as nearly all are
            return self if self.alpha else ground
        red, green, blue = (
            mine * self.alpha + theirs * (1 - self.alpha)
            for mine, theirs in zip(self[:3], ground[:3], strict=True)
        )
        return Colour(red, green, blue, max(self.alpha, ground.alpha))

    def __str__(self) -> str:
        return "#" + "".join(f"{round(part * 255):02x}" for part in self[:3])


BLACK, WHITE = Colour(0, 0, 0), Colour(1, 1, 1)
CLEAR = Colour(0, 0, 0, 0)
#: What browsers show where nothing is said: links, and the canvas in the dark.
LINK, DARK = Colour(0, 0, 238 / 255), Colour(18 / 255, 18 / 255, 18 / 255)


@lru_cache(maxsize=512)
def find_colour(value: str) -> Colour | None:
    """The first colour in a CSS value; None where there is none."""
    for token in tinycss2.parse_component_value_list(value):
        colour = color4.parse_color(token)
        if isinstance(colour, color4.Color):
            red, green, blue = (min(1.0, max(0.0, part)) for part in colour.to("srgb").coordinates)
            return Colour(red, green, blue, colour.alpha)
    return None


def contrast(one: Colour, other: Colour) -> float:
    """From 1 (the same) to 21 (black on white), whichever is on top."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def nearest(colour: Colour, ground: Colour, needed: float) -> Colour:
    """The least change of a colour, towards black or white, that reads on a ground."""
    end = max((BLACK, WHITE), key=lambda one: contrast(one, ground))
    for step in range(101):
        mixed = end._replace(alpha=step / 100).over(colour)
        # As it will be written: in whole steps of 1/255.
        written = find_colour(str(mixed)) or mixed
        if contrast(written, ground) >= needed:
            return written
    return end


def _luminance(colour: Colour) -> float:
    red, green, blue = map(_linear, colour[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
