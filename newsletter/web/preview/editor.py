"""The panel of the editor: note, subject, lead, pins and skips of the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from newsletter.errors import UsageError
from newsletter.model import Paper, Steering
from newsletter.outlet import Outlet
from newsletter.settings import Settings
from newsletter.steering import fold_name
from newsletter.trial import desk
from newsletter.trial.desk import Desk
from newsletter.web.preview.scene import Done, Form, Scene

#: What a button says of a paper, and what it means.
_WAYS = ("lead", "pin", "skip")


def read_editor(scene: Scene) -> Mapping[str, object]:
    """What is settled for the day, and the papers to settle it of."""
    drafted = scene.proof.draft
    lying = _read_desk(scene)
    steering = lying.steering if lying else Steering()
    papers = {ranked.paper.key: ranked.paper for ranked, _ in drafted.standing} if drafted else {}
    return {
        "desk": lying,
        "file": str(lying.path.relative_to(scene.studio.home)) if lying else "",
        "lead": _name([steering.lead] if steering.lead else [], papers),
        "pins": _name(steering.pin, papers),
        "skips": _name(steering.skip, papers),
        "steering": steering,
    }


def read_picks(scene: Scene) -> Mapping[str, object]:
    """What is settled of each paper, by its key, and the file's mark: for the ranking's buttons."""
    lying = _read_desk(scene)
    if lying is None or lying.closed or lying.fault:
        return {"picks": {}, "mark": None}
    steering = lying.steering
    picks = {fold_name(name): "skip" for name in steering.skip}
    picks |= {fold_name(name): "pin" for name in steering.pin}
    picks |= {fold_name(steering.lead): "lead"} if steering.lead else {}
    return {"picks": picks, "mark": lying.mark}


def save_words(scene: Scene, form: Form) -> Done:
    """Write note and subject into the day's file."""
    return _save(scene, form, note=form.get("note", ""), subject=form.get("subject", ""))


def pick(scene: Scene, form: Form) -> Done:
    """Lead with a paper, pin it, leave it out, or none of these; or move a pin up or down."""
    key, way = form.get("paper", ""), form.get("way", "")
    lying = _need_desk(scene)
    steering = _without(lying.steering, key)
    if way == "lead":
        steering = replace(steering, lead=key)
    elif way == "pin":
        steering = replace(steering, pin=(*steering.pin, key))
    elif way == "skip":
        steering = replace(steering, skip=(*steering.skip, key))
    elif way in ("up", "down"):
        steering = replace(lying.steering, pin=_move(lying.steering.pin, key, way))
    return _save(scene, form, lead=steering.lead, pin=steering.pin, skip=steering.skip)


def _read_desk(scene: Scene) -> Desk | None:
    """None where there is no day, or it is a made-up one that no file speaks of."""
    proof = scene.proof
    if proof.settings is None or proof.outlet is None or proof.day is None or proof.wish.sample:
        return None
    return desk.read_desk(proof.settings, proof.outlet, proof.day)


def _need_desk(scene: Scene) -> Desk:
    lying = _read_desk(scene)
    if lying is None:
        raise UsageError("Choose a real day first: a sample set has no file to save into.")
    return lying


def _save(scene: Scene, form: Form, **changes: object) -> Done:
    lying = _need_desk(scene)
    steering: Steering = replace(lying.steering, **changes)  # type: ignore[arg-type]
    settings, outlet = _world(scene)
    assert scene.proof.day is not None
    desk.save(
        settings,
        outlet,
        scene.proof.day,
        steering,
        seen=form.get("seen", ""),
        now=scene.studio.now(),
        # A live source is not asked again for each click.
        loaded=scene.proof.draft.loaded if scene.proof.draft else None,
    )
    return Done(f"Saved into {lying.path.relative_to(scene.studio.home)}.")


def _world(scene: Scene) -> tuple[Settings, Outlet]:
    settings, outlet = scene.proof.settings, scene.proof.outlet
    assert settings is not None
    assert outlet is not None
    return settings, outlet


def _without(steering: Steering, key: str) -> Steering:
    """The same with nothing said of a paper, however it is named."""
    return replace(
        steering,
        lead="" if fold_name(steering.lead) == key else steering.lead,
        pin=tuple(name for name in steering.pin if fold_name(name) != key),
        skip=tuple(name for name in steering.skip if fold_name(name) != key),
    )


def _move(names: tuple[str, ...], key: str, way: str) -> tuple[str, ...]:
    order = list(names)
    at = next((at for at, name in enumerate(order) if fold_name(name) == key), None)
    if at is None:
        return names
    to = min(max(at + (1 if way == "down" else -1), 0), len(order) - 1)
    order.insert(to, order.pop(at))
    return tuple(order)


def _name(names: Iterable[str], papers: Mapping[str, Paper]) -> list[tuple[str, str]]:
    """Key and title of each; where no paper is known, the name itself."""
    keys = [fold_name(name) for name in names]
    return [(key, papers[key].title if key in papers else key) for key in keys]
