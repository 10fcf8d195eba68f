"""SpamAssassin, offline: our digest is not spam, and its report is read rightly."""

from __future__ import annotations

import shutil

import pytest
from checks.defects import SETTINGS, TEMPLATES, make_edition, render_issue

import make
from newsletter.checks.findings import Level
from newsletter.checks.spam import MOST, Rule, Verdict, ask, read_report, tell
from newsletter.drafting import draft
from newsletter.previewing import example_message
from newsletter.settings import Brand, Settings

needs_spamassassin = pytest.mark.skipif(
    shutil.which("spamassassin") is None, reason="SpamAssassin is not installed"
)
REPORT = """Content analysis details:   (2.2 points, 5.0 required)

 pts rule name              description
---- ---------------------- --------------------------------------------------
-0.0 NO_RELAYS              Informational: message was not relayed via SMTP
 2.2 MPART_ALT_DIFF         BODY: HTML and text parts
                            are different
"""


@needs_spamassassin
@pytest.mark.parametrize("template", sorted(path.stem for path in TEMPLATES.glob("*.mjml")))
def test_the_sample_papers_in_a_shipped_template_are_far_from_spam(template: str) -> None:
    settings = Settings(home=TEMPLATES.parent, brand=Brand(template=template))
    edition = draft(settings, None, day=make.DAY, now=make.MORNING).edition
    assert edition is not None

    verdict = ask(example_message(render_issue(edition, settings)))

    assert verdict is not None
    assert verdict.score <= MOST
    assert [finding.level for finding in tell(verdict)] == [Level.NOTE]


@needs_spamassassin
def test_what_looks_like_spam_costs_points() -> None:
    message = example_message(render_issue(make_edition(1), SETTINGS))
    # The mark that every filter takes for spam: https://spamassassin.apache.org/gtube/
    gtube = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"

    verdict = ask(message.replace(b"Morning Papers\r\n", gtube + b"\r\n", 1))

    assert verdict is not None
    assert verdict.score > 100
    assert any("GTUBE" in finding.what for finding in tell(verdict))


def test_a_report_is_read_with_its_long_lines() -> None:
    verdict = read_report(REPORT)

    assert verdict == Verdict(
        2.2,
        (
            Rule(-0.0, "NO_RELAYS", "Informational: message was not relayed via SMTP"),
            Rule(2.2, "MPART_ALT_DIFF", "BODY: HTML and text parts are different"),
        ),
    )
    assert [finding.level for finding in tell(verdict)] == [Level.WARNING, Level.NOTE]


def test_what_is_no_report_gives_no_verdict() -> None:
    assert read_report("Segmentation fault") is None


def test_where_there_is_none_a_note_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    (finding,) = tell(ask(b"Subject: x\n\nx\n"))

    assert finding.level is Level.NOTE
    assert "not installed" in finding.what
