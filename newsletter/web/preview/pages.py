"""The preview's own pages, written by Jinja."""

from __future__ import annotations

from datetime import UTC
from functools import lru_cache, partial
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from newsletter.errors import NewsletterError
from newsletter.rendering.words import long_day
from newsletter.web.preview.frames import SANDBOX
from newsletter.web.preview.panels import PANELS, Panel
from newsletter.web.preview.reading import (
    colour_source,
    find_row,
    list_pieces,
    read_headers,
    read_snippet,
)
from newsletter.web.preview.scene import Scene
from newsletter.web.preview.sending import open_mail
from newsletter.web.preview.trouble import explain
from newsletter.web.preview.view import (
    LOOKS,
    NARROWEST,
    SHOWN,
    WIDEST,
    WIDTHS,
    View,
    list_fields,
)

_HERE = Path(__file__).parent
STATIC = _HERE / "static"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def write_page(scene: Scene) -> str:
    """The page that shows a view."""
    names = _names(scene)
    panel = _open_panel(scene)
    written = _write_panel(scene, panel, names) if panel else ""
    page = _environment().get_template("page.html")
    try:
        mail, lost = open_mail(scene), ""
    except NewsletterError as error:
        mail, lost = None, str(error)
    return page.render(names, panel=panel, panel_content=written, mail=mail, lost=lost)


def _names(scene: Scene) -> dict[str, object]:
    """What every template of a page may use."""
    proof, studio = scene.proof, scene.studio
    return {
        "scene": scene,
        "view": scene.view,
        "proof": proof,
        "issue": proof.issue,
        "title": studio.title,
        "subject": proof.issue.subject if proof.issue else "",
        "trouble": explain(proof.error, studio.home) if proof.error else None,
        "earlier": studio.earlier(scene.view.wish),
        "url": scene.url,
        "panels": PANELS,
        "shown": SHOWN,
        "looks": LOOKS,
        "widths": WIDTHS,
        "narrowest": NARROWEST,
        "widest": WIDEST,
        "zone": ZoneInfo(proof.settings.newsletter.timezone) if proof.settings else UTC,
        "sandbox": SANDBOX,
        "frame_url": partial(_frame_url, scene),
        "colour_source": colour_source,
        "find_row": find_row,
        "list_pieces": list_pieces,
        "long_day": long_day,
        "read_headers": read_headers,
        "read_snippet": read_snippet,
    }


def _frame_url(scene: Scene, before: int | None = None) -> str:
    """The address of the email in a frame: another one where it looks different."""
    view = scene.view
    shown = View(wish=view.wish, look=view.look, images=view.images, before=before)
    digest = [] if before else [("v", scene.proof.digest)]
    return f"/email?{urlencode([*list_fields(shown), *digest])}"


def _open_panel(scene: Scene) -> Panel | None:
    return next((each for each in PANELS if each.name == scene.view.panel), None)


def _write_panel(scene: Scene, panel: Panel, names: dict[str, object]) -> Markup:
    template = _environment().get_template(panel.template)
    try:
        return Markup(template.render(names, **panel.read(scene)))
    except NewsletterError as error:
        failed = _environment().get_template("panels/failed.html")
        return Markup(failed.render(panel=panel, failure=error))
