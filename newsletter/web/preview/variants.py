"""An email's HTML as one client or another shows it, whatever the system it runs on prefers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import tinycss2

_STYLE = re.compile(r"(<style\b[^>]*>)(.*?)(</style>)", re.DOTALL | re.IGNORECASE)
_HEAD = re.compile(r"</head>", re.IGNORECASE)
#: A condition that holds always, and one that never does, in any media query.
_ALWAYS, _NEVER = "(min-width: 0)", "(max-width: 0)"

#: What stands before the end of the head: how the page is painted where the email says nothing.
_PAINT = {
    "light": ":root{color-scheme:only light!important}",
    "dark": ":root{color-scheme:only dark!important}",
    "inverted": (
        ":root{color-scheme:only light!important;background:#fff;"
        "filter:invert(.92) hue-rotate(180deg)}"
    ),
}


#: Apps that invert leave pictures as they are.
_KEPT = "img{filter:invert(1) hue-rotate(180deg)}"


def dress(html: str, look: str, *, images: bool = True) -> str:
    """The HTML so that it shows in one look on every system.

    Args:
        look: "light", "dark" (by the email's own styles), or "inverted", roughly as apps do
            that take no notice of those.
        images: whether pictures are shown.
    """
    chosen = "dark" if look == "dark" else "light"
    dressed = _STYLE.sub(lambda match: match[1] + _choose(match[2], chosen) + match[3], html)
    # Links open beside the preview, and never take its place.
    kept = _KEPT if images and look == "inverted" else ""
    own = f'<base target="_blank"><style>{_PAINT[look]}{kept}</style></head>'
    return _HEAD.sub(lambda _: own, dressed, count=1)


@lru_cache(maxsize=16)
def _choose(css: str, scheme: str) -> str:
    """A style sheet in which what asks for the reader's preference is answered."""
    if "prefers-color-scheme" not in css.lower():
        return css
    tokens = tinycss2.parse_component_value_list(css)
    chosen: str = tinycss2.serialize(list(_answer(tokens, scheme)))
    return chosen


def _answer(tokens: Iterable[Any], scheme: str) -> Iterable[Any]:
    for token in tokens:
        asked = _asked_scheme(token)
        if asked is not None:
            answer = _ALWAYS if asked in ("", scheme) else _NEVER
            yield from tinycss2.parse_component_value_list(answer)
            continue
        if token.type in ("() block", "{} block"):
            token.content = list(_answer(token.content, scheme))
        yield token


def _asked_scheme(token: Any) -> str | None:
    """The scheme that `(prefers-color-scheme: dark)` asks for, "" for any; None for all else."""
    if token.type != "() block":
        return None
    words = [each for each in token.content if each.type not in ("whitespace", "comment")]
    if not words or words[0].type != "ident" or words[0].lower_value != "prefers-color-scheme":
        return None
    return str(words[-1].lower_value) if len(words) == 3 else ""
