"""Sample sets: days that are hard on a design, made of the sample papers, always the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from newsletter.drafting import Draft, draw
from newsletter.errors import UsageError
from newsletter.model import Steering
from newsletter.papers import ListSeen, Loaded, merging
from newsletter.papers.listing import check
from newsletter.rendering.nearest import suggest
from newsletter.settings import Settings
from newsletter.shipped import shipped

#: A record as the API gives it.
Item = dict[str, Any]

#: The busiest day that was ever seen.
BUSIEST = 78
_MANY = 240
_PICTURE = "https://cdn-thumbnails.huggingface.co/social-thumbnails/papers/{}.png"
_READ_AT = time(8, 47, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SampleSet:
    """A day's list of papers, and what it is good for."""

    name: str
    title: str
    says: str
    make: Callable[[Sequence[Item]], list[Item]]
    #: Instead of the newsletter's (BCP 47); "" where it stays.
    language: str = ""


def draft_set(settings: Settings, name: str, *, day: date) -> Draft:
    """The draft of a day whose list is a sample set; the editor's file does not count.

    Args:
        settings: with room for it, see `make_room`.

    Raises:
        UsageError: there is no such set.
    """
    now = datetime.combine(day, _READ_AT)
    loaded = _load(find_set(name), day, now)
    return draw(settings, None, loaded, day=day, now=now, steering=Steering())


def make_room(settings: Settings, name: str) -> Settings:
    """The settings for a sample set: as it shows what a design does, all of it has to fit.

    Raises:
        UsageError: there is no such set.
    """
    language = find_set(name).language or settings.newsletter.language
    return replace(
        settings,
        newsletter=replace(settings.newsletter, language=language),
        papers=replace(settings.papers, minimum=1, maximum=BUSIEST, minimum_upvotes=0),
        ranking=replace(settings.ranking, per_organization=0),
    )


def find_set(name: str) -> SampleSet:
    """The set of a name.

    Raises:
        UsageError: there is none.
    """
    by_name = {each.name: each for each in SETS}
    if name not in by_name:
        raise UsageError(f"There is no sample set {name!r}{suggest(name, by_name)}.")
    return by_name[name]


def _load(chosen: SampleSet, day: date, now: datetime) -> Loaded:
    listing = check(
        [_date(item, day) for item in chosen.make(_sample_items())],
        origin=f"sample set {chosen.name}",
        listed_on=day,
        observed_at=now,
        read_at=now,
        wanted=lambda _: True,
        now=now,
    )
    papers, bad, _ = merging.merge(listing.sightings, now)
    return Loaded(
        papers=papers,
        bad=(*listing.bad, *bad),
        lists=(ListSeen.of(listing),),
        first_seen=merging.first_seen(listing.sightings),
        warnings=(),
    )


@cache
def _wording() -> dict[str, Any]:
    """What sample sets say that no sample paper says: titles, names, text made to do harm."""
    path = Path(__file__).with_name("wording.json")
    words: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return words


@cache
def _sample_items() -> tuple[Item, ...]:
    """The papers that come along, each once, most voted first."""
    items: dict[str, Item] = {}
    for path in sorted((shipped() / "data" / "papers").glob("*.json")):
        for item in json.loads(path.read_text(encoding="utf-8")):
            items.setdefault(item["paper"]["id"], _illustrate(item))
    return tuple(sorted(items.values(), key=lambda item: -item["paper"]["upvotes"]))


def _illustrate(item: Item) -> Item:
    return {**item, "thumbnail": _PICTURE.format(item["paper"]["id"])}


def _date(item: Any, day: date) -> Any:
    """The record as of the day: a set must work on any."""
    paper = item.get("paper") if isinstance(item, dict) else None
    if paper is None:
        return item
    before = (day - timedelta(days=1)).isoformat()
    return {**item, "paper": {**paper, "publishedAt": before, "submittedOnDailyAt": str(day)}}


def _change(item: Item, **changes: Any) -> Item:
    return {**item, "paper": {**item["paper"], **changes}}


def _quiet(items: Sequence[Item]) -> list[Item]:
    return []


def _busy(items: Sequence[Item]) -> list[Item]:
    titles = _wording()["more_titles"]
    more = (
        _change(item, id=f"2608.{90000 + at}", title=title)
        for at, (item, title) in enumerate(zip(items[-len(titles) :], titles, strict=True))
    )
    return [*items, *more][:BUSIEST]


def _one(items: Sequence[Item]) -> list[Item]:
    return list(items[:1])


def _hostile(items: Sequence[Item]) -> list[Any]:
    nasty = []
    for item, words in zip(items, _wording()["hostile"], strict=False):
        paper = dict(words["paper"])
        if isinstance(paper.get("authors"), int):
            paper["authors"] = _people(_number(paper["authors"]))
        nasty.append({**_change(item, **paper), **words["item"]})
    return [*nasty, *_wording()["unusable"]]


def _voteless(items: Sequence[Item]) -> list[Item]:
    left = items[:12]
    return [
        {
            **{key: value for key, value in item.items() if key != "numComments"},
            "paper": {
                key: value
                for key, value in item["paper"].items()
                if key not in ("upvotes", "githubStars")
            },
        }
        for item in left
    ]


def _unillustrated(items: Sequence[Item]) -> list[Item]:
    return [{**item, "thumbnail": None} for item in items[:12]]


def _from_the_right(items: Sequence[Item]) -> list[Item]:
    return [
        _change(
            item,
            title=words["title"],
            summary=words["abstract"],
            ai_summary="",
            authors=_people(words["names"]),
        )
        for item, words in zip(items, _wording()["from_the_right"], strict=False)
    ]


def _long(items: Sequence[Item]) -> list[Item]:
    words = _wording()
    authors = _people([*words["long_names"], *_number(_MANY)])
    organization = {"fullname": words["long_organization"]}
    return [
        _change(item, title=title, authors=authors, organization=organization)
        for item, title in zip(items, words["long_titles"], strict=False)
    ]


def _number(count: int) -> list[str]:
    return [f"Author {number:04}" for number in range(1, count + 1)]


def _people(names: Sequence[str]) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


SETS = (
    SampleSet("quiet", "Quiet day", "No papers were listed: nothing would be sent.", _quiet),
    SampleSet("one", "One paper", "The shortest edition there is.", _one),
    SampleSet(
        "busy",
        f"Busy day of {BUSIEST}",
        "The most papers ever seen on a day, all of them shown: cards step down to fit.",
        _busy,
    ),
    SampleSet(
        "long",
        "Long titles",
        "Titles, names and organisations at the length where they are cut.",
        _long,
    ),
    SampleSet(
        "votes", "Missing votes", "A source without votes, comments or stars, as a CSV.", _voteless
    ),
    SampleSet("pictures", "No thumbnails", "No paper has a picture.", _unillustrated),
    SampleSet(
        "rtl",
        "Right to left",
        "Arabic, Persian and Hebrew, in a newsletter that reads from the right.",
        _from_the_right,
        language="ar",
    ),
    SampleSet(
        "hostile",
        "Hostile text",
        "Scripts, markup, LaTeX, control characters and header lines in every field.",
        _hostile,
    ),
)
