"""Which card is shown how fully, so that no client clips the email."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from newsletter.embedding import detach
from newsletter.message import CARD_SLOTS, encode
from newsletter.model import Card, Literal, Segment

#: Gmail clips what is longer, and the unsubscribe link with it. Whether it counts before or
#: after the transfer encoding is disputed, so both stay under it.
LIMIT = 102_400

#: What a slot may come to: the longest address or link, and the rank of a card.
_READER_SLOT = 300
_CARD_SLOT = 10

_DOMAIN = "papers.example.org"

#: How many cards follow down one rung before the first of them takes the next.
_STAIR = 4


class Size(NamedTuple):
    """Bytes of HTML as it is, and as quoted-printable."""

    html: int = 0
    coded: int = 0

    def fits(self) -> bool:
        """Whether it stays under the limit both ways."""
        return max(self) < LIMIT

    def plus(self, other: Size) -> Size:
        return Size(self.html + other.html, self.coded + other.coded)

    def minus(self, other: Size) -> Size:
        return Size(self.html - other.html, self.coded - other.coded)


def measure(segments: Iterable[Segment]) -> Size:
    """What the segments come to; sizes add up because each is encoded on its own.

    Pictures that travel with the mail are parts of their own and do not count.
    """
    return add_up(map(_measure, detach(segments, _DOMAIN)[0]))


def add_up(sizes: Iterable[Size]) -> Size:
    """What pieces come to together."""
    htmls, codeds = zip(Size(), *sizes, strict=True)
    return Size(sum(htmls), sum(codeds))


def _measure(segment: Segment) -> Size:
    if isinstance(segment, Card):
        return add_up(map(_measure, segment.segments))
    if isinstance(segment, Literal):
        # On the wire every line ends in two bytes.
        html = len(segment.text.encode()) + segment.text.count("\n")
        return Size(html, len(encode(segment.text)))
    budget = _CARD_SLOT if segment.name in CARD_SLOTS else _READER_SLOT
    return Size(budget, budget)


def fit(frame: Size, cards: Sequence[Sequence[Size]]) -> tuple[int, ...] | None:
    """Choose each card's rung, by its number.

    The lowest-ranked card steps down first, and again when a few above it have followed:
    the cards come to stand like stairs, so that the best papers keep their abstracts
    even on a day of a hundred. No card is shown more fully than one ranked above it.

    Args:
        frame: what the email comes to without its cards.
        cards: best first, each with its size at every rung, fullest first.

    Returns:
        None where even the last rung of all is too much.
    """
    chosen = [0] * len(cards)
    total = add_up((frame, *(sizes[0] for sizes in cards)))
    for at in _steps(cards):
        if total.fits():
            break
        rung = chosen[at] = chosen[at] + 1
        total = total.plus(cards[at][rung]).minus(cards[at][rung - 1])
    return tuple(chosen) if total.fits() else None


def find_between(frame: Size, ends: Sequence[tuple[Size, Size]], rungs: int) -> tuple[int, ...]:
    """The cards that may come to stand between the first rung and the last, by their number.

    Whatever the rungs between come to, `fit` takes no fewer steps than if each were as
    small as the last, and no more than if each were as large as the first.

    Args:
        ends: best first, each card's size at its first rung and at its last.
        rungs: how many each card has, these two among them.

    Returns:
        None of the cards where even the last rung of all is too much.
    """
    inner = rungs - 2
    fewest = fit(frame, [(first, *[last] * inner, last) for first, last in ends])
    most = fit(frame, [(first, *[first] * inner, last) for first, last in ends])
    if fewest is None or most is None:
        return ()
    span = enumerate(zip(fewest, most, strict=True))
    return tuple(at for at, (least, last) in span if least < rungs - 1 and last > 0)


def _steps(cards: Sequence[Sequence[Size]]) -> list[int]:
    """The cards in the order in which they step down, each once a step."""
    steps = [
        (len(cards) - at + step * _STAIR, step, at)
        for at, sizes in enumerate(cards)
        for step in range(len(sizes) - 1)
    ]
    return [at for _, _, at in sorted(steps)]


def count_fitting(frame: Size, titles: Sequence[Size]) -> int:
    """How many of the cards fit as titles, best first, where not all do."""
    total = frame
    for count, size in enumerate(titles):
        total = total.plus(size)
        if not total.fits():
            return count
    return len(titles)
