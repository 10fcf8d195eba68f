"""A wrong template is told by file and line, and what a template may use is written down."""

from __future__ import annotations

import re
import shutil
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from newsletter.errors import TemplateError
from newsletter.message import CARD_SLOTS, READER_SLOTS
from newsletter.model import Edition, Paper, Ranked
from newsletter.rendering import RUNGS, render
from newsletter.rendering.cards import CardWords
from newsletter.rendering.cutting import Marks
from newsletter.rendering.environment import make_environment
from newsletter.rendering.press import set_up
from newsletter.settings import Brand, Settings

SHIPPED = Path(__file__).parents[2] / "templates"
NOW = datetime(2026, 8, 14, 8, tzinfo=UTC)
PAPER = Paper(key="k", id=None, title="T & Co", observed_at=NOW, upvotes=1, url="https://a.example")
EDITION = Edition(day=date(2026, 8, 14), papers=(Ranked(PAPER, 1.0, ()),))


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "templates"))


def fail(templates: Path, settings: Settings = Settings()) -> str:  # noqa: B008
    with pytest.raises(TemplateError) as caught:
        render(EDITION, settings, templates=templates, dated=NOW, salt="salt")
    return str(caught.value)


def change(path: Path, old: str, new: str) -> int:
    """Replace in a file; the number of the line that was changed."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return text.count("\n", 0, text.index(old)) + 1


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("parts/card.mjml", "card.byline", "card.byliner", "no attribute 'byliner'"),
        ("parts/card.txt", "{{ card.rank }}", "{{ rank }}", "'rank' is undefined"),
        ("parts/card.mjml", "{{ card.rank }}", "{{ loop.index }}", "'loop' is undefined"),
        ("parts/card.mjml", "{{ card.rank }}", "{{ address }}", "'address' is undefined"),
        ("parts/head.mjml", "{{ subject }}", "{{ 1 / 0 }}", "division by zero"),
        ("digest.mjml", "{% endfor %}", "{% end %}", "unknown tag 'end'"),
        ("parts/foot.mjml", "{{ address }}", "{{ address | uper }}", "No filter named 'uper'"),
        ("digest.txt", "parts/foot.txt", "parts/feet.txt", "there is no parts/feet.txt in"),
        ("digest.mjml", "parts/card.mjml", "card.mjml", "there is no card.mjml in"),
        ("brand.css", "brand.line", "brand.lines", "no attribute 'lines'"),
        ("parts/card.mjml", "</h2>", "</h3>", "tag mismatch: h2 line"),
        ("parts/masthead.mjml", "</mj-text>", "</mj-txt>", "tag mismatch: mj-text line"),
        ("parts/card.mjml", 'valign="top"', "valign=top", "AttValue"),
        ("parts/card.mjml", "&#160;", "&nbsp;", "'nbsp' not defined; write the character itself"),
        (
            "digest.mjml",
            '{% include "parts/foot.mjml" %}',
            '<mj-include path="foot.mjml"/>',
            'write {% include "…" %}',
        ),
        ("brand.css", "h1 {", "@import url(https://a.example/x.css); h1 {", "instead of @import"),
    ],
)
def test_a_mistake_is_told_by_file_and_line(
    templates: Path, file: str, old: str, new: str, said: str
) -> None:
    line = change(templates / file, old, new)

    message = fail(templates)

    assert message.startswith(f"{templates / file} line {line}: ")
    assert said in message


def test_a_line_that_cannot_be_found_is_shown_as_it_was_made(templates: Path) -> None:
    change(templates / "parts/card.mjml", "{{ card.rank }}", "{{ '<b>' | safe }}")

    message = fail(templates)

    assert re.search(r"of the MJML it makes\): .*tag mismatch.*: <span class", message) or (
        "line" in message and "tag mismatch" in message
    )


def test_a_missing_template_is_told_with_those_there_are(templates: Path) -> None:
    shutil.copyfile(templates / "digest.mjml", templates / "compact.mjml")

    message = fail(templates, replace(Settings(), brand=Brand(template="spotlight")))

    assert message == (
        f"There is no spotlight.mjml in {templates}; set brand.template to one of the templates "
        "there: compact, digest."
    )


def test_a_template_outside_the_folder_is_not_reached(templates: Path) -> None:
    message = fail(templates / "parts", replace(Settings(), brand=Brand(template="../digest")))

    assert "There is no " in message


def test_a_file_that_is_not_utf_8_is_told(templates: Path) -> None:
    (templates / "digest.mjml").write_bytes(b"<mjml>\xff</mjml>")

    assert fail(templates).startswith(f"{templates / 'digest.mjml'}: 'utf-8' codec can't decode")


def test_what_is_no_mjml_is_told(templates: Path) -> None:
    (templates / "digest.mjml").write_text("<html></html>")

    assert "<html> stands where <mjml> must" in fail(templates)


def test_what_mrml_refuses_is_told_with_the_file(templates: Path) -> None:
    wrong = "<mj-attributes><mj-class name='a'><i/></mj-class></mj-attributes>"
    (templates / "digest.mjml").write_text(f"<mjml><mj-head>{wrong}</mj-head></mjml>")

    assert fail(templates).startswith(f"{templates / 'digest.mjml'}: MJML says: ")


def test_deep_nesting_is_refused_before_it_can_crash_mrml(templates: Path) -> None:
    deep = "<i>" * 20_000 + "</i>" * 20_000
    change(templates / "parts/foot.mjml", "{{ address }}", deep)

    assert "Excessive depth" in fail(templates)


def test_a_slot_that_a_filter_changes_is_told(templates: Path) -> None:
    change(templates / "parts/foot.mjml", "{{ address }}", "{{ address | upper }}")

    assert "must be printed as it is; it stands after: " in fail(templates)


def test_a_card_that_is_left_out_at_a_lower_rung_is_told(templates: Path) -> None:
    change(
        templates / "digest.mjml",
        '{{ place(card, "parts/card.mjml") }}',
        '{% if card.rung == "full" %}{{ place(card, "parts/card.mjml") }}{% endif %}',
    )
    papers = tuple(
        Ranked(replace(PAPER, key=str(number), title="long " * 30), 1.0, ())
        for number in range(150)
    )

    with pytest.raises(TemplateError, match="the same cards whatever their rung"):
        render(replace(EDITION, papers=papers), Settings(), templates=templates, dated=NOW, salt="")


def test_a_lead_of_its_own_file_keeps_its_place_at_every_rung(templates: Path) -> None:
    """Templates may print some cards otherwise; which ones does not change with the size."""
    change(
        templates / "digest.mjml",
        '{{ place(card, "parts/card.mjml") }}',
        '{{ place(card, "parts/lead.mjml" if loop.first else "parts/card.mjml") }}',
    )
    (templates / "parts/lead.mjml").write_text(
        "<tr><td>LEAD {{ card.key }} {{ card.rank }}</td></tr>\n"
    )
    papers = tuple(
        Ranked(replace(PAPER, key=f"k{number}", title="long " * 30), 1.0, ())
        for number in range(110)
    )

    issue = render(
        replace(EDITION, papers=papers), Settings(), templates=templates, dated=NOW, salt=""
    )

    leads = [part for part in issue.html if "LEAD" in repr(part)]
    assert [getattr(part, "key", "") for part in leads] == ["k0"]


def test_the_readme_lists_exactly_the_names_there_are() -> None:
    press = set_up(EDITION, Settings(), SHIPPED, Marks("nonce"))
    given = {*press.shared, *press.own, "cards", "place"} - set(READER_SLOTS)
    card = {f"card.{field.name}" for field in fields(CardWords)}

    assert listed("Names") == given | card
    assert listed("Slots") == {*READER_SLOTS, *(f"card.{name}" for name in CARD_SLOTS)}


def test_the_readme_lists_exactly_our_filters_files_and_rungs() -> None:
    plain = make_environment(SHIPPED)
    ours = {name for name, filter in plain.filters.items() if "newsletter" in filter.__module__}
    files = {
        str(path.relative_to(SHIPPED)) for path in SHIPPED.rglob("*.*") if path.suffix != ".md"
    }
    readme = (SHIPPED / "README.md").read_text()

    assert {name.partition("(")[0] for name in listed("Filters")} == ours
    table = readme.partition("## Names")[0]
    assert set(re.findall(r"`([a-z/]+\.(?:mjml|txt|css))`", table)) == files
    (rung_line,) = [line for line in readme.splitlines() if "`card.rung`" in line]
    assert re.findall(r"`(\w+)`", rung_line) == list(RUNGS)


def listed(heading: str) -> set[str]:
    """What stands in the first column of the tables under a heading of the README."""
    readme = (SHIPPED / "README.md").read_text()
    section = readme.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    names = set(re.findall(r"^\| `([^`]+)` \|", section, flags=re.MULTILINE))
    return names
