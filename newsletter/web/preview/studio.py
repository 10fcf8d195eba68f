"""The day's email as it would be now; what did not change since is not made again.

Used by one thread.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from newsletter.config import read_settings
from newsletter.drafting import Draft, choose_day, choose_now
from newsletter.errors import NewsletterError
from newsletter.message import escape_html, escape_nothing, fill
from newsletter.model import Issue
from newsletter.outlet import Outlet, choose_outlet, looking
from newsletter.pipeline import Surroundings, make_issue
from newsletter.previewing import (
    example_message,
    example_values,
    preview_draft,
    refuse_unfilled,
)
from newsletter.settings import Brand, Settings
from newsletter.trial.overlay import try_on
from newsletter.trial.readers import Eyes, see_as
from newsletter.trial.samples import draft_set, make_room
from newsletter.web.preview import files
from newsletter.web.preview.trouble import PASSING
from newsletter.web.preview.view import Wish

T = TypeVar("T")

#: How many drafts, and how many emails, are kept ready.
_DRAFTS = 8
_PROOFS = 12
#: How much else, such as what the checks found.
_REMEMBERED = 24
_LONGEST_ID = 19
#: How many versions of an email are kept, the present one among them.
_VERSIONS = 6
#: A live source is asked again after so many seconds.
_FRESH = 600
#: After so many a database on a server is, and whatever failed and may be over by itself: a
#: source that is down keeps one waiting each time.
_SOON = 10
#: Fixed, so that an email changes only where its files do.
_SALT = "preview"


@dataclass(frozen=True, kw_only=True)
class Proof:
    """An email as it would be now, or why there is none."""

    wish: Wish
    #: Another one for each that is made.
    number: int = 0
    #: With what the wish changes of them; None where they are wrong.
    settings: Settings | None = None
    outlet: Outlet | None = None
    #: None where something is wrong before a day can be told.
    day: date | None = None
    draft: Draft | None = None
    #: None on a quiet day that was not published, and where something is wrong.
    issue: Issue | None = None
    #: Whose email it is; None for nobody's.
    eyes: Eyes | None = None
    error: NewsletterError | None = None
    failed_at: datetime | None = None

    @property
    def went_out(self) -> bool:
        """Whether it is the issue as it was published, as its papers are gone."""
        return bool(self.issue and self.draft and not self.draft.edition)

    @cached_property
    def html(self) -> str:
        """The HTML as the wish's reader sees it; "" where there is none."""
        return fill(self.issue.html, self._values(), escape_html) if self.issue else ""

    @cached_property
    def text(self) -> str:
        """The text part as the wish's reader sees it; "" where there is none."""
        return fill(self.issue.text, self._values(), escape_nothing) if self.issue else ""

    @cached_property
    def message(self) -> bytes:
        """The whole message; empty where there is none."""
        if self.issue is None:
            return b""
        return self.eyes.message(self.issue) if self.eyes else example_message(self.issue)

    @cached_property
    def digest(self) -> str:
        """The same for the same HTML, so that an address can name it."""
        return hashlib.sha256(self.html.encode()).hexdigest()[:12]

    def _values(self) -> dict[str, str]:
        assert self.issue is not None
        return self.eyes.values(self.issue) if self.eyes else example_values(self.issue)


@dataclass(frozen=True, slots=True)
class Version:
    """An email as it was at a time."""

    #: From 1, another one for each.
    number: int
    #: When it was first seen.
    at: datetime
    html: str


