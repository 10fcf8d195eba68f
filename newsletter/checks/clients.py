"""Who cannot show what the email uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from newsletter.checks.facts import Feature, find
from newsletter.checks.features import features
from newsletter.checks.findings import Finding, Level, Place
from newsletter.checks.mail import Mail

#: What our templates, and MJML's own pictures, buttons and preview, use though some client
#: lacks it, with what its readers get instead.
KNOWN: Mapping[str, str] = {
    "css-at-media": "the layout of a wide screen, which fits a phone too",
    "css-at-media-prefers-color-scheme": "the light colours, or the client's own dark ones",
    "css-border-radius": "square corners",
    "css-border-spacing": "nothing else: it is set to none",
    "css-color-scheme": "the light colours, or the client's own dark ones",
    "css-cursor": "the pointer of the client",
    "css-display-none": "the preheader, as a first line",
    "css-height": "pictures by their height attribute",
    "css-important": "the layout of a wide screen, which fits a phone too",
    "css-max-height": "nothing else: what it hides is hidden by mso-hide too",
    "css-min-height": "a title of one line that is less high for a thumb",
    "css-opacity": "the preheader, as a first line",
    "css-outline": "nothing else: pictures have none",
    "css-overflow": "nothing else: what it hides is hidden by mso-hide too",
    "css-selector-attribute": "the client's own dark colours",
    "css-selector-child": "wider margins on a phone",
    "css-selector-id": "nothing else: the rule is for old Outlook alone",
    "css-table-layout": "columns as wide as what is in them, which is the default",
    "css-text-decoration": "titles underlined as other links are",
    "css-word-break": "long words that stand out over the edge",
    "css-word-spacing": "nothing else: it is set to normal",
    "html-aria-hidden": "the preheader read out once more",
    "html-aria-label": "the text itself read out",
    "html-body": "a ground by the outermost div, which has its colour too",
    "html-dir": "the direction that the client finds by itself",
    "html-height": "pictures as high as their width makes them",
    "html-lang": "the voice of the reader's own language",
    "html-meta-color-scheme": "the light colours, or the client's own dark ones",
    "html-role": "layout tables announced as tables",
    "html-style": "the styles on the elements, which all that matters is written to",
    "html-target": "a link that opens where the client likes",
    "html-width": "pictures by their style",
}


def check(mail: Mail) -> Iterator[Finding]:
    """A warning for each feature nobody has thought of; one note for those that are known."""
    used = _lacking(mail)
    for feature, place in used.items():
        if feature.slug not in KNOWN:
            yield Finding(
                Level.WARNING,
                "clients",
                (place,),
                f"{feature.title} is not in {feature.clients}",
                f"Do without, or look at it there: {feature.url}",
            )
    known = [feature for feature in used if feature.slug in KNOWN]
    if known:
        yield Finding(
            Level.NOTE,
            "clients",
            tuple(replace(used[feature], words=_tell_instead(feature)) for feature in known),
            f"{len(known)} features in use are not in every client, and do no harm there",
            "--json names each, with what its readers get.",
        )


def _lacking(mail: Mail) -> dict[Feature, Place]:
    """The features in use that some client lacks, each with its first place."""
    found: dict[str, tuple[Feature, Place]] = {}
    for name, place in features(mail.page).items():
        if (feature := find(name)) is not None:
            found.setdefault(feature.slug, (feature, place))
    return dict(found.values())


def _tell_instead(feature: Feature) -> str:
    return f"{feature.title}: in {feature.clients} readers get {KNOWN[feature.slug]}"
