"""The stages in order: draft | render | check | publish | dispatch. It does not decide."""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from newsletter.composing import UNSUBSCRIBE as UNSUBSCRIBE
from newsletter.composing import make_composer as make_composer
from newsletter.crew import send_out
from newsletter.delivery.progress import Dispatched
from newsletter.delivery.stop import Stop, StopAt
from newsletter.errors import RelayUnavailable, SourceUnavailable, UsageError
from newsletter.model import Card, Edition, Issue
from newsletter.outlet import Outlet, open_outlet, way_out
from newsletter.report import Report
from newsletter.settings import Settings, StoreSection
from newsletter.shipped import shipped
from newsletter.store import Store
from newsletter.timetable import Act, Skip, Slot, Verdict, Waiting, judge_list
from newsletter.turn import take_turn
from newsletter.windows import in_words, next_halt, quiet_until, stale_before

_log = logging.getLogger(__name__)

#: The mark that says what ailed the relay when it was last tried.
TROUBLE = "trouble"


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
    #: Entered while papers are asked for, so that a signal held otherwise ends us at once.
    let_signals: Callable[[], AbstractContextManager[None]] = nullcontext
    progress: Callable[[Dispatched, int], None] = lambda done, due: None
    #: Whether to wait for another program that sends; and who is told that we do.
    wait: bool = True
    tell: Callable[[str], None] = lambda line: None
    #: The templates, where they are not those in the newsletter's folder.
    templates: Path | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of the open deliveries."""

    done: Dispatched
    #: How many of each day were no news any more.
    withdrawn: Counter[date]
    #: When the quiet hours end that it is now; None where mail may leave.
    paused_until: datetime | None


class _Seen:
    """Passes progress on, and keeps the last: what was done before an error ended it."""

    def __init__(self, tell: Callable[[Dispatched, int], None]) -> None:
        self._tell = tell
        self._last = Dispatched()

    def __call__(self, done: Dispatched, due: int) -> None:
        self._last = done
        self._tell(done, due)

    def so_far(self) -> Delivered:
        return Delivered(self._last, Counter(), None)


def send(
    settings: Settings,
    outlet: Outlet,
    *,
    asked: date | None,
    around: Surroundings,
    force: bool = False,
    slot: Slot | None = None,
) -> Report:
    """Publish the day's edition unless it is, and deliver what is due. Safe to repeat.

    Args:
        asked: the day; None for today.
        force: publish it whatever the checks say.
        slot: the day as the schedule has it; its list is waited for while it is thin.

    Raises:
        SourceUnavailable: the day's list cannot be had; nothing was published.
        TemplateError: the email cannot be rendered; nothing was published.
        CheckFailed: the email must not go out as it is; nothing was published.
        TryAgainLater: deliveries are open that cannot go now, or another program sends.
    """
    from newsletter.drafting import choose_day

    started = around.clock()
    day = slot.day if slot else choose_day(settings, asked, started)
    with open_outlet(settings, outlet, started) as store, _turn(settings, store, around):
        report = Report(day=day, sent=0, failed=0, tally=None, seconds=0, maildir=outlet.maildir)
        seen = _Seen(around.progress)
        try:
            if day not in store.editions.days():
                report = _publish(settings, store, report, around, slot, force=force)
            else:
                report = replace(report, warnings=_warn_of_late_edits(settings, store, day))
            delivered = deliver(settings, outlet, store, replace(around, progress=seen))
        except (SourceUnavailable, RelayUnavailable) as error:
            error.reports = (_complete(report, store, seen.so_far(), started, around),)
            raise
        report = replace(report, others=delivered.done.sent - delivered.done.sent_of.get(day, 0))
        return _complete(report, store, delivered, started, around)


def dispatch(settings: Settings, outlet: Outlet, *, around: Surroundings) -> list[Report]:
    """Deliver what is due of any day; a report for each edition that had something open.

    Raises:
        TryAgainLater: deliveries are open that cannot go now, or another program sends.
    """
    started = around.clock()
    if not outlet.has_store:
        return []
    with open_outlet(settings, outlet, started) as store:
        days = store.ledger.open_days()
        if not days:
            return []
        blank = Report(
            day=started.date(), sent=0, failed=0, tally=None, seconds=0, maildir=outlet.maildir
        )
        seen = _Seen(around.progress)

        def complete(delivered: Delivered) -> Iterator[Report]:
            for day in days:
                yield _complete(replace(blank, day=day), store, delivered, started, around)

        try:
            with _turn(settings, store, around):
                delivered = deliver(settings, outlet, store, replace(around, progress=seen))
        except RelayUnavailable as error:
            error.reports = tuple(complete(seen.so_far()))
            raise
        return list(complete(delivered))


def _turn(settings: Settings, store: Store, around: Surroundings) -> AbstractContextManager[None]:
    lease = settings.delivery.lease
    return take_turn(store, lease, wait=around.wait, stop=around.stop, tell=around.tell)


def _publish(
    settings: Settings,
    store: Store,
    report: Report,
    around: Surroundings,
    slot: Slot | None,
    *,
    force: bool,
) -> Report:
    from newsletter.checking import look_over_issue, refuse
    from newsletter.checks.slots import leave_empty
    from newsletter.drafting import choose_now, draw, load_papers, record_sightings
    from newsletter.editing import read_steering

    now = around.clock() if slot else choose_now(settings, report.day, around.clock())
    steering = read_steering(settings.home, report.day)
    with around.let_signals():
        loaded = load_papers(settings, day=report.day, now=now, source=settings.papers.source)
    record_sightings(store, loaded, around.clock())
    drafted = draw(settings, store, loaded, day=report.day, now=now, steering=steering)
    report = replace(
        report, bad=drafted.loaded.bad, warnings=drafted.loaded.warnings, quiet=drafted.quiet
    )
    if slot:
        verdict = judge_list(drafted.listed, drafted.quiet, now, slot, settings)
        if verdict.act is not Act.SEND:
            return _put_off(settings, store, report, verdict, around.clock())
    if drafted.edition is None:
        return report
    issue = make_issue(settings, drafted.edition, around)
    edition = only_shown(drafted.edition, issue)
    findings = look_over_issue(settings, edition, issue)
    if force:
        issue = leave_empty(issue)
    else:
        refuse(findings)
    audience = store.editions.publish(edition, issue, now=around.clock())
    _log.info("published %s for %s readers", report.day, audience, extra={"day": str(report.day)})
    return replace(
        report,
        published=audience is not None,
        subject=issue.subject,
        shortened=count_shortened(issue),
        findings=findings,
        left_out=len(drafted.edition.papers) - len(edition.papers),
    )


def _put_off(
    settings: Settings, store: Store, report: Report, verdict: Verdict, now: datetime
) -> Report:
    if verdict.look_at is None:
        store.agenda.skip([Skip(report.day, verdict.reason)], now=now)
        return replace(report, quiet=verdict.reason)
    store.agenda.wait(Waiting(report.day, verdict.reason, verdict.look_at), now=now)
    again = in_words(settings.schedule.look_again)
    return replace(report, quiet="", waiting=f"{verdict.reason}; looked at again every {again}")


def _warn_of_late_edits(settings: Settings, store: Store, day: date) -> tuple[str, ...]:
    from newsletter.editing import read_steering, steering_path
    from newsletter.steering import is_same

    published = store.editions.get_steering(day)
    try:
        written = read_steering(settings.home, day)
    except UsageError as error:  # it changes nothing any more, so it must not stop anything
        return (str(error),)
    if published is None or is_same(published, written):
        return ()
    path = steering_path(settings.home, day)
    return (f"{path} is not what {day} was published with; readers have what it said then",)


def _complete(
    report: Report, store: Store, delivered: Delivered, started: datetime, around: Surroundings
) -> Report:
    return replace(
        report,
        sent=delivered.done.sent_of.get(report.day, 0),
        failed=delivered.done.failed_of.get(report.day, 0),
        stopped=delivered.done.stopped,
        doubtful=delivered.done.doubtful,
        pause=delivered.done.pause,
        withdrawn=delivered.withdrawn[report.day],
        paused_until=delivered.paused_until,
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
        templates=around.templates or templates_folder(settings),
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


def only_shown(edition: Edition, issue: Issue) -> Edition:
    """The edition with the papers that its issue shows: any other may be told another day."""
    keys = {part.key for part in issue.html if isinstance(part, Card)}
    shown = tuple(ranked for ranked in edition.papers if ranked.paper.key in keys)
    return replace(edition, papers=shown)


def deliver(settings: Settings, outlet: Outlet, store: Store, around: Surroundings) -> Delivered:
    """Send what is due by the outlet's way, withdraw what is no news any more, prune the old.

    In quiet hours, and where nothing is open, nothing is started.
    """
    withdrawn = _withdraw(settings, store, around.clock())
    done = Dispatched()
    if quiet_until(around.clock(), settings) is None and store.ledger.open_days():
        done = _send_out(settings, outlet, store, around)
        withdrawn += _withdraw(settings, store, around.clock())
    _prune(settings, store, around.clock())
    until = quiet_until(around.clock(), settings)
    zone = ZoneInfo(settings.newsletter.timezone)
    return Delivered(done, withdrawn, until and until.astimezone(zone))


def _withdraw(settings: Settings, store: Store, now: datetime) -> Counter[date]:
    withdrawn = store.ledger.withdraw(stale_before(now, settings), now=now)
    for day, count in withdrawn.items():
        _log.warning("%s: %s withdrawn, no news any more", day, count, extra={"day": str(day)})
    return withdrawn


def _send_out(settings: Settings, outlet: Outlet, store: Store, around: Surroundings) -> Dispatched:
    halt = next_halt(around.clock(), settings)
    stop = StopAt(around.stop, halt, around.clock) if halt else around.stop
    with (
        _noting_trouble(store, around),
        way_out(settings, outlet) as sending,
        around.hold_signals(),
    ):
        done = send_out(
            store,
            replace(sending, store=StoreSection(url=outlet.store_url)),
            clock=around.clock,
            random=around.random,
            stop=stop,
            progress=around.progress,
        )
    return replace(done, stopped=around.stop.asked)


def _prune(settings: Settings, store: Store, now: datetime) -> None:
    before = now - timedelta(days=settings.delivery.keep_days)
    if count := store.ledger.prune(before):
        _log.info("%s deliveries of before %s are now counts", count, before.date())


@contextmanager
def _noting_trouble(store: Store, around: Surroundings) -> Iterator[None]:
    """Remember what ails the relay, until it is well again."""
    try:
        yield
    except RelayUnavailable as error:
        store.marks.set(TROUBLE, str(error), around.clock())
        raise
    if store.marks.get(TROUBLE):
        store.marks.set(TROUBLE, "", around.clock())
