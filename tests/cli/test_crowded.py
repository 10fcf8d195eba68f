"""A day of which not even the titles fit into one email is sent all the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

from commands import Newsletter


def write_day(home: Path, count: int) -> None:
    """So many papers with titles as long and as heavy as they come."""
    records = [
        {
            "id": f"2608.{number:05}",
            "title": f"{number:03}" + "論" * 207,
            "upvotes": 500 - number,
            "submittedOnDailyAt": "2026-08-14T00:00:00.000Z",
        }
        for number in range(count)
    ]
    (home / "day.json").write_text(json.dumps(records), encoding="utf-8")


def test_what_does_not_fit_is_counted_and_told_on_another_day(
    newsletter: Newsletter, home: Path
) -> None:
    write_day(home, 100)
    env = {
        "NEWSLETTER_PAPERS__SOURCE": "day.json",
        "NEWSLETTER_PAPERS__MAXIMUM": "100",
        "NEWSLETTER_NEWSLETTER__TIMEZONE": "UTC",
    }

    ran = newsletter("send", "--date", "2026-08-14", env=env)

    assert ran.code == 0, ran.err
    sent = int(re.findall(r"Sent (\d+) papers", ran.out)[0])
    left_out = int(re.findall(r"(\d+) papers left out, as not even all titles fit", ran.out)[0])
    assert sent + left_out == 100
    assert left_out > 10
    status = newsletter("status", "--sandbox", "--json").json
    assert status[0]["papers"] == sent
