"""Colours as CSS writes them, and as they show through."""

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
