"""Pictures: what is read in their place, how wide they are, who can show them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from newsletter.checks import facts
from newsletter.checks.findings import Finding, Level, Place
from newsletter.checks.links import judge
from newsletter.checks.looks import Mode
from newsletter.checks.mail import Mail

#: File endings of formats that some client cannot show.
_FORMATS = {"webp": "WebP", "avif": "AVIF", "svg": "SVG", "heic": "HEIF", "heif": "HEIF"}
_FAULTS = {
    "source": (
        "A picture's address is not one that every reader can load",
        "Link to it under https://, or embed it with cid:.",
    ),
    "inside": (
        "A picture is written into the HTML as data:, which Gmail does not show",
        "Link to it under https://, or embed it with cid:.",
    ),
    "no alt": (
        "A picture has no alt attribute: screen readers read out the name of its file",
        'Describe it in alt="…", or write alt="" where it only decorates.',
    ),
    "silent": (
        "A link is a picture alone, and its alt is empty",
        "Say in its alt where the link leads.",
    ),
    "file name": (
        "A picture's alt is the name of its file",
        "Say in alt what it shows, or where its link leads.",
    ),
    "no width": (
        "A picture has no width attribute: Outlook for Windows shows it in its full size",
        'Write its width in pixels: width="…", without a unit.',
    ),
}
_VANISHING = (
    "A picture has a transparent ground: what is dark in it vanishes in dark mode",
    "Look at it in the dark; brand.logo_dark names a twin of the logo for it.",
)


def check(mail: Mail) -> Iterator[Finding]:
    """Every visible picture, each kind of fault once with all its places."""
    found: dict[str, list[Place]] = {}
    for element in mail.page.named("img"):
        for fault in _faults(element):
            found.setdefault(fault, []).append(mail.page.place(element))
    for fault, places in found.items():
        described = _FAULTS.get(fault) or describe_format(fault)
        if described is not None:
            yield Finding(Level.WARNING, "images", tuple(places), *described)
    if vanishing := tuple(map(mail.page.place, _vanishing(mail))):
        yield Finding(Level.NOTE, "images", vanishing, *_VANISHING)


def _vanishing(mail: Mail) -> Iterator[HtmlElement]:
    """Pictures through which the ground shows, in the light and in the dark."""
    clear = [one.name for one in mail.pictures if one.is_transparent]
    for element in mail.page.named("img") if clear else ():
        name = (element.get("src") or "").removeprefix("cid:").partition("@")[0]
        if name in clear and not mail.page.looks(Mode.DARK)[element].hidden:
            yield element


def _faults(element: HtmlElement) -> Iterator[str]:
    source = (element.get("src") or "").strip()
    if source.startswith("data:"):
        yield "inside"
    elif not source.startswith("cid:") and judge(source):
        yield "source"
    yield _ending(source)
    yield from _faults_of_alt(element, source)
    if not re.fullmatch(r"\d+", (element.get("width") or "").strip()):
        yield "no width"


def _faults_of_alt(element: HtmlElement, source: str) -> Iterator[str]:
    alt = element.get("alt")
    if alt is None:
        yield "no alt"
    elif not alt.strip():
        link = next(element.iterancestors("a"), None)
        if link is not None and not link.text_content().strip():
            yield "silent"
    elif re.fullmatch(r"[\w%-]+\.(png|jpe?g|gif|webp|svg|avif)", alt.strip(), re.IGNORECASE):
        yield "file name"


def _ending(source: str) -> str:
    """The format as the address tells it; "" where it tells none."""
    match = re.match(r"data:image/([a-z]+)|[^?#]*\.([a-zA-Z]+)(?:[?#]|$)", source)
    return str(match[1] or match[2]).lower() if match else ""


def describe_format(ending: str) -> tuple[str, str] | None:
    """A format's fault and what to do; None where every client shows it."""
    if ending not in _FORMATS:
        return None
    feature = facts.find(f"image {'heif' if ending == 'heic' else ending}")
    clients = feature.clients if feature else ""
    if "Outlook" not in clients:
        clients = ", ".join(filter(None, (clients, "older Outlook")))
    what = f"A picture is {_FORMATS[ending]}, which is not shown in {clients}"
    return what, "Save it as PNG or JPEG."
