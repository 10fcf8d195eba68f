"""What MJML 4 knows: its tags, where each may stand, and their attributes.

From the MJML documentation and the components' own lists, without what mrml fails on or
ignores: `mj-html-attributes`, `mj-raw position`, `mj-style inline`, `mj-wrapper gap`,
`mj-image sizes`, and `mj-include`, which loses widths and hides errors.
"""

from __future__ import annotations

_PADDING = "padding padding-bottom padding-left padding-right padding-top"
_BORDER = "border border-bottom border-left border-radius border-right border-top"
_FONT = "color font-family font-size font-style font-weight letter-spacing line-height"
_LINK = "href name rel target title"
_DECORATION = "text-decoration text-transform"
_BACKGROUND = (
    "background-color background-position background-position-x background-position-y "
    "background-repeat background-size background-url"
)
_INNER_BORDER = (
    "inner-border inner-border-bottom inner-border-left inner-border-radius "
    "inner-border-right inner-border-top"
)
_SECTION = f"{_BACKGROUND} {_BORDER} {_PADDING} direction full-width text-align text-padding"
_ICONS = (
    "icon-align icon-height icon-position icon-unwrapped-alt icon-unwrapped-url icon-width "
    "icon-wrapped-alt icon-wrapped-url"
)
_ICO = (
    "ico-align ico-close ico-color ico-font-family ico-font-size ico-line-height ico-open "
    "ico-padding ico-padding-bottom ico-padding-left ico-padding-right ico-padding-top "
    "ico-text-decoration ico-text-transform"
)
_SOCIAL = f"{_FONT} {_PADDING} align border-radius icon-height icon-padding icon-size text-padding"

_ATTRIBUTES = {
    "mjml": "dir lang owa",
    "mj-head": "",
    "mj-attributes": "",
    "mj-breakpoint": "width",
    "mj-font": "href name",
    "mj-preview": "",
    "mj-style": "",
    "mj-title": "",
    "mj-raw": "",
    "mj-body": "background-color width",
    "mj-wrapper": _SECTION,
    "mj-section": _SECTION,
    "mj-group": "background-color direction vertical-align width",
    "mj-column": (
        f"{_BORDER} {_INNER_BORDER} {_PADDING} background-color direction "
        "inner-background-color vertical-align width"
    ),
    "mj-hero": (
        f"{_PADDING} background-color background-height background-position background-url "
        "background-width border-radius container-background-color height "
        "inner-background-color inner-padding inner-padding-bottom inner-padding-left "
        "inner-padding-right inner-padding-top mode vertical-align"
    ),
    "mj-accordion": f"{_ICONS} {_PADDING} border container-background-color font-family",
    "mj-accordion-element": f"{_ICONS} background-color border font-family",
    "mj-accordion-title": f"{_PADDING} background-color color font-family font-size font-weight",
    "mj-accordion-text": (
        f"{_PADDING} background-color color font-family font-size font-weight letter-spacing "
        "line-height"
    ),
    "mj-button": (
        f"{_BORDER} {_DECORATION} {_FONT} {_LINK} {_PADDING} align background-color "
        "container-background-color height inner-padding text-align vertical-align width"
    ),
    "mj-carousel": (
        f"{_PADDING} align border-radius container-background-color icon-width left-icon "
        "right-icon tb-border tb-border-radius tb-hover-border-color tb-selected-border-color "
        "tb-width thumbnails"
    ),
    "mj-carousel-image": (
        "alt border-radius href rel src target tb-border tb-border-radius thumbnails-src title"
    ),
    "mj-divider": (
        f"{_PADDING} align border-color border-style border-width container-background-color width"
    ),
    "mj-image": (
        f"{_BORDER} {_LINK} {_PADDING} align alt container-background-color fluid-on-mobile "
        "font-size height max-height src srcset usemap width"
    ),
    "mj-navbar": f"{_ICO} {_PADDING} align base-url hamburger",
    "mj-navbar-link": f"{_DECORATION} {_FONT} {_PADDING} href name rel target",
    "mj-social": (
        f"{_SOCIAL} container-background-color inner-padding mode table-layout text-decoration "
        "vertical-align"
    ),
    "mj-social-element": (
        f"{_SOCIAL} alt background-color href icon-position name rel src srcset target "
        "text-decoration title vertical-align"
    ),
    "mj-spacer": (
        f"{_PADDING} border border-bottom border-left border-right border-top "
        "container-background-color height"
    ),
    "mj-table": (
        f"{_PADDING} align border cellpadding cellspacing color container-background-color "
        "font-family font-size font-weight line-height role table-layout vertical-align width"
    ),
    "mj-text": (
        f"{_DECORATION} {_FONT} {_PADDING} align background-color container-background-color "
        "height vertical-align"
    ),
}
_ANYWHERE = frozenset({"css-class", "mj-class"})

#: A tag, and the attributes it may have.
ATTRIBUTES = {tag: frozenset(names.split()) | _ANYWHERE for tag, names in _ATTRIBUTES.items()}
#: What `mj-all` and `mj-class` in `mj-attributes` may set.
ANY_ATTRIBUTE = frozenset({"name"}).union(*ATTRIBUTES.values())

_CONTENT = (
    "mj-accordion mj-button mj-carousel mj-divider mj-image mj-navbar mj-raw mj-social mj-spacer "
    "mj-table mj-text"
)
_CHILDREN = {
    "mjml": "mj-head mj-body mj-raw",
    "mj-head": "mj-attributes mj-breakpoint mj-font mj-preview mj-raw mj-style mj-title",
    "mj-body": "mj-hero mj-raw mj-section mj-wrapper",
    "mj-wrapper": "mj-hero mj-raw mj-section",
    "mj-section": "mj-column mj-group mj-raw",
    "mj-group": "mj-column mj-raw",
    "mj-column": _CONTENT,
    "mj-hero": _CONTENT,
    "mj-accordion": "mj-accordion-element mj-raw",
    "mj-accordion-element": "mj-accordion-text mj-accordion-title mj-raw",
    "mj-carousel": "mj-carousel-image",
    "mj-navbar": "mj-navbar-link mj-raw",
    "mj-social": "mj-raw mj-social-element",
}
#: A tag that holds other MJML, and which; all others hold HTML, text or nothing.
CHILDREN = {tag: frozenset(names.split()) for tag, names in _CHILDREN.items()}