class Studio:
    """Makes proofs of a newsletter, and keeps those of the last wishes."""

    def __init__(
        self,
        config: Path,
        *,
        day: date | None = None,
        sandbox: bool = False,
        clock: Callable[[], datetime],
    ) -> None:
        """Take a newsletter by its file of settings.

        Args:
            day: the day of wishes that name none; None for the one that a send would take.
            sandbox: what was featured before is what the sandbox knows of.
        """
        self.config = config.resolve()
        self._day = day
        self._sandbox = sandbox
        self._clock = clock
        self._settings: OrderedDict[Hashable, Settings] = OrderedDict()
        self._drafts: OrderedDict[Hashable, Draft] = OrderedDict()
        self._proofs: OrderedDict[Hashable, Proof] = OrderedDict()
        self._versions: OrderedDict[Hashable, deque[Version]] = OrderedDict()
        self._remembered: OrderedDict[Hashable, Any] = OrderedDict()
        self._numbers = count(1)
        self._made = count(1)

    @property
    def home(self) -> Path:
        """The newsletter's folder."""
        return self.config.parent

    def read_settings(self) -> Settings:
        """The settings as the file has them now.

        Raises:
            ConfigError: they are wrong.
        """
        stamp = files.stamp([self.config])
        return _keep(self._settings, stamp, lambda: read_settings(self.config), most=1)

    @property
    def title(self) -> str:
        """The newsletter's title, as the settings had it when they were last in order."""
        last = next(iter(self._settings.values()), None)
        return last.newsletter.title if last else "Newsletter"

    def now(self) -> datetime:
        """What time it is."""
        return self._clock()

    def remember(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made for a key before; made where it was not."""
        made: T = _keep(self._remembered, key, make, most=_REMEMBERED)
        return made

    def recall(self, key: Hashable) -> Any:
        """What was made for a key before; None where nothing was."""
        return self._remembered.get(key)

    def find_files(self) -> list[Path]:
        """The files and folders that an email may be made from; some may not be there."""
        try:
            settings = self.read_settings()
        except NewsletterError:
            return [self.config]
        return [self.config, *files.of_newsletter(settings)]

    def prove(self, wish: Wish) -> Proof:
        """The email as it would be now; what is wrong with it is in the proof."""
        try:
            settings = _apply(wish, self.read_settings())
            outlet = choose_outlet(settings, sandbox=self._sandbox)
            day = choose_day(settings, wish.day or self._day, self._clock())
        except NewsletterError as error:
            return Proof(wish=wish, error=error)
        # A change to the looks alone leaves the day's papers as they are.
        papers = (repr(replace(settings, brand=Brand())), self._stamp_papers(settings, day))
        base = (papers, files.stamp(files.of_draft(settings, outlet, day)), self._age(outlet))
        key = (wish, base, files.stamp([self.config, *files.of_look(settings)]))
        if (known := self._proofs.get(key)) and self._may_be_over(known):
            del self._proofs[key]
        proof = _keep(
            self._proofs, key, lambda: self._make(wish, settings, outlet, day, base), most=_PROOFS
        )
        self._note(proof)
        return proof

    def earlier(self, wish: Wish) -> list[Version]:
        """What its email was before it became what it is now, the newest first.

        Before colours were tried on it was what it is without them.
        """
        saved = list(self._versions.get(replace(wish, brand=()), ()))[::-1]
        return saved if wish.brand else saved[1:]

    def _note(self, proof: Proof) -> None:
        # What is only tried on would drive out what was saved.
        if proof.issue is None or proof.wish.brand:
            return
        known = _keep(self._versions, proof.wish, lambda: deque(maxlen=_VERSIONS), most=_PROOFS)
        if not known or known[-1].html != proof.html:
            known.append(Version(next(self._numbers), self._clock(), proof.html))

    def _stamp_papers(self, settings: Settings, day: date) -> Hashable:
        age = self._clock().timestamp() // _FRESH if files.is_any_live(settings) else 0
        return day, age, files.stamp(files.find_data(settings))

    def _may_be_over(self, proof: Proof) -> bool:
        if proof.failed_at is None or not isinstance(proof.error, PASSING):
            return False
        return (self._clock() - proof.failed_at).total_seconds() >= _SOON

    def _age(self, outlet: Outlet) -> float:
        on_server = outlet.has_store and not files.find_store(outlet)
        return self._clock().timestamp() // _SOON if on_server else 0

    def _make(
        self, wish: Wish, settings: Settings, outlet: Outlet, day: date, base: tuple[Hashable, ...]
    ) -> Proof:
        now = self._clock()
        proof = Proof(wish=wish, number=next(self._made), settings=settings, outlet=outlet, day=day)
        try:
            drafted = _keep(
                self._drafts,
                (base, wish.sample),
                lambda: self._draft(wish, settings, outlet, day, base),
                most=_DRAFTS,
            )
            proof = replace(proof, draft=drafted)
            around = Surroundings(
                clock=lambda: choose_now(settings, day, now), make_salt=lambda: _SALT
            )
            issue = (
                make_issue(settings, drafted.edition, around)
                if drafted.edition
                else _find_published(wish, outlet, day)
            )
            if issue:
                refuse_unfilled(issue)
            eyes = see_as(settings, outlet, _read_id(wish.reader)) if wish.reader else None
        except NewsletterError as error:
            return replace(proof, error=error, failed_at=self._clock())
        return replace(proof, issue=issue, eyes=eyes)

    def _draft(
        self, wish: Wish, settings: Settings, outlet: Outlet, day: date, base: tuple[Hashable, ...]
    ) -> Draft:
        if wish.sample:
            return draft_set(settings, wish.sample, day=day)
        # What the editor settles and what the store knows changes without other papers.
        loaded = self.recall(("papers", base[0]))
        drafted = preview_draft(settings, outlet, asked=day, now=self._clock(), loaded=loaded)
        self.remember(("papers", base[0]), lambda: drafted.loaded)
        return drafted


def _find_published(wish: Wish, outlet: Outlet, day: date) -> Issue | None:
    """The issue as it went out, for a day whose list is gone; None where another is wished."""
    if wish.sample or wish.template or wish.brand:
        return None
    with looking(outlet) as store:
        return store.editions.get_issue(day) if store else None


def _read_id(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < _LONGEST_ID else 0


def _apply(wish: Wish, settings: Settings) -> Settings:
    """The settings with the brand tokens, the template and the room that a wish asks for."""
    if wish.brand:
        tried = try_on(settings.brand, settings.home, dict(wish.brand))
        settings = replace(settings, brand=tried.brand)
    if wish.template:
        settings = replace(settings, brand=replace(settings.brand, template=wish.template))
    return make_room(settings, wish.sample) if wish.sample else settings


def _keep(kept: OrderedDict[Hashable, T], key: Hashable, make: Callable[[], T], *, most: int) -> T:
    """What is kept under a key, made where it is not; the one used longest ago has to go."""
    if key not in kept:
        made = make()
        kept[key] = made
        if len(kept) > most:
            kept.popitem(last=False)
    kept.move_to_end(key)
    return kept[key]
