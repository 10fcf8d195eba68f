"""Whether a client shows the whole email."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.checks.findings import Finding, Level, Part, Place
from newsletter.checks.mail import Mail
from newsletter.checks.page import shortened, squeeze
from newsletter.rendering.fitting import LIMIT

#: From here on a longer abstract or one more paper may be too much.
COMFORT = 85 * 1024
#: Gmail drops a `<style>` that comes to more, and all behind it.
STYLE_LIMIT = 16 * 1024
#: Every card of a day is about as large; the heaviest few are told.
_HEAVIEST = 3


def check(mail: Mail) -> Iterator[Finding]:
    """The HTML, and the HTML as quoted-printable, beside what Gmail shows."""
    size = max(mail.size)
    told = f"The HTML comes to {mail.size.html:,} bytes, quoted-printable to {mail.size.coded:,}"
    heavy = tuple(_heaviest(mail))
    if size >= LIMIT:
        yield Finding(
            Level.STOP,
            "size",
            heavy,
            f"{told}: Gmail clips what is over {LIMIT:,}, and with it the link to unsubscribe",
            "Lower papers.maximum, or show less where it is heaviest.",
        )
    elif size >= COMFORT:
        yield Finding(
            Level.WARNING,
            "size",
            heavy,
            f"{told}: not far from the {LIMIT:,} where Gmail clips",
            "Lower papers.maximum, or show less where it is heaviest.",
        )
    else:
        share = f"{size / LIMIT:.0%} of what Gmail shows"
        yield Finding(Level.NOTE, "size", heavy, f"{told}: {share}")
    yield from _check_sheets(mail)


def _check_sheets(mail: Mail) -> Iterator[Finding]:
    total = sum(len(sheet.encode()) for sheet in mail.page.sheets)
    if total > STYLE_LIMIT:
        place = Place(part=Part.HTML, words="the style sheets", element="(//style)[1]")
        yield Finding(
            Level.WARNING,
            "size",
            (place,),
            f"The style sheets come to {total:,} bytes; Gmail drops them over {STYLE_LIMIT:,}",
            "Move plain rules into brand.css, which is written onto the elements.",
        )


def weigh(mail: Mail) -> list[tuple[str, int]]:
    """What the HTML is made of, each kind with its bytes, the heaviest first."""
    page = mail.page
    kinds = {
        "words": len(page.words.encode()),
        "styles": sum(len(element.get("style") or "") for element in page.elements),
        "style sheets": sum(len(sheet.encode()) for sheet in page.sheets),
        "addresses": sum(len(element.get("href") or "") for element in page.elements),
    }
    kinds["tags"] = max(0, mail.size.html - sum(kinds.values()))
    return sorted(kinds.items(), key=lambda kind: -kind[1])


def _heaviest(mail: Mail) -> Iterator[Place]:
    """The heaviest cards; where there are none, the heaviest kinds."""
    titles = {squeeze(text): element for element, text in mail.page.texts()}
    for title, weight in sorted(mail.cards, key=lambda card: -card[1])[:_HEAVIEST]:
        words = f"the card “{shortened(title)}”, {weight:,} bytes"
        element = titles.get(title)
        path = mail.page.place(element).element if element is not None else ""
        yield Place(part=Part.HTML, words=words, element=path)
    for kind, weight in weigh(mail)[:_HEAVIEST] if not mail.cards else ():
        yield Place(part=Part.HTML, words=f"{kind}: {weight:,} bytes")
