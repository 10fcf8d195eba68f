"""From the source to the day's edition: load → date → rank → choose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from newsletter import edition as editions
from newsletter.editing import read_steering, steering_path
from newsletter.model import Edition, Paper, PassedOver, Ranked, Steering
from newsletter.papers import Loaded, load, newest_day
from newsletter.papers.dating import date_listings
from newsletter.settings import Settings
from newsletter.shipped import shipped
from newsletter.sources import Source
from newsletter.steering import resolve
from newsletter.store import Store
from newsletter.timetable import slot_of, today

SAMPLE = "sample"


@dataclass(frozen=True, slots=True)
class History:
    """What is known of papers seen before."""

    #: The day that featured a paper.
    featured: Mapping[str, date]
    first_seen: Mapping[str, datetime]
    #: For a listing day, the moments its list was read.
    lists_seen: Mapping[date, Sequence[datetime]]


@dataclass(frozen=True, slots=True)
class Draft:
    """A day's edition in the making, with what it was made from."""

    day: date
    loaded: Loaded
    #: What the day can say, also where that is too little.
    drawn: Edition
    #: Papers of the window left out because another day had them.
    featured: int
    #: Why the day is quiet; "" where it is not.
    quiet: str

    @property
    def listed(self) -> int:
        """How many papers the source lists for the day itself, or for no day in particular."""
        return sum(paper.listed_on in (None, self.day) for paper in self.loaded.papers)

    @property
    def edition(self) -> Edition | None:
        """None on a quiet day."""
        return None if self.quiet else self.drawn

    @property
    def standing(self) -> list[tuple[Ranked, str]]:
        """Every candidate and why the edition leaves it out, its own papers first with ""."""
        chosen = [(ranked, self.quiet) for ranked in self.drawn.papers]
        left = [(each.ranked, each.reason) for each in self.drawn.passed_over if each.ranked]
        return chosen + left


def choose_day(settings: Settings, asked: date | None, now: datetime) -> date:
    """The day asked for; else today in the newsletter's zone; for the sample its newest."""
    if asked is not None:
        return asked
    if all(source.at == SAMPLE for source in settings.papers.sources):
        return newest_day(home=settings.home, fallback=_sample_folder(), now=now)
    return today(now, settings.newsletter.timezone)


def choose_now(settings: Settings, day: date, now: datetime) -> datetime:
    """The moment a day is drawn up for: a past day as it was when it was due."""
    zone = settings.newsletter.timezone
    return now if day >= today(now, zone) else slot_of(day, settings.schedule, zone)


def draft(
    settings: Settings,
    store: Store | None,
    *,
    day: date,
    now: datetime,
    steering: Steering | None = None,
    loaded: Loaded | None = None,
    tell: Callable[[Loaded], None] | None = None,
) -> Draft:
    """Load the day's papers, rank them and choose what the edition says.

    Args:
        store: what was featured and seen before; None where there is no store yet.
        now: the moment it is drawn up for, see `choose_now`.
        steering: instead of what the editor's file says.
        loaded: the papers, where they were loaded before.
        tell: is told what was loaded, also where drafting fails then.

    Raises:
        SourceUnavailable: the day's list cannot be had.
        UsageError: the editor's file is wrong, or names a paper that is not there.
    """
    if steering is None:
        steering = read_steering(settings.home, day)
    if loaded is None:
        loaded = load_papers(settings, day=day, now=now, source=settings.papers.source)
    if tell:
        tell(loaded)
    return draw(settings, store, loaded, day=day, now=now, steering=steering)


def draw(
    settings: Settings,
    store: Store | None,
    loaded: Loaded,
    *,
    day: date,
    now: datetime,
    steering: Steering,
) -> Draft:
    """Rank papers that are loaded, and choose what the edition says; otherwise as `draft`.

    Raises:
        SourceUnavailable: the day's list is lost, and what stands in for it is too little.
        UsageError: the editor names a paper that is not there.
    """
    history = read_history(store, loaded, day)
    papers = date_listings(loaded.papers, history.first_seen, history.lists_seen)
    steering = resolve(
        steering,
        papers,
        history.featured,
        maximum=settings.papers.maximum,
        origin=str(steering_path(settings.home, day)),
    )
    is_lost = loaded.lost is not None
    drawn = _draw_up(settings, day, papers, history.featured, steering, now, is_lost=is_lost)
    is_enough = len(drawn.papers) >= settings.papers.minimum
    if loaded.lost and not is_enough:
        raise loaded.lost  # the day failed; nobody knows whether it was quiet
    quiet = "" if is_enough else _say_quiet(papers, drawn, settings.papers.minimum)
    return Draft(day, loaded, drawn, len(history.featured), quiet)


