"""The day's email before it goes out: to look at, to test."""

from __future__ import annotations

import logging
from datetime import date, datetime
from functools import partial
from pathlib import Path

from newsletter.delivery.posting import post
from newsletter.drafting import SAMPLE, Draft, choose_day, choose_now, draft, record_sightings
from newsletter.errors import StoreUnavailable, TemplateError, UsageError
from newsletter.message import (
    READER_SLOTS,
    compose,
    escape_html,
    escape_nothing,
    fill,
    place_cards,
    prepare,
    slot_values,
    unsubscribe_links,
)
from newsletter.model import Claimed, Issue, Reply, Slot, Steering, SubscriberStatus
from newsletter.outlet import Outlet, looking, read_sample_readers, way_out
from newsletter.papers import Loaded
from newsletter.pipeline import Surroundings, make_issue
from newsletter.settings import Settings
from newsletter.store import Store

_log = logging.getLogger(__name__)

#: Stands in links where a signed token would: nobody's, so that trying one does no harm.
NO_TOKEN = "preview"
_READER = "reader@example.org"


def preview_draft(
    settings: Settings,
    outlet: Outlet,
    *,
    asked: date | None,
    now: datetime,
    steering: Steering | None = None,
    loaded: Loaded | None = None,
    record: bool = False,
) -> Draft:
    """The day's draft; no store is made where there is none.

    Args:
        steering: instead of what the editor's file says.
        loaded: the papers, where they were loaded before.
        record: note in the store what votes were seen: ages and growth are learnt from it.
    """
    day = choose_day(settings, asked, now)
    at = choose_now(settings, day, now)
    with looking(outlet, writes=record) as store:
        tell = partial(_record, store, now=now) if record and store else None
        return draft(settings, store, day=day, now=at, steering=steering, loaded=loaded, tell=tell)


def _record(store: Store, loaded: Loaded, now: datetime) -> None:
    try:
        record_sightings(store, loaded, now)
    except StoreUnavailable as error:  # the day can be looked at all the same
        _log.warning("What was seen is not recorded: %s.", error)


def preview_issue(
    settings: Settings,
    outlet: Outlet,
    *,
    asked: date | None,
    around: Surroundings,
    record: bool = False,
) -> tuple[Draft, Issue | None]:
    """The day's draft and its issue; no issue on a quiet day."""
    drafted = preview_draft(settings, outlet, asked=asked, now=around.clock(), record=record)
    issue = make_issue(settings, drafted.edition, around) if drafted.edition else None
    return drafted, issue


def send_test(
    settings: Settings, outlet: Outlet, *, asked: date | None, to: str, around: Surroundings
) -> Issue:
    """Send the day's email to one address and record nothing.

    Raises:
        UsageError: the day is quiet: there is nothing to test with.
        TemplateError: a template prints a slot that nothing fills.
        RelayUnavailable: the relay did not take it; its words are in the message.
    """
    drafted, issue = preview_issue(settings, outlet, asked=asked, around=around)
    if issue is None:
        raise UsageError(f"There is nothing to send to {to}: {drafted.quiet}.")
    post_issue(settings, outlet, issue, to)
    return issue


def post_issue(settings: Settings, outlet: Outlet, issue: Issue, to: str) -> Reply:
    """Send an issue to one address, record nothing, and return what the relay said.

    Raises:
        TemplateError: a template prints a slot that nothing fills.
        RelayUnavailable: the relay did not take it; its words are in the message.
    """
    refuse_unfilled(issue)
    message = compose(prepare(issue), _nobody(issue, to), NO_TOKEN)
    with way_out(settings, outlet) as sending:
        return post(message, sending.smtp)


def write_files(issue: Issue, folder: Path) -> list[Path]:
    """Write the email as newsletter.html, .txt and .eml, as a reader would get it.

    Raises:
        UsageError: the folder cannot be written.
        TemplateError: a template prints a slot that nothing fills.
    """
    refuse_unfilled(issue)
    values = example_values(issue)
    contents = {
        "newsletter.html": fill(issue.html, values, escape_html).encode(),
        "newsletter.txt": fill(issue.text, values, escape_nothing).encode(),
        "newsletter.eml": example_message(issue),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}.") from error
    return [folder / name for name in contents]


def refuse_unfilled(issue: Issue) -> None:
    """Raise a TemplateError where a template prints a slot that nothing fills."""
    for part, segments in (("HTML", issue.html), ("text", issue.text)):
        slots = (one.name for one in place_cards(segments) if isinstance(one, Slot))
        unfilled = next((name for name in slots if name not in READER_SLOTS), None)
        if unfilled:
            raise TemplateError(
                f"Nothing fills the slot {unfilled!r} of the {part} part; templates/README.md "
                "says which slot may be used where (a card's, only in the card's own file)."
            )


def example_values(issue: Issue) -> dict[str, str]:
    """What stands in the slots of a reader there is not."""
    links = unsubscribe_links(issue.letterhead, NO_TOKEN)
    return slot_values(_nobody(issue, _READER), links)


def example_message(issue: Issue) -> bytes:
    """The whole message to a reader there is not."""
    message = compose(prepare(issue), _nobody(issue, _READER), NO_TOKEN)
    return message.head + message.body


def count_audience(settings: Settings, outlet: Outlet, day: date) -> tuple[int, bool]:
    """How many readers the day's edition would go to, and whether it was published before."""
    counts: dict[SubscriberStatus, int] = {}
    published = False
    with looking(outlet) as store:
        if store:
            counts, published = store.subscribers.count_by_status(), day in store.editions.days()
    if outlet.is_sandbox and not any(counts.values()):
        return len(list(read_sample_readers(settings).entries)), published
    return counts.get(SubscriberStatus.CONFIRMED, 0), published


def warn_of_sample(settings: Settings, outlet: Outlet) -> str:
    """A warning where sample papers would go to real readers; "" where all is well."""
    if outlet.is_sandbox or all(source.at != SAMPLE for source in settings.papers.sources):
        return ""
    return "papers.source is still the sample: set it before real readers get these papers"


def _nobody(issue: Issue, address: str) -> Claimed:
    return Claimed(
        id=0,
        day=issue.day,
        subscriber_id=0,
        address=address,
        name="Reader",
        attempts=0,
        epoch=0,
        queued_at=issue.dated,
    )
