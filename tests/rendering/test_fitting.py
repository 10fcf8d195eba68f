"""No day is clipped: the lowest-ranked cards step down until the email fits."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import TemplateError
from newsletter.message import compose, escape_html, escape_nothing, fill, prepare
from newsletter.model import Card, Claimed, Edition, Issue, Literal, Paper, Ranked, Slot
from newsletter.rendering import RUNGS, render
from newsletter.rendering.fitting import LIMIT, Size, find_between, fit, measure
from newsletter.settings import Brand, Settings

TEMPLATES = Path(__file__).parents[2] / "templates"
NOW = datetime(2026, 8, 14, 8, tzinfo=UTC)
SENTENCE = "The longest abstract of the archive has one thousand eight hundred letters. "
sizes = st.lists(st.integers(1, 40_000), min_size=4, max_size=4).map(
    lambda rungs: [Size(size, size + 10) for size in sorted(rungs, reverse=True)]
)


def make_paper(number: int) -> Paper:
    return Paper(
        key=f"k{number}",
        id=f"2608.{number:05}",
        title=f"Paper {number}: A Title of the Usual Length for a Paper of These Days, with a Tail",
        abstract=(SENTENCE * 30)[:1861],
        authors=("Ada Lovelace", "Alan Turing", "Grace Hopper", "Emmy Noether"),
        author_count=4,
        organization="University of Somewhere at Elsewhere",
        listed_on=date(2026, 8, 14),
        observed_at=NOW,
        upvotes=100 - number,
        comments=12,
        stars=1204,
        url=f"https://huggingface.co/papers/2608.{number:05}",
        arxiv_url=f"https://arxiv.org/abs/2608.{number:05}",
        pdf_url=f"https://arxiv.org/pdf/2608.{number:05}",
        code_url="https://github.com/some-organisation/some-long-repository-name",
        project_url="https://some-organisation.github.io/some-long-project-name/",
    )


READER = {"unsubscribe_url": "https://a.example", "name": "A", "address": "a@a.example"}


def make_issue(papers: list[Paper], template: str = "digest", templates: Path = TEMPLATES) -> Issue:
    edition = Edition(
        day=date(2026, 8, 14), papers=tuple(Ranked(paper, 1.0, ()) for paper in papers)
    )
    settings = Settings(brand=Brand(template=template))
    return render(edition, settings, templates=templates, dated=NOW, salt="salt")


def rungs(issue: Issue) -> list[int]:
    return [RUNGS.index(part.rung) for part in issue.html if isinstance(part, Card)]


@pytest.mark.parametrize("template", ["digest", "compact", "spotlight"])
def test_a_hundred_long_papers_with_six_links_each_fit_both_ways(template: str) -> None:
    issue = make_issue([make_paper(number) for number in range(100)], template)
    reader = {"unsubscribe_url": "https://" + "a" * 200, "name": "n", "address": "a" * 200}
    html = fill(issue.html, reader, escape_html)

    assert len(rungs(issue)) == 100
    assert len(html.encode()) < LIMIT
    assert len(coded_html(issue)) < LIMIT


def coded_html(issue: Issue) -> bytes:
    """The HTML part as it goes over the wire."""
    reader = Claimed(
        id=1,
        day=issue.day,
        subscriber_id=1,
        address="ada@example.org",
        name="Ada",
        attempts=0,
        epoch=1,
        queued_at=NOW,
    )
    return compose(prepare(issue), reader, "t" * 100).body.partition(b"text/html")[2]


def test_the_best_keep_their_abstracts_and_the_lowest_are_shortened_first() -> None:
    found = rungs(make_issue([make_paper(number) for number in range(100)]))

    assert found == sorted(found)
    assert found[0] == RUNGS.index("full")
    assert found[-1] == RUNGS.index("title")


def test_the_text_shortens_the_same_papers() -> None:
    issue = make_issue([make_paper(number) for number in range(60)])

    in_text = [RUNGS.index(part.rung) for part in issue.text if isinstance(part, Card)]
    assert in_text == rungs(issue)
    assert in_text[-1] > 0


@pytest.mark.parametrize(
    ("loop", "wanted"),
    [
        ("cards | reverse", range(59, -1, -1)),
        ("cards[1:]", range(1, 60)),
        ("cards[:40]", range(40)),
        ("cards[::2] + cards[1::2]", [*range(0, 60, 2), *range(1, 60, 2)]),
        ("cards[:1] + cards", [0, *range(60)]),
    ],
)
def test_whichever_a_template_places_the_lowest_ranked_are_shortened_and_the_text_has_the_same(
    tmp_path: Path, loop: str, wanted: Sequence[int]
) -> None:
    copy = Path(shutil.copytree(TEMPLATES, tmp_path / "templates"))
    digest = (copy / "digest.mjml").read_text()
    (copy / "own.mjml").write_text(digest.replace("in cards %}", f"in {loop} %}}"))
    shutil.copy(copy / "digest.txt", copy / "own.txt")

    issue = make_issue([make_paper(number) for number in range(60)], "own", copy)

    keys = [f"k{number}" for number in wanted]
    shown = [part for part in issue.html if isinstance(part, Card)]
    best_first = sorted(shown, key=lambda card: int(card.key[1:]))
    steps = [RUNGS.index(card.rung) for card in best_first]
    assert [card.key for card in shown] == keys
    in_text = [(part.key, part.rung) for part in issue.text if isinstance(part, Card)]
    assert in_text == list({card.key: card.rung for card in best_first}.items())
    assert steps == sorted(steps)
    assert steps[0] < steps[-1]
    assert len(coded_html(issue)) < LIMIT


@pytest.mark.parametrize("letter", ["é", "論", "𝔸"])
def test_a_common_day_in_any_script_fits(letter: str) -> None:
    papers = [
        replace(
            make_paper(number), title=letter * 500, abstract=letter * 1861, summary=letter * 900
        )
        for number in range(25)
    ]

    issue = make_issue(papers)

    assert len(rungs(issue)) == 25
    assert len(coded_html(issue)) < LIMIT


@pytest.mark.parametrize("template", ["digest", "compact", "spotlight"])
def test_papers_that_do_not_fit_even_as_titles_are_left_out_and_counted(template: str) -> None:
    papers = [replace(make_paper(number), title="𝔸" * 500) for number in range(100)]

    issue = make_issue(papers, template)

    shown = len(rungs(issue))
    said = f"{100 - shown} more of the day did not fit into one email."
    assert 20 < shown < 40
    assert len(coded_html(issue)) < LIMIT
    assert said in fill(issue.html, READER, escape_html)
    assert said in fill(issue.text, READER, escape_nothing)
    assert len([part for part in issue.text if isinstance(part, Card)]) == shown
    assert measure(issue.html).coded > LIMIT - 3_000, "no more are left out than must be"


def test_a_template_that_is_too_large_without_a_paper_is_refused(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(TEMPLATES, tmp_path / "templates"))
    foot = copy / "parts" / "foot.mjml"
    foot.write_text(foot.read_text().replace("</mj-text>", "x" * LIMIT + "</mj-text>"))

    with pytest.raises(TemplateError, match=r"digest\.mjml exceeds 102,400 bytes with no paper"):
        make_issue([make_paper(1)], templates=copy)


def test_every_lower_rung_is_smaller() -> None:
    one = [make_paper(0), make_paper(1)]
    shown: dict[str, Size] = {}
    for count in (25, 60, 100):
        issue = make_issue(one + [make_paper(number) for number in range(2, count)])
        shown |= {c.rung: measure((c,)) for c in issue.html if isinstance(c, Card) and c.key > "k0"}

    sizes = [shown[rung].html for rung in RUNGS]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == len(RUNGS)


@given(st.lists(sizes, max_size=30), st.integers(0, LIMIT))
def test_the_choice_fits_and_no_card_shows_more_than_a_better_one(
    cards: list[list[Size]], frame: int
) -> None:
    chosen = fit(Size(frame, frame), cards)

    least = frame + sum(card[-1].coded for card in cards)
    if chosen is None:
        assert least >= LIMIT
    else:
        assert frame + sum(c[rung].coded for c, rung in zip(cards, chosen, strict=True)) < LIMIT
        assert list(chosen) == sorted(chosen)


@given(st.lists(sizes, max_size=30), st.integers(0, LIMIT))
def test_no_step_is_taken_in_vain(cards: list[list[Size]], frame: int) -> None:
    """Where all fits whole, all is whole."""
    if frame + sum(card[0].coded for card in cards) < LIMIT:
        assert fit(Size(frame, frame), cards) == (0,) * len(cards)


@given(st.lists(sizes, min_size=1, max_size=30), st.integers(0, LIMIT))
def test_only_the_cards_found_to_be_between_need_their_middle_rungs(
    cards: list[list[Size]], frame: int
) -> None:
    whole = Size(frame, frame)

    between = find_between(whole, [(card[0], card[-1]) for card in cards], len(RUNGS))
    known = [
        card if at in between else [card[0], *[card[-1]] * (len(RUNGS) - 1)]
        for at, card in enumerate(cards)
    ]

    wanted, found = fit(whole, cards), fit(whole, known)
    assert (wanted is None) == (found is None)
    for at, rung in enumerate(found or ()):
        # Elsewhere every rung below the first is the last.
        assert wanted is not None
        assert rung == wanted[at]
        assert at in between or rung in (0, len(RUNGS) - 1)


def test_the_size_of_a_slot_is_budgeted() -> None:
    card = Card("k", "full", (Literal("é=\n"), Slot("rank")))

    assert measure([card]) == Size(3 + 2 + 10, len(b"=C3=A9=3D\r\n") + 10)
    assert measure([Slot("address")]) == Size(300, 300)


def test_a_filled_issue_is_no_larger_than_measured() -> None:
    issue = make_issue([make_paper(number) for number in range(30)])

    assert len(fill(issue.html, READER, escape_nothing).encode()) <= measure(issue.html).html
    assert len(coded_html(issue)) <= measure(issue.html).coded
