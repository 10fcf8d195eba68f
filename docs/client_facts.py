"""Makes `newsletter/checks/caniemail.json`: which mail clients lack which feature.

    npm pack caniemail && tar xf caniemail-*.tgz
    python docs/client_facts.py package/data/caniemail.json >newsletter/checks/caniemail.json

Of caniemail's facts only what a check asks is kept: for each thing that may stand in HTML or
CSS, under the name `newsletter.checks.features` gives it, the clients whose newest version is
known to lack it, and of these only those that many readers use.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: The families many readers use; caniemail has more, small or of one country.
FAMILIES = (
    "apple-mail",
    "gmail",
    "outlook",
    "yahoo",
    "samsung-email",
    "thunderbird",
    "protonmail",
    "fastmail",
    "hey",
    "gmx",
    "web-de",
)
#: Windows Mail was shut down at the end of 2024.
GONE = ("windows-mail",)
#: What a title does not tell in one of the ways below.
NAMES = {
    "css-at-media-device-pixel-ratio": ["media -webkit-device-pixel-ratio"],
    "css-at-media-hover": ["media hover", "media any-hover"],
    "css-block-inline-size": ["property block-size", "property inline-size"],
    "css-border": ["property border"],
    "css-column-layout-properties": ["property columns", "property column-width"],
    "css-display": ["property display"],
    "css-function-light-dark": ["function light-dark"],
    "css-grid-template": ["property grid-template", "property grid-template-columns"],
    "css-height": ["property height"],
    "css-important": ["important"],
    "css-left-right-top-bottom": [f"property {side}" for side in ("left", "right", "top")],
    "css-max-height": ["property max-height"],
    "css-min-height": ["property min-height"],
    "css-modern-color": ["function lch", "function oklch", "function lab", "function oklab"],
    "css-nesting": ["nesting"],
    "css-pseudo-class-lang": ["pseudo lang"],
    "css-selector-adjacent-sibling": ["combinator +"],
    "css-selector-attribute": ["selector attribute"],
    "css-selector-child": ["combinator >"],
    "css-selector-descendant": ["combinator descendant"],
    "css-selector-general-sibling": ["combinator ~"],
    "css-selector-id": ["selector id"],
    "css-selector-universal": ["selector *"],
    "css-unit-calc": ["function calc"],
    "css-unit-percent": ["unit %"],
    "css-variables": ["function var"],
    "css-width": ["property width"],
    "html-anchor-links": ["link #"],
    "html-h1-h6": [f"element h{level}" for level in range(1, 7)],
    "html-image-maps": ["element map", "element area"],
    "html-lists": [f"element {name}" for name in ("ul", "ol", "dl")],
    "html-mailto-links": ["link mailto"],
    "html-meta-color-scheme": ["meta color-scheme"],
    "html-semantics": [
        *("element article", "element aside", "element details", "element figure"),
        *("element footer", "element header", "element main", "element mark", "element nav"),
        *("element section", "element summary", "element time"),
    ],
    "html-srcset": ["attribute srcset", "attribute sizes"],
    "html-svg": ["element svg"],
    "image-base64": ["image base64"],
    "image-jpg": ["image jpg", "image jpeg"],
}


def main(source: Path) -> None:
    """Print the table made of caniemail's own file, a feature a line."""
    facts = json.loads(source.read_text(encoding="utf-8"))
    head = {
        "source": "caniemail.com, by the npm package caniemail (data/caniemail.json)",
        "licence": "MIT: caniemail.LICENSE beside this file",
        "updated": facts["last_update_date"][:10],
        "made_by": "docs/client_facts.py",
    }
    lines = [f"{_json(name)}: {_json(value)}" for name, value in head.items()]
    features = _features(facts["data"], facts["nicenames"])
    rows = ",\n".join(f"  {_json(slug)}: {_json(fact)}" for slug, fact in features)
    sys.stdout.write("{\n" + ",\n".join([*lines, f'"features": {{\n{rows}\n}}']) + "\n}\n")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _features(facts: list[dict[str, Any]], nice: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for fact in facts:
        names = NAMES.get(fact["slug"]) or list(_names(fact["slug"], fact["title"]))
        lacking = _lacking(fact["stats"], nice)
        if names and lacking:
            yield fact["slug"], {"title": fact["title"], "names": names, "lacking": lacking}


def _names(slug: str, title: str) -> Iterator[str]:
    """The names of what a fact speaks of, where its title follows a pattern."""
    kind, _, rest = slug.partition("-")
    if kind == "image":
        yield f"image {rest}"
    elif kind == "html":
        match = re.fullmatch(r"<([a-z0-9]+)(?: .*)?>(?: element)?|([a-z-]+)(?: attribute)?", title)
        if match and match[1] and " " not in title.partition(">")[0]:
            yield f"element {match[1]}"
        elif match and match[2]:
            yield f"attribute {match[2]}"
    elif match := re.fullmatch(r"@media \(([a-z-]+)\)", title):
        yield f"media {match[1]}"
    elif match := re.fullmatch(r"@([a-z-]+)", title):
        yield f"at {match[1]}"
    elif match := re.fullmatch(r"::?([a-z-]+)(?:\(\))?", title):
        yield f"pseudo {match[1]}"
    elif match := re.fullmatch(r"([a-z]+) unit", title):
        yield f"unit {match[1]}"
    elif re.fullmatch(r"[a-z-]+:\s?[a-z-]+", title):
        yield "declaration " + re.sub(r":\s*", ": ", title)
    else:
        yield from _properties(title)


def _properties(title: str) -> Iterator[str]:
    for part in re.split(r", | & ", title.strip()):
        if match := re.fullmatch(r"([a-z-]+)\(\)", part):
            yield f"function {match[1]}"
        elif match := re.fullmatch(r"([a-z-]+)( shorthand| CSS property)?", part):
            yield f"property {match[1]}"


def _lacking(stats: dict[str, Any], nice: dict[str, Any]) -> dict[str, list[str]]:
    """The families that lack it, each with its platforms; none are named where all lack it."""
    lacking: dict[str, list[str]] = {}
    for family in FAMILIES:
        newest = {
            platform: list(versions.values())[-1].split()[0]
            for platform, versions in stats.get(family, {}).items()
            if versions and platform not in GONE
        }
        without = [platform for platform, said in newest.items() if said == "n"]
        if without:
            names = [nice["platform"][platform] for platform in without]
            lacking[nice["family"][family]] = names if len(without) < len(newest) else []
    return lacking


if __name__ == "__main__":
    main(Path(sys.argv[1]))
