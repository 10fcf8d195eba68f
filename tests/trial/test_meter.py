"""How much an email weighs, and which of its cards most."""

from __future__ import annotations

import emails
from newsletter.checks.checklist import look_over
from newsletter.checks.mail import read_issue
from newsletter.trial.meter import CLIP, WARN, read_meter


def test_the_meter_weighs_both_forms_and_names_the_heaviest_cards() -> None:
    issue = emails.make_issue("digest", count=6)
    mail = read_issue(issue, emails.make_edition(6), emails.READER)

    meter = read_meter(mail, look_over(mail))

    assert meter.html < meter.coded < WARN < CLIP
    assert meter.level == "fine"
    assert sum(weight for _, weight in meter.kinds) == meter.html
    assert len(meter.heaviest) == 3
    assert all(place.element for place in meter.heaviest)
