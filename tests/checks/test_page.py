"""Every place leads back to its element, and no HTML is too odd to be looked over."""

from __future__ import annotations

from checks.defects import put, read, sound_issue
from hypothesis import given
from hypothesis import strategies as st

from newsletter.checks.checklist import look_over
from newsletter.checks.findings import Part
from newsletter.checks.mail import read_html

ODD = st.sampled_from(
    [
        "<p", ">", "</p>", "<table><tr><td>", "</table>", "<!--", "-->", "<![CDATA[", "<style>",
        "</style>", "@media {", "}", "{", "color:", "#12", "::before", "a:not(", "<a href='",
        "<a href=//x>", "<img src=data:image/ alt>", "style='", "'", '"', "\x00", "&#0;", "{{",
        "}}", "<?xml version='1.0' encoding='utf-8'?>", "<h1>", "<h7>", "<mj-x>", "<o:p>",
        "<svg><a/></svg>", "<template>", "words and words", "\n",
    ]
)  # fmt: skip


@given(st.lists(st.one_of(ODD, st.text(max_size=8)), max_size=12).map("".join))
def test_any_html_can_be_looked_over(html: str) -> None:
    mail = read_html(html)

    places = [place for finding in look_over(mail) for place in finding.where]

    assert all(len(mail.page.root.xpath(place.element)) == 1 for place in places if place.element)


def test_each_element_is_found_again_by_its_path() -> None:
    page = read(sound_issue()).page

    for element in page.elements:
        (found,) = page.root.xpath(page.place(element).element)
        assert found is element


def test_a_path_counts_past_what_a_browser_adds() -> None:
    """A browser puts a tbody into a table that has none; no other element moves."""
    page = read_html("<table><tr><td>1</td><td><a>2</a></td></tr></table>").page

    assert [page.place(element).element for element in page.elements if element.tag != "body"] == [
        "(//html)[1]", "(//table)[1]", "(//tr)[1]", "(//td)[1]", "(//td)[2]", "(//a)[1]",
    ]  # fmt: skip


def test_a_place_names_the_heading_it_stands_under() -> None:
    issue = put(sound_issue(), "<h2>The Last</h2><p><a href='http://a.example'>arXiv</a></p>")

    places = [place for finding in look_over(read(issue)) for place in finding.where]

    assert "link “arXiv” after “The Last”" in [place.words for place in places]
    assert all(place.part in Part for place in places)


def test_conditional_comments_are_no_part_of_the_page() -> None:
    page = read_html("<!--[if mso]><h1>Outlook</h1><![endif]--><h1>Others</h1>").page

    assert [element.text for element in page.named("h1")] == ["Others"]
