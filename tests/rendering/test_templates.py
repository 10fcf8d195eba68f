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
from newsletter.model import Edition, Issue, Paper, Ranked
from newsletter.rendering import RUNGS, render
from newsletter.rendering.cards import CardWords, describe
from newsletter.rendering.cutting import Marks
from newsletter.rendering.environment import make_environment
from newsletter.rendering.press import set_up
from newsletter.settings import Brand, Settings

SHIPPED = Path(__file__).parents[2] / "templates"
NOW = datetime(2026, 8, 14, 8, tzinfo=UTC)
PAPER = Paper(key="k", id=None, title="T & Co", observed_at=NOW, upvotes=1, url="https://a.example")
EDITION = Edition(
    day=date(2026, 8, 14),
    papers=(Ranked(replace(PAPER, key="first"), 1.0, ()), Ranked(PAPER, 1.0, ())),
)


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
        (
            "parts/card.mjml",
            "card.byline",
            "card.byliner",
            "did you mean card.byline?",
        ),
        ("parts/card.txt", "card.summary", "card.sumary", "did you mean card.summary?"),
        ("parts/title.txt", "{{ card.rank }}", "{{ rank }}", "did you mean card.rank?"),
        ("parts/card.mjml", "{{ card.rank }}", "{{ loop.index }}", "'loop' is undefined"),
        ("parts/card.mjml", "{{ card.rank }}", "{{ unsubscribe_url }}", "is undefined"),
        ("parts/masthead.mjml", "{{ opening }}", "{{ openning }}", "did you mean opening?"),
        ("parts/head.mjml", "{{ subject }}", "{{ 1 / 0 }}", "division by zero"),
        ("digest.mjml", "{% endfor %}", "{% endfo %}", "did you mean endfor?"),
        ("parts/foot.mjml", "{{ address }}", "{{ address | uper }}", "did you mean upper?"),
        ("digest.txt", "parts/foot.txt", "parts/food.txt", "did you mean parts/foot.txt?"),
        ("digest.mjml", "parts/card.mjml", "parts/crad.mjml", "there is no parts/crad.mjml in"),
        ("brand.css", "brand.line", "brand.lines", "did you mean brand.line?"),
        ("subject.txt", "brief", "brif", "did you mean brief?"),
        ("preheader.txt", "cards[1:4]", "crads[1:4]", "did you mean cards?"),
        ("parts/title.mjml", "</h2>", "</h3>", "tag mismatch: h2 and h3"),
        (
            "parts/masthead.mjml",
            "</mj-text>",
            "</mj-txt>",
            "; did you mean mj-text?",
        ),
        ("parts/card.mjml", 'valign="top"', "valign=top", "AttValue"),
        ("parts/votes.mjml", "&#160;", "&nbsp;", "'nbsp' not defined; write the character itself"),
        (
            "digest.mjml",
            "<mj-section",
            '<mj-section widht="1"',
            "mj-section has no attribute widht",
        ),
        ("digest.mjml", "padding=", "pading=", "did you mean padding?"),
        ("parts/masthead.mjml", "<mj-table", '<mj-table colour="x"', "did you mean color?"),
        ("parts/head.mjml", "<mj-title>", "<mj-titel/><mj-title>", "did you mean mj-title?"),
        ("parts/head.mjml", 'line-height="24px"', 'lineheight="24px"', "did you mean line-height?"),
        ("parts/head.mjml", "<mj-all ", "<mj-al/><mj-all ", "MJML has no <mj-al>"),
        ("parts/masthead.mjml", "<mj-text>", "<p>Hello</p><mj-text>", "HTML belongs in mj-text"),
        ("parts/foot.mjml", "<mj-text>", "<mj-section/><mj-text>", "it belongs in mj-body"),
        ("parts/card.mjml", "<td ", "<mj-text/><td ", "<mj-text> may not stand in <tr>"),
        (
            "digest.mjml",
            '{% include "parts/foot.mjml" %}',
            '<mj-include path="foot.mjml"/>',
            'write {% include "…" %}',
        ),
        ("brand.css", "font: 600 44px", "font 600 44px", "this is no CSS"),
        ("brand.css", "[dir=rtl] {", "[dir=rtl]; }", "this is no CSS"),
        ("brand.css", "h1 {", ".foo { font: 1px Foo', serif; } h1 {", "this is no CSS; a quote"),
        ("brand.css", "h1 {", ".foo { background: url(a; } h1 {", "this is no CSS"),
        ("brand.css", "h1 {", ".foo { color: rgb(1, 2; } h1 {", "this is no CSS"),
        ("brand.css", "h1 {", ".foo[a='b] { color: red; } h1 {", "this is no CSS"),
        ("brand.css", "h1 {", ".foo { p { color: red } } h1 {", "this is no CSS"),
        ("brand.css", ".foot {", "@media print { p { color: red } } .foot {", "into mj-style in"),
        ("brand.css", "h1 {", "@import url(https://a.example/x.css); h1 {", "instead of @import"),
    ],
)
def test_a_mistake_is_told_by_file_and_line_and_shown(
    templates: Path, file: str, old: str, new: str, said: str
) -> None:
    line = change(templates / file, old, new)
    written = (templates / file).read_text().splitlines()[line - 1].strip()

    message = fail(templates)

    assert message.startswith(f"{templates / file} line {line}: ")
    assert said in message
    assert written.startswith(message.partition("\n  ")[2].rstrip("…"))
    assert "\n  " in message


