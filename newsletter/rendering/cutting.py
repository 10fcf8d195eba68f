"""Marks in a printed document, and the document cut at them into segments."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from markupsafe import Markup

from newsletter.errors import TemplateError
from newsletter.model import Card, Edition, Literal, Segment, Slot


@dataclass(frozen=True, slots=True)
class Marks:
    """What shows where slots and cards are; mrml and premailer carry it through.

    A slot is letters, digits and underscores, as an href keeps them. A card stands between
    two comments. White space behind a card is the card's own, so that cards can be chosen
    and joined without losing the lines between them.
    """

    #: A word that no paper, and nobody who writes one, can know.
    nonce: str

    def slot(self, name: str) -> str:
        """The mark of a slot."""
        return f"{self.nonce}{name}{self.nonce}"

    def card(self, key: str, rung: str, printed: str) -> Markup:
        """A printed card between its marks."""
        start = f"<!--{self.nonce} {key.encode().hex()} {rung}-->"
        return Markup(f"{start}\n{printed}<!--{self.nonce}-->")

    def cut(self, text: str) -> tuple[Segment, ...]:
        """Cut a printed document into its segments.

        Raises:
            TemplateError: a filter changed a slot or a card, so that its mark is lost.
        """
        card = rf"<!--{self.nonce} ([0-9a-f]*) (\w+)-->\n?(.*?)<!--{self.nonce}-->(\s*)"
        pieces = re.split(card, text, flags=re.DOTALL)
        segments: list[Segment] = [*self._cut_slots(pieces[0])]
        cards = zip(*(pieces[at::5] for at in range(1, 6)), strict=True)
        for key, rung, inside, space, behind in cards:
            own = self._cut_slots(inside + space)
            segments += [Card(bytes.fromhex(key).decode(), rung, own), *self._cut_slots(behind)]
        return tuple(segments)

    def _cut_slots(self, text: str) -> tuple[Literal | Slot, ...]:
        pieces = re.split(rf"{self.nonce}([a-z_]+?){self.nonce}", text)
        cut = [Slot(piece) if at % 2 else Literal(piece) for at, piece in enumerate(pieces)]
        for segment in cut:
            if isinstance(segment, Literal):
                self._refuse_remains(segment.text)
        return tuple(segment for segment in cut if segment != Literal(""))

    def _refuse_remains(self, text: str) -> None:
        at = text.lower().find(self.nonce)
        if at >= 0:
            near = text[max(0, at - 60) : at]
            raise TemplateError(
                "A template changes a slot or a card, which must be printed as it is; "
                f"it stands after: {near}"
            )


def make_marks(edition: Edition, salt: str) -> Marks:
    """Marks for one edition: the same for the same edition and salt, and not to be guessed.

    The nonce is a hash of all the papers' text, so that no text can contain its own.
    """
    digest = hashlib.sha256(f"{salt} {edition!r}".encode("utf-8", "backslashreplace"))
    return Marks(f"n{digest.hexdigest()[:24]}")
