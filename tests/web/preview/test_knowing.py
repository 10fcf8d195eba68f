"""What a preview says of the email: how heavy it is, what was found, how papers were ranked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from newsletter.web.preview.reading import find_row
from previews import Preview, await_shown, await_that, in_email

#: Opens a view in a tab.
Show = Callable[..., Any]
#: The words of the element that is pointed at.
POINTED = """email => {
  const place = new URLSearchParams(location.search).get("place");
  const found = email.evaluate(place, email, null, XPathResult.FIRST_ORDERED_NODE_TYPE, null);
  return found.singleNodeValue.textContent.trim();
}"""


def number(words: str) -> int:
    return int("".join(filter(str.isdigit, words)))


def test_the_size_is_told_in_both_forms_beside_the_clip(show: Show) -> None:
    page = show("?panel=checks")

    sizes = dict(
        zip(
            page.locator(".weight .sizes >> nth=0 >> dt").all_inner_texts(),
            page.locator(".weight .sizes >> nth=0 >> dd").all_inner_texts(),
            strict=True,
        )
    )

    assert number(sizes["Clipped from"]) == 102_400
    assert number(sizes["Warning from"]) == 87_040
    assert 40_000 < number(sizes["HTML, bytes"]) < number(sizes["Quoted-printable"]) < 80_000
    assert page.locator(".heaviest a, .weight .places a").count() == 3


def test_the_meter_turns_when_an_email_is_too_large(show: Show, restored: Preview) -> None:
    page = show("?panel=checks")
    page.wait_for_selector(".weight.fine")

    restored.change("config.toml", "footer = []", f'footer = ["{"x" * 30_000}"]')

    page.wait_for_selector(".weight.near, .weight.clipped")
    assert "clips" in page.inner_text(".weight, #findings-title ~ ul")


def test_a_click_on_a_heavy_card_shows_it(show: Show) -> None:
    page = show("?panel=checks")
    await_shown(page)
    link = page.locator("#heavy-2")
    title = link.inner_text().partition("“")[2].partition("…")[0]

    link.click()
    page.wait_for_selector(".ring")

    assert in_email(page, POINTED).startswith(title)
    assert page.get_attribute("#heavy-2", "aria-current") == "true"


def test_a_click_on_a_finding_shows_its_place_and_the_address_keeps_it(show: Show) -> None:
    page = show("?panel=checks")
    await_shown(page)

    page.click(".finding.warning .places a")
    page.wait_for_selector(".ring")

    assert in_email(page, POINTED) == "Project page"
    ring = page.locator(".ring").bounding_box()
    assert 0 < ring["y"] < 900
    again = show(page.url.partition("/?")[2] and "?" + page.url.partition("?")[2])
    again.wait_for_selector(".ring")
    assert in_email(again, POINTED) == "Project page"


def test_a_finding_in_a_template_shows_its_lines(show: Show, restored: Preview) -> None:
    file = restored.home / "templates" / "digest.mjml"
    unreached = '{% if false %}\n<mj-section colour="#ffffff"></mj-section>\n{% endif %}\n'
    restored.write("templates/digest.mjml", file.read_text() + unreached)

    page = show("?panel=checks")

    found = page.locator(".finding.warning", has_text="passes over colour")
    assert 'colour="#ffffff"' in found.locator(".rows .wrong >> nth=0").inner_text()


def test_a_finding_in_the_text_part_leads_to_its_line(show: Show, restored: Preview) -> None:
    text = (restored.home / "templates" / "digest.txt").read_text()
    restored.write("templates/digest.txt", f"{text}\n{'word ' * 30}\n")
    page = show("?panel=checks")

    page.locator(".finding.warning", has_text="longer than").locator("a").first.click()
    page.wait_for_url("**show=text**")

    assert page.inner_text("mark[data-here]").startswith("word word")


def test_what_is_not_painted_is_shown_in_the_source_and_the_subject_in_the_head(
    show: Show,
) -> None:
    page = show("?panel=checks")

    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    page.locator(".places a[href*='style']").first.click()
    page.wait_for_url("**show=source**")
    page.wait_for_selector("mark[data-here]:has-text('<style')")
    subject = show("?show=headers&place=Subject")

    assert 0 < page.locator("mark[data-here]").bounding_box()["y"] < 900
    assert subject.inner_text("mark[data-here]") == subject.title().partition(" · ")[0]


@pytest.mark.parametrize(
    ("path", "row"),
    [("(//style)[1]", 2), ("(//style)[2]", 6), ("(//style)[3]", 0), ("//x[", 0), ("", 0)],
)
def test_the_row_of_an_element_is_found_past_comments(path: str, row: int) -> None:
    html = "<head>\n<style>a</style>\n<!--[if mso]><style>b</style><![endif]-->\n\n<style>c</style>"

    assert find_row(html, path) == row


def test_spamassassin_is_asked_when_one_wants_it(show: Show) -> None:
    page = show("?panel=checks&template=compact")

    page.click("#ask-spam")
    page.wait_for_selector("#said-spam p")

    assert "SpamAssassin" in page.inner_text("#said-spam")
    assert page.locator("#ask-spam").count() == 0


def test_the_ranking_names_every_candidate_with_what_its_score_is_made_of(show: Show) -> None:
    page = show("?panel=ranking")

    first = page.inner_text("#paper-1")
    left_out = page.inner_text("#paper-26")

    assert page.inner_text("#panel .sum") == "25 of 69 candidates are in."
    assert page.locator(".candidate.in").count() == 25
    assert page.locator(".candidate.out").count() == 44
    assert "159 upvotes +5.08" in first
    assert "in 16 h −0.86" in first
    assert "The edition was full with 25 papers." in left_out


def test_the_chart_has_a_bar_for_each_and_the_text_says_the_same(show: Show) -> None:
    page = show("?panel=ranking")

    label = page.get_attribute(".skyline", "aria-label")

    assert page.locator(".skyline rect").count() == 69
    assert page.locator(".skyline .in").count() == 25
    assert label == "The scores of all 69 candidates, best first; the first 25 are in."
    widths = page.locator("#paper-1 .score rect").evaluate_all(
        "rects => rects.map(one => Number(one.getAttribute('width')))"
    )
    assert max(widths) > 80


def test_papers_that_just_missed_say_by_how_much(show: Show) -> None:
    page = show("?panel=ranking")

    page.click(".missed a >> nth=0")

    assert page.locator(".missed li").count() == 5
    assert "1 more upvote" in page.inner_text(".missed li >> nth=0")
    await_that(page, "document.querySelector('#paper-26:target') !== null")


def test_records_that_could_not_be_used_are_named(show: Show) -> None:
    page = show("?panel=ranking&sample=hostile")

    page.click("summary:has-text('could not be used')")

    assert "which cannot stand in a web address" in page.inner_text(".barred")