@pytest.mark.parametrize(
    ("file", "closing", "opening"),
    [
        ("parts/foot.mjml", "</mj-text>", "<mj-text>"),
        ("parts/masthead.mjml", "</mj-table>", "<mj-table "),
        ("parts/lead.mjml", "</td>", "<td "),
        ("parts/lead.mjml", "</div>", '<div class="above">'),
        ("digest.mjml", "</mjml>", "<mjml "),
    ],
)
def test_a_tag_that_is_not_closed_is_told_where_it_was_opened(
    templates: Path, file: str, closing: str, opening: str
) -> None:
    change(templates / file, closing, "")
    text = (templates / file).read_text()
    line = text.count("\n", 0, text.index(opening)) + 1

    message = fail(templates)

    assert message.startswith(f"{templates / file} line ")
    told = (f"{templates / file} line {line}: ", f"; the first was opened in line {line}.")
    assert any(words in message for words in told)


@pytest.mark.parametrize(
    ("file", "stray", "opened"),
    [
        ("parts/card.mjml", "</p>", "digest.mjml"),
        ("parts/foot.mjml", "</mj-text>", "digest.mjml"),
        ("parts/masthead.mjml", "</div>", "digest.mjml"),
        ("parts/links.mjml", "</p>", "parts/lead.mjml"),
    ],
)
def test_a_tag_that_was_never_opened_is_told_and_what_it_would_close(
    templates: Path, file: str, stray: str, opened: str
) -> None:
    text = (templates / file).read_text()
    line = text.count("\n") + 1
    (templates / file).write_text(f"{text}{stray}\n")

    message = fail(templates)

    assert f"{file} line {line}" in message
    assert f"{opened} line " in message


def test_a_paper_cannot_shift_the_line_that_is_told(templates: Path) -> None:
    line = change(templates / "parts/foot.mjml", "</mj-text>", "</mj-tex>")
    odd = replace(PAPER, title="\ue000digest.mjml\ue0011\ue002 two\nlines", abstract="a\n\nb")

    with pytest.raises(TemplateError, match=rf"foot\.mjml line {line}: "):
        render_papers(templates, odd, PAPER)


def render_papers(templates: Path, *papers: Paper) -> Issue:
    ranked = tuple(Ranked(replace(paper, key=str(n)), 1.0, ()) for n, paper in enumerate(papers))
    edition = replace(EDITION, papers=ranked)
    return render(edition, Settings(), templates=templates, dated=NOW, salt="salt")


