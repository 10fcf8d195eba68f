"""The panel of what else the email may be tried with: days, templates, made-up days, readers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from newsletter.pipeline import templates_folder
from newsletter.trial.month import read_month
from newsletter.trial.readers import find_readers
from newsletter.trial.samples import SETS
from newsletter.web.preview.scene import Scene

#: So many readers are shown; of more one has to look for the right ones.
_READERS = 8


def read_trying(scene: Scene) -> Mapping[str, object]:
    """What there is to choose from."""
    proof, view = scene.proof, scene.view
    if proof.settings is None or proof.outlet is None or proof.day is None:
        return {"month": None}
    found = find_readers(proof.settings, proof.outlet, view.seek, limit=_READERS + 1)
    month = read_month(
        proof.settings, proof.outlet, view.month or proof.day, now=scene.studio.now()
    )
    return {
        "month": month,
        "day": proof.day,
        "templates": list_templates(templates_folder(proof.settings)),
        "own_template": scene.studio.read_settings().brand.template,
        "sets": SETS,
        "readers": found[:_READERS],
        "has_more": len(found) > _READERS,
    }


def list_templates(folder: Path) -> list[str]:
    """The names of the templates there, each of which has both its parts."""
    paths = sorted(folder.glob("*.mjml"))
    return [path.stem for path in paths if path.with_suffix(".txt").is_file()]
