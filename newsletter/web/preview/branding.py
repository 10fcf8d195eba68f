"""The panel where the brand's tokens are tried on, and saved once they please."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from newsletter import revision
from newsletter.errors import UsageError
from newsletter.settings import Settings
from newsletter.trial.brand_file import save_brand
from newsletter.trial.overlay import Tried, as_toml, try_on, write_value
from newsletter.web.preview.scene import Done, Form, Scene
from newsletter.web.preview.view import change

#: What stands in groups, and how it is asked for; the template has a place of its own.
_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Light", ("accent", "ink", "quiet", "line", "paper")),
    ("Dark", ("dark_accent", "dark_ink", "dark_quiet", "dark_line", "dark_paper")),
    ("Type", ("font", "title_font")),
    ("Shape", ("width", "corners")),
    ("Logo and foot", ("logo", "logo_dark", "logo_width", "footer")),
)
_COLOURS = frozenset(name for _, names in _GROUPS[:2] for name in names)
_NUMBERS: Mapping[str, tuple[int, int]] = {
    "width": (320, 1000),
    "corners": (0, 40),
    "logo_width": (16, 1000),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A token in the form."""

    name: str
    label: str
    #: "color", "number", "lines" or "text".
    kind: str
    #: As it is tried.
    value: str
    #: As the file has it.
    own: str
    #: What is wrong with it; "" where nothing is.
    problem: str
    #: For a number.
    least: int = 0
    most: int = 0


def read_brand(scene: Scene) -> Mapping[str, object]:
    """The tokens with what is tried of them."""
    if scene.proof.settings is None:
        return {"groups": ()}
    settings = scene.studio.read_settings()
    tried = _try(scene, settings)
    changes = _changes(scene, tried)
    return {
        "groups": [
            (title, [_read_field(scene, settings, tried, name) for name in names])
            for title, names in _GROUPS
        ],
        "problems": len(tried.problems),
        "changes": changes,
        "toml": as_toml(changes),
        "mark": revision.read(scene.studio.config).mark,
        "config": scene.studio.config,
    }


def save_tokens(scene: Scene, form: Form) -> Done:
    """Write what is tried into config.toml."""
    settings = scene.studio.read_settings()
    tried = _try(scene, settings)
    if tried.problems:
        token, problem = next(iter(tried.problems.items()))
        raise UsageError(f"Nothing was saved: brand.{token}: {problem}.")
    changes = _changes(scene, tried)
    if not changes:
        raise UsageError("Nothing is tried that config.toml does not say already.")
    save_brand(scene.studio.config, changes, seen=form.get("seen", ""))
    saved = "1 token" if len(changes) == 1 else f"{len(changes)} tokens"
    view = change(scene.view, {"brand": (), "template": ""})
    return Done(f"Saved {saved} into {scene.studio.config.name}.", view)


def _try(scene: Scene, settings: Settings) -> Tried:
    return try_on(settings.brand, settings.home, dict(scene.view.wish.brand))


def _changes(scene: Scene, tried: Tried) -> Mapping[str, object]:
    """What is tried, the template too where another one is chosen."""
    template = scene.view.wish.template
    own = scene.studio.read_settings().brand.template
    return {**({"template": template} if template not in ("", own) else {}), **tried.changes}


def _read_field(scene: Scene, settings: Settings, tried: Tried, name: str) -> Field:
    own = write_value(getattr(settings.brand, name))
    least, most = _NUMBERS.get(name, (0, 0))
    return Field(
        name=name,
        label=name.removeprefix("dark_").replace("_", " ").capitalize(),
        kind=_kind(name),
        value=dict(scene.view.wish.brand).get(name, own),
        own=own,
        problem=tried.problems.get(name, ""),
        least=least,
        most=most,
    )


def _kind(name: str) -> str:
    if name in _COLOURS:
        return "color"
    return "lines" if name == "footer" else "number" if name in _NUMBERS else "text"