def test_what_a_value_breaks_is_told_by_the_line_that_prints_it(templates: Path) -> None:
    line = change(templates / "parts/title.mjml", "{{ card.title }}</a>", "{{ '<b>' | safe }}</a>")

    assert fail(templates).startswith(f"{templates / 'parts/title.mjml'} line {line}: ")


@pytest.mark.parametrize("name", ["digest", "compact", "spotlight"])
def test_the_shipped_templates_are_mjml(name: str) -> None:
    settings = replace(Settings(), brand=Brand(template=name))

    assert render(EDITION, settings, templates=SHIPPED, dated=NOW, salt="salt").html


def test_the_subject_and_the_preheader_are_templates(templates: Path) -> None:
    (templates / "subject.txt").write_text("{{ newsletter.title }}:\n  {{ day }}\n")
    (templates / "preheader.txt").write_text("{{ cards | length }} & more")

    issue = render_papers(templates, PAPER, PAPER)

    assert issue.subject == "Daily Papers: Friday, 14 August 2026"
    assert issue.preheader == "2 & more"
    assert "<title>Daily Papers: Friday" in repr(issue.html)
    assert "2 &amp; more</div>" in repr(issue.html)


def test_the_shipped_subject_names_the_lead_and_counts_the_rest() -> None:
    one, long = replace(PAPER, title="One"), replace(PAPER, title="Two: " + "word " * 30)

    assert render_papers(SHIPPED, one).subject == "One"
    assert render_papers(SHIPPED, one, long, PAPER).subject == "One and 2 more"
    assert render_papers(SHIPPED, replace(long, title="Name: " + "word " * 30), one).subject == (
        "Name and 1 more"
    )
    assert len(render_papers(SHIPPED, replace(one, title="word " * 30), one).subject) <= 60
    assert render_papers(SHIPPED, one, PAPER).preheader == "Also: T & Co"
    assert render_papers(SHIPPED, replace(one, abstract="We study.")).preheader == "We study."


def test_a_title_without_a_visible_letter_stops_nothing() -> None:
    assert render_papers(SHIPPED, replace(PAPER, title="\x01")).subject.startswith("One paper")


def test_a_slot_in_the_subject_is_told(templates: Path) -> None:
    (templates / "subject.txt").write_text("{{ cards[0].rank }}")

    assert fail(templates) == (
        f"{templates / 'subject.txt'} holds a slot, and those are filled only in the body."
    )


def test_a_missing_template_is_told_with_those_there_are(templates: Path) -> None:
    message = fail(templates, replace(Settings(), brand=Brand(template="weekly")))

    assert message == (
        f"There is no weekly.mjml in {templates}; set brand.template to one of the templates "
        "there: compact, digest, spotlight."
    )


def test_a_template_outside_the_folder_is_not_reached(templates: Path) -> None:
    message = fail(templates / "parts", replace(Settings(), brand=Brand(template="../digest")))

    assert "There is no " in message


def test_a_file_that_is_not_utf_8_is_told(templates: Path) -> None:
    (templates / "digest.mjml").write_bytes(b"<mjml>\n\xff</mjml>")

    assert fail(templates).startswith(f"{templates / 'digest.mjml'} line 2: is not in UTF-8.")


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


@pytest.mark.parametrize("name", ["digest", "spotlight"])
def test_the_lead_keeps_its_place_at_every_rung(name: str) -> None:
    """Templates print some cards otherwise; which ones does not change with the size."""
    papers = tuple(
        Ranked(replace(PAPER, key=f"k{number}", title="long " * 30), 1.0, ())
        for number in range(140)
    )

    issue = render(
        replace(EDITION, papers=papers),
        replace(Settings(), brand=Brand(template=name)),
        templates=SHIPPED,
        dated=NOW,
        salt="",
    )

    leads = [part for part in issue.html if 'class="lead' in repr(part)]
    assert [getattr(part, "key", "") for part in leads] == ["k0"]


def test_the_readme_lists_exactly_the_names_there_are() -> None:
    cards = [describe(each, rung="full", rank="", today=EDITION.day) for each in EDITION.papers]
    press = set_up(EDITION, cards, Settings(), SHIPPED, Marks("nonce"))
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