def _draw_up(
    settings: Settings,
    day: date,
    papers: Sequence[Paper],
    featured: Mapping[str, date],
    steering: Steering,
    now: datetime,
    *,
    is_lost: bool,
) -> Edition:
    from newsletter.ranking import rank

    # Where nothing was listed on the day itself, late arrivals wait for the next day's news,
    # unless its own list is lost and earlier ones stand in for it.
    if not (is_lost or editions.has_news(papers, day)):
        return Edition(day=day, papers=())
    barred = editions.bar(papers, day, featured, settings.papers, steering.picked)
    drawn = editions.choose(
        rank((paper for paper in papers if paper.key not in barred), now, settings.ranking),
        day,
        settings.papers,
        per_organization=settings.ranking.per_organization,
        steering=steering,
    )
    out = (PassedOver(paper, barred[paper.key]) for paper in papers if paper.key in barred)
    return replace(drawn, passed_over=(*drawn.passed_over, *out))


def load_papers(
    settings: Settings, *, day: date, now: datetime, source: str | Sequence[Source]
) -> Loaded:
    """Load what a source or several give for a day, as the settings say.

    Raises:
        SourceUnavailable: the day's list cannot be had.
    """
    return load(
        source,
        day=day,
        now=now,
        settings=settings.papers,
        home=settings.home,
        fallback=_sample_folder(),
        public_url=settings.newsletter.public_url,
        zone=settings.newsletter.timezone,
    )


def read_history(store: Store | None, loaded: Loaded, day: date) -> History:
    """What is known of these papers, from the store and from the lists just read.

    What the day itself featured does not count: its edition may be drawn up again.
    """
    if store is None:
        return History({}, loaded.first_seen, lists_by_day(loaded))
    keys = [paper.key for paper in loaded.papers]
    days = sorted({paper.listed_on for paper in loaded.papers if paper.listed_on is not None})
    stored_lists, read_lists = store.sightings.lists_seen(days), lists_by_day(loaded)
    stored_first = store.sightings.first_seen(keys)
    return History(
        featured={key: on for key, on in store.editions.featured(keys).items() if on != day},
        first_seen={
            key: min(seen, stored_first.get(key, seen)) for key, seen in loaded.first_seen.items()
        },
        lists_seen={on: [*stored_lists.get(on, ()), *read_lists.get(on, ())] for on in days},
    )


def record_sightings(store: Store, loaded: Loaded, now: datetime) -> None:
    """Note the votes that a load has seen, and when the lists were read.

    Raises:
        StoreUnavailable: the store cannot be written.
    """
    store.sightings.record(
        (*loaded.papers, *loaded.settled),
        first_seen=loaded.first_seen,
        lists=lists_by_day(loaded),
        now=now,
    )


def lists_by_day(loaded: Loaded) -> dict[date, list[datetime]]:
    """When the whole list of each day was read, by day, as far as this load tells."""
    by_day: dict[date, list[datetime]] = {}
    for each in loaded.lists:
        if each.listed_on is not None:
            by_day.setdefault(each.listed_on, []).append(each.observed_at)
    return by_day


def _say_quiet(papers: Sequence[Paper], drawn: Edition, minimum: int) -> str:
    if not editions.has_news(papers, drawn.day):
        return f"no papers were listed on {drawn.day}"
    found = len(drawn.papers)
    if not found:
        return (
            f"every paper listed by {drawn.day} was featured before, left out or has too few"
            " upvotes"
        )
    papers_left = "1 paper is" if found == 1 else f"{found} papers are"
    return f"only {papers_left} left to tell of, and papers.minimum is {minimum}"


def _sample_folder() -> Path:
    return shipped() / "data" / "papers"
