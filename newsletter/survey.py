"""What each source gives, and what its columns are taken for: to look at before it is used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from newsletter.drafting import load_papers
from newsletter.errors import SourceUnavailable
from newsletter.papers import Loaded
from newsletter.settings import Settings
from newsletter.sources import Source


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One source."""

    source: Source
    #: What it gave; None where it gave nothing.
    loaded: Loaded | None
    #: Why it gave nothing.
    error: SourceUnavailable | None = None


def survey(settings: Settings, *, day: date, now: datetime) -> list[Surveyed]:
    """Ask every source by itself; one that is down is told, and does not stop the rest."""
    return [_ask(source, settings, day, now) for source in settings.papers.sources]


def _ask(source: Source, settings: Settings, day: date, now: datetime) -> Surveyed:
    try:
        loaded = load_papers(settings, day=day, now=now, source=(source,))
    except SourceUnavailable as error:
        return Surveyed(source, None, error)
    return Surveyed(source, loaded)
