"""What MJML passes over is found in every line of the templates in use."""

from __future__ import annotations

from checks.defects import SETTINGS, make_edition, read, render_issue, sound_issue

from newsletter.checking import read as read_with_templates
from newsletter.checks.mail import Mail, read_issue
from newsletter.checks.mjml import check


def mail(**templates: str) -> Mail:
    edition = make_edition()
    named = {f"{name}.mjml": source for name, source in templates.items()}
    return read_issue(sound_issue(), edition, {}, templates=named)


def test_an_attribute_that_is_passed_over_is_told_by_file_and_line() -> None:
    source = "{# a\nremark #}\n{% if no_day_has_this %}\n<mj-wrapper\n  gap='4px'>\n{% endif %}"

    (finding,) = check(mail(digest=source))

    assert str(finding.where[0]) == "digest.mjml line 5: mj-wrapper gap"
    assert finding.what == "MJML passes over gap of <mj-wrapper>"


def test_a_misspelt_attribute_is_told_with_the_nearest() -> None:
    (finding,) = check(mail(card='<mj-text colour="#112233" css-class="x">{{ x }}</mj-text>'))

    assert "did you mean color" in finding.what


def test_three_digits_of_colour_are_told_with_the_six_to_write() -> None:
    source = '<mj-text color="#1aF"/><mj-text color="#11aaff" css-class="#abc {{ x }}"/>'

    (finding,) = check(mail(card=source))

    assert finding.do == "Write #11aaFF."


def test_what_jinja_fills_in_is_not_judged() -> None:
    assert not list(check(mail(card="{# <mj-style inline='inline'> #}<mj-style>x</mj-style>")))


def test_the_shipped_templates_are_sound_and_all_their_parts_are_read() -> None:
    edition = make_edition()
    found = read_with_templates(SETTINGS, edition, render_issue(edition))

    assert {"digest.mjml", "parts/card.mjml", "parts/head.mjml"} <= found.templates.keys()
    assert not list(check(found))
    assert read(sound_issue()).templates == {}
