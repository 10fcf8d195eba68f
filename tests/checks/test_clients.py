"""The table of what mail clients lack, and what our templates are known to need of it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from checks.defects import SETTINGS, TEMPLATES, find, make_edition, read, render_issue

from newsletter.checks.clients import KNOWN, check
from newsletter.checks.facts import find as find_feature
from newsletter.checks.features import features
from newsletter.checks.findings import Level
from newsletter.checks.page import Page

FACTS = json.loads(files("newsletter.checks").joinpath("caniemail.json").read_text("utf-8"))
ROOT = Path(__file__).parents[2]


def used(html: str) -> set[str]:
    return set(features(Page(html)))


@pytest.mark.parametrize(
    "template", sorted(path.stem for path in TEMPLATES.glob("*.mjml")), ids=str
)
def test_the_shipped_templates_use_nothing_that_nobody_has_thought_of(template: str) -> None:
    settings = replace(SETTINGS, brand=replace(SETTINGS.brand, template=template))
    edition = make_edition()

    findings = list(check(read(render_issue(edition, settings), edition)))

    assert [finding.what for finding in findings if finding.level is not Level.NOTE] == []


def test_a_known_feature_is_one_of_the_table_with_words_for_what_readers_get() -> None:
    assert KNOWN.keys() <= FACTS["features"].keys()
    assert all(words and not words.endswith(".") for words in KNOWN.values())


def test_the_table_names_its_source_and_its_licence_lies_beside_it() -> None:
    assert "caniemail" in FACTS["source"]
    assert (ROOT / FACTS["made_by"]).is_file()
    licence = files("newsletter.checks").joinpath("caniemail.LICENSE").read_text("utf-8")
    assert licence.startswith(FACTS["licence"].partition(":")[0])


def test_each_feature_can_be_found_by_each_of_its_names() -> None:
    for slug, fact in FACTS["features"].items():
        assert fact["lacking"], slug
        for name in fact["names"]:
            assert find_feature(name) is not None, name


@pytest.mark.parametrize(
    ("html", "names"),
    [
        ("<p style='gap:2rem'>", {"property gap", "unit rem"}),
        ("<p style='color:red!important'>", {"important"}),
        ("<p style='width:50%'>", {"unit %"}),
        ("<p style='background:linear-gradient(red,blue)'>", {"function linear-gradient"}),
        ("<p style='width:calc(1vw + 2px)'>", {"function calc", "unit vw"}),
        ("<p style='display: GRID'>", {"declaration display: grid"}),
        ("<style>a > b ~ c + d {}</style>", {"combinator >", "combinator ~", "combinator +"}),
        ("<style>#x, * , [y] {}</style>", {"selector id", "selector *", "selector attribute"}),
        ("<style>a:hover::after {}</style>", {"pseudo hover", "pseudo after"}),
        ("<style>a, b:nth-child(2) {}</style>", {"pseudo nth-child"}),
        (
            "<style>@media (hover: hover) { p { gap: 1px } }</style>",
            {"media hover", "property gap"},
        ),
        ("<style>@supports (gap:1px) { p { float: left } }</style>", {"at supports"}),
        ("<picture><img srcset='x'></picture>", {"element picture", "attribute srcset"}),
        ("<a href='#x'>y</a><a href='mailto:x'>y</a>", {"link #", "link mailto"}),
        ("<meta name='color-scheme'>", {"meta color-scheme"}),
    ],
)
def test_features_are_named_by_what_uses_them(html: str, names: set[str]) -> None:
    assert names <= used(html)
    assert not names & used("<p style='color:#000000'>Words</p>")


def test_clients_are_named_by_family_and_by_platform_where_not_all_lack_it() -> None:
    radius, shadow = find_feature("property border-radius"), find_feature("property box-shadow")

    assert radius is not None
    assert shadow is not None
    assert "Outlook (Windows)" in radius.clients
    assert shadow.url == "https://www.caniemail.com/features/css-box-shadow/"


def test_one_note_for_all_that_is_known() -> None:
    edition = make_edition()

    (note,) = find(render_issue(edition), "clients")

    assert len(note.where) == int(note.what.partition(" ")[0])


def test_the_script_reduces_the_facts_to_the_newest_word_of_each_client(tmp_path: Path) -> None:
    def fact(slug: str, title: str, **stats: object) -> dict[str, object]:
        return {"slug": slug, "title": title, "stats": stats}

    nice = {
        "family": {"gmail": "Gmail", "outlook": "Outlook", "sfr": "SFR"},
        "platform": {"ios": "iOS", "windows": "Windows"},
    }
    facts = [
        fact("css-gap", "gap, row-gap", gmail={"ios": {"2019": "n", "2024": "y"}}),
        fact("css-at-import", "@import", gmail={"ios": {"2019": "y", "2024": "n #1"}}),
        fact("html-video", "<video> element", outlook={"ios": {"1": "y"}, "windows": {"1": "n"}}),
        fact("css-unit-vw", "vw unit", sfr={"ios": {"1": "n"}}, gmail={"ios": {"1": "a #2"}}),
        fact("css-pseudo-class-hover", ":hover", outlook={"windows-mail": {"1": "n"}}),
    ]
    source = tmp_path / "caniemail.json"
    whole = {"data": facts, "nicenames": nice, "last_update_date": "2025-09-09 18:08"}
    source.write_text(json.dumps(whole))

    printed = subprocess.run(
        [sys.executable, ROOT / FACTS["made_by"], source], check=True, capture_output=True
    )

    table = json.loads(printed.stdout)
    assert {name: table[name] for name in table if name not in ("features", "updated")} == {
        name: FACTS[name] for name in FACTS if name not in ("features", "updated")
    }
    assert table["features"] == {
        "css-at-import": {"title": "@import", "names": ["at import"], "lacking": {"Gmail": []}},
        "html-video": {
            "title": "<video> element",
            "names": ["element video"],
            "lacking": {"Outlook": ["Windows"]},
        },
    }
