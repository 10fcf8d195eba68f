"""The preview's own pages, written by Jinja."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from newsletter.rendering.words import long_day
from newsletter.web.preview.frames import SANDBOX
from newsletter.web.preview.panels import PANELS, Panel
from newsletter.web.preview.scene import Scene
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
    return page.render(names, panel=panel, panel_content=written)


def _names(scene: Scene) -> dict[str, object]:
    """What every template of a page may use."""
    proof = scene.proof
    return {
        "title": proof.settings.newsletter.title if proof.settings else "Newsletter",
        "long_day": long_day,
        "frame_url": _frame_url(scene),
        "scene": scene,
        "view": scene.view,
        "proof": scene.proof,
        "url": scene.url,
        "panels": PANELS,
        "shown": SHOWN,
        "looks": LOOKS,
        "widths": WIDTHS,
        "narrowest": NARROWEST,
        "widest": WIDEST,
        "sandbox": SANDBOX,
        "subject": scene.proof.issue.subject if scene.proof.issue else "",
    }


def _frame_url(scene: Scene) -> str:
    """The address of the email in a frame: another one where it looks different."""
    shown = View(wish=scene.view.wish, look=scene.view.look, images=scene.view.images)
    return f"/email?{urlencode([*list_fields(shown), ('v', scene.proof.digest)])}"


def _open_panel(scene: Scene) -> Panel | None:
    if scene.view.panel == "none" or not PANELS:
        return None
    return next((each for each in PANELS if each.name == scene.view.panel), PANELS[0])


def _write_panel(scene: Scene, panel: Panel, names: dict[str, object]) -> Markup:
    template = _environment().get_template(panel.template)
    return Markup(template.render(names, **panel.read(scene)))
