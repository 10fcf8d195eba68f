"""The stages in order: draft | render | publish | dispatch. It calls, and does not decide."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

from newsletter.delivery.dispatch import Dispatched, Stop, run
from newsletter.message import Prepared, compose, prepare
from newsletter.model import Card, Claimed, Edition, Issue, Message
from newsletter.outlet import Outlet
from newsletter.report import Report
from newsletter.roster import read as read_roster
from newsletter.settings import Settings
from newsletter.shipped import shipped
from newsletter.store import Store, open_store
from newsletter.tokens import Tokens

_log = logging.getLogger(__name__)

#: The purpose of the tokens in unsubscribe links.
UNSUBSCRIBE = "unsubscribe"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run takes from the world around it, so that a test can give another."""

    clock: Callable[[], datetime] = _now
    random: Random = field(default_factory=Random)
    make_salt: Callable[[], str] = secrets.token_hex
    stop: Stop = field(default_factory=Stop)
    #: Entered while mail is on its way, so that a signal asks to stop instead of ending us;
    #: before that nothing is half-done, and it may end us at once.
    hold_signals: Callable[[], AbstractContextManager[None]] = nullcontext
    progress: Callable[[Dispatched, int], None] = lambda done, due: None


def send(settings: Settings, outlet: Outlet, *, asked: date | None, around: Surroundings) -> Report:
    """Publish the day's edition unless it is, and deliver what is due. Safe to repeat.

    Raises:
        SourceUnavailable: the day's list cannot be had; nothing was published.
        TemplateError: the email cannot be rendered; nothing was published.
        TryAgainLater: deliveries are open that cannot go now.
    """
    from newsletter.drafting import choose_day

    started = around.clock()
    day = choose_day(settings, asked, started)
    with open_outlet(settings, outlet, started) as (store, sending):
        report = Report(day=day, sent=0, failed=0, tally=None, seconds=0, maildir=outlet.maildir)
        if day not in store.editions.days():
            report = _publish(sending, store, report, around)
        done = deliver(sending, store, around)
        return _complete(report, store, done, started, around)


def dispatch(settings: Settings, outlet: Outlet, *, around: Surroundings) -> list[Report]:
    """Deliver what is due of any day; a report for each edition that had something open."""
    started = around.clock()
    if not outlet.has_store:
        return []
    with open_outlet(settings, outlet, started) as (store, sending):
        days = store.ledger.open_days()
        done = deliver(sending, store, around)
        blank = Report(
            day=started.date(), sent=0, failed=0, tally=None, seconds=0, maildir=outlet.maildir
        )
        return [_complete(replace(blank, day=day), store, done, started, around) for day in days]


def _publish(settings: Settings, store: Store, report: Report, around: Surroundings) -> Report:
    from newsletter.drafting import choose_now, draft

    now = choose_now(settings, report.day, around.clock())
    drafted = draft(settings, store, day=report.day, now=now)
    store.sightings.record(drafted.loaded.papers, now=around.clock())
    report = replace(
        report, bad=drafted.loaded.bad, warnings=drafted.loaded.warnings, quiet=drafted.quiet
    )
    if drafted.edition is None:
        return report
    issue = make_issue(settings, drafted.edition, around)
    audience = store.editions.publish(drafted.edition, issue, now=around.clock())
    _log.info("published %s for %s readers", report.day, audience)
    return replace(
        report,
        published=audience is not None,
        subject=issue.subject,
        shortened=count_shortened(issue),
    )


def _complete(
    report: Report, store: Store, done: Dispatched, started: datetime, around: Surroundings
) -> Report:
    return replace(
        report,
        sent=done.sent,
        failed=done.failed,
        stopped=done.stopped,
        doubtful=done.doubtful,
        pause=done.pause,
        tally=store.ledger.tally(report.day),
        seconds=(around.clock() - started).total_seconds(),
    )


def make_issue(settings: Settings, edition: Edition, around: Surroundings) -> Issue:
    """Render an edition.

    Raises:
        TemplateError: with the template's file and line.
    """
    from newsletter.rendering import render

    return render(
        edition,
        settings,
        templates=templates_folder(settings),
        dated=around.clock().replace(microsecond=0),
        salt=around.make_salt(),
    )


def templates_folder(settings: Settings) -> Path:
    """The newsletter's own templates, or those that come with the program."""
    own = settings.home / "templates"
    return own if own.is_dir() else shipped() / "templates"


def count_shortened(issue: Issue) -> int:
    """How many papers are shown with less than their whole abstract, to fit."""
    return sum(isinstance(part, Card) and part.rung != "full" for part in issue.html)


def deliver(settings: Settings, store: Store, around: Surroundings) -> Dispatched:
    """Send what is due through the relay that the settings name, and prune what is old."""
    with around.hold_signals():
        done = run(
            store.ledger,
            make_composer(settings, store, around.clock()),
            settings,
            clock=around.clock,
            random=around.random,
            stop=around.stop,
            progress=around.progress,
        )
        if not done.stopped:
            _prune(settings, store, around.clock())
    return done


def _prune(settings: Settings, store: Store, now: datetime) -> None:
    before = now - timedelta(days=settings.delivery.keep_days)
    if count := store.ledger.prune(before):
        _log.info("%s deliveries of before %s are now counts", count, before.date())


def make_composer(settings: Settings, store: Store, now: datetime) -> Callable[[Claimed], Message]:
    """A function from a claimed delivery to its message; each issue is encoded once."""
    keys = store.keys.signing(UNSUBSCRIBE, now=now, configured=settings.web.signing_key)
    tokens = Tokens(keys, UNSUBSCRIBE)
    known: dict[date, Prepared] = {}

    def compose_one(claimed: Claimed) -> Message:
        if claimed.day not in known:
            issue = store.editions.get_issue(claimed.day)
            assert issue is not None, "the database refuses a delivery of no edition"
            known[claimed.day] = prepare(issue)
        return compose(known[claimed.day], claimed, tokens.sign(claimed.subscriber_id))

    return compose_one


@contextmanager
def open_outlet(
    settings: Settings, outlet: Outlet, now: datetime
) -> Iterator[tuple[Store, Settings]]:
    """The outlet's store, and the settings that lead to its way out."""
    with open_store(outlet.store_url) as store:
        if outlet.is_sandbox:
            add_sample_readers(settings, store, now)
        with way_out(settings, outlet) as sending:
            yield store, sending


@contextmanager
def way_out(settings: Settings, outlet: Outlet) -> Iterator[Settings]:
    """The settings as they are; for the sandbox with its own server for a relay, running."""
    if outlet.maildir is None:
        yield settings
        return
    from newsletter.delivery.sandbox import sandbox

    with sandbox(outlet.maildir) as (host, port):
        relay = replace(
            settings.smtp, host=host, port=port, security="none", username="", password=""
        )
        yield replace(settings, smtp=relay)


def add_sample_readers(settings: Settings, store: Store, now: datetime) -> None:
    """Give a sandbox that has no readers yet the sample ones."""
    if any(store.subscribers.count_by_status().values()):
        return
    own = settings.home / "data" / "subscribers.csv"
    roster = read_roster(own if own.is_file() else shipped() / "data" / "subscribers.csv")
    store.subscribers.add(roster.entries, now=now)
