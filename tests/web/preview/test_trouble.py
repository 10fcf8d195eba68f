"""An error as people read it: the file, the line, what stands there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter.shipped import copy_shipped
from newsletter.web.preview.studio import Studio
from newsletter.web.preview.trouble import Trouble, explain
from newsletter.web.preview.view import Wish

NOW = datetime(2026, 8, 14, 9, tzinfo=UTC)
LIST = "data/papers/2026-08-14_seen_20260814T0847Z.json"
ACCENT = 'accent = "#9a3412"'


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trouble") / "my papers"
    copy_shipped(folder)
    (folder / "editions").mkdir()
    (folder / "editions" / "2026-08-14.toml").write_text('note = ""\n')
    return folder


def break_it(home: Path, file: str, old: str, new: str) -> Trouble:
    path = home / file
    before = path.read_text()
    assert old in before
    path.write_bytes(before.replace(old, new, 1).encode("utf-8", "surrogateescape"))
    try:
        proof = Studio(home / "config.toml", clock=lambda: NOW).prove(Wish())
        assert proof.error is not None
        return explain(proof.error, home)
    finally:
        path.write_text(before)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("templates/parts/card.mjml", "card.byline }}", "card.byliner }}", "card.byline?"),
        ("templates/parts/card.mjml", "{% endif %}", "{% endiff %}", "did you mean endif?"),
        (
            "templates/parts/card.mjml",
            "card.byline }}",
            "card.byline | trucate }}",
            "did you mean truncate?",
        ),
        ("templates/digest.mjml", "<mj-body", "\udcff<mj-body", "is not in UTF-8"),
        ("templates/parts/masthead.mjml", "<mj-text>", "<mj-tex>", "mj-tex"),
        ("templates/brand.css", ".votes {", "@import 'x'; .votes {", "@import"),
        ("templates/digest.txt", "{% for", "{% four", "for"),
        ("config.toml", ACCENT, 'accent = "red"', "brand.accent: 'red' is not a colour"),
        ("config.toml", ACCENT, "accent = ", "is not valid TOML"),
        ("editions/2026-08-14.toml", "note", "not", "did you mean note?"),
        ("editions/2026-08-14.toml", '"', "", "is not valid TOML"),
        (LIST, "[", "[,", "is cut off or not JSON"),
    ],
)
def test_the_line_that_is_wrong_is_shown_with_its_neighbours(
    home: Path, file: str, old: str, new: str, said: str
) -> None:
    (spot,) = break_it(home, file, old, new).spots

    assert spot.file == file
    assert said in spot.said
    assert [row.number for row in spot.rows if row.is_wrong] == [spot.line]
    assert str(home) not in spot.said


def test_every_mistake_of_the_settings_has_its_place(home: Path) -> None:
    trouble = break_it(home, "config.toml", ACCENT, 'accent = "red"\nwidht = 3')

    assert trouble.title == "The settings have a mistake"
    assert len({spot.line for spot in trouble.spots}) == len(trouble.spots) >= 2


def test_a_slot_that_nothing_fills_is_told(home: Path) -> None:
    (spot,) = break_it(
        home, "templates/digest.mjml", "{{ preheader }}", "{{ cards[0].rank }}"
    ).spots

    assert "Nothing fills the slot 'rank' of the HTML part" in spot.said


def test_what_stands_in_no_file_is_told_as_it_is(home: Path) -> None:
    (template,) = break_it(home, "config.toml", '"digest"', '"digset"').spots
    (source,) = break_it(home, "config.toml", '"sample"', '"nowhere/*.json"').spots

    assert (template.file, template.rows) == ("", ())
    assert "digest" in template.said
    assert "There are no papers at" in source.said
