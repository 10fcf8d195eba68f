"""Imports point one way: records ← core ← edge ← flow ← shells."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import newsletter

ROOT = Path(newsletter.__file__).parent
LAYERS = ("records", "core", "edge", "flow", "shells")
HOMES = {
    "": "records",
    "model": "records",
    "statuses": "records",
    "errors": "records",
    "settings": "core",
    "sources": "core",
    "limits": "core",
    "wording": "records",
    "collector": "core",
    "addresses": "core",
    "colours": "core",
    "embedding": "core",
    "tokens": "core",
    "ranking": "core",
    "weighing": "core",
    "steering": "core",
    "page": "core",
    "editing": "edge",
    "backtest": "core",
    "backtest.series": "edge",
    "backtest.picture": "edge",
    "edition": "core",
    "message": "core",
    "report": "core",
    "segments": "core",
    "timetable": "core",
    "daysoff": "core",
    "windows": "core",
    "papers.text": "core",
    "papers.latex": "core",
    "papers.latex_words": "core",
    "papers.dating": "core",
    "papers.cells": "core",
    "papers.columns": "core",
    "rendering.attributes": "core",
    "rendering.fitting": "core",
    "rendering.mjml_words": "core",
    "rendering.nearest": "core",
    "checks": "core",
    "delivery.policy": "core",
    "delivery.guard": "core",
    "delivery.pace": "core",
    "delivery.lanes": "core",
    "delivery.speed": "core",
    "delivery.progress": "core",
    "delivery.reply": "core",
    "config": "edge",
    "shipped": "edge",
    "roster": "edge",
    "logs": "edge",
    "supervisor": "edge",
    "papers": "edge",
    "rendering": "edge",
    "checks.spam": "edge",
    "checks.reach": "edge",
    "store": "edge",
    "delivery": "edge",
    "delivery.dispatch": "flow",
    "orders": "core",
    "composing": "flow",
    "crew": "flow",
    "sender": "shells",
    "outlet": "flow",
    "drafting": "flow",
    "survey": "flow",
    "pipeline": "flow",
    "checking": "flow",
    "previewing": "flow",
    "running": "flow",
    "due": "flow",
    "turn": "flow",
    "reloading": "flow",
    "revision": "edge",
    "trial": "flow",
    "trial.overlay": "edge",
    "trial.brand_file": "edge",
    "trial.inbox": "edge",
    "standing": "flow",
    "installing": "edge",
    "cli": "shells",
    "web": "shells",
    "web.preview.view": "core",
    "web.preview.variants": "core",
    "__main__": "shells",
}
#: What the core may never touch: the clock, the environment, the network, the disk.
WORLD = {
    "os",
    "socket",
    "ssl",
    "asyncio",
    "httpx",
    "sqlalchemy",
    "subprocess",
    "aiosmtplib",
    "time",
}
MODULES = sorted(ROOT.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(name: str) -> str:
    while name not in HOMES:
        assert name, "every module belongs to a layer"
        name = name.rpartition(".")[0]
        assert name, "a new module at the top level belongs in HOMES"
    return HOMES[name]


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            parts = [f"{node.module}.{alias.name}" for alias in node.names]
            # What is taken from a package may be a module of another layer than its own.
            yield from (part if ours(part) else node.module for part in parts)


def ours(imported: str) -> str | None:
    """The module of ours an import leads to; None for others' and for names in modules."""
    if imported.partition(".")[0] != "newsletter":
        return None
    name = imported.partition(".")[2]
    place = ROOT / name.replace(".", "/")
    return name if place.is_dir() or place.with_suffix(".py").is_file() else None


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_its_own_layer_or_below(path: Path) -> None:
    if "migrations" in path.parts:
        return
    here = LAYERS.index(layer_of(name_of(path)))

    names = {name for one in imports_of(path) if (name := ours(one))}
    above = {name for name in names if LAYERS.index(layer_of(name)) > here}

    assert not above


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_the_core_touches_nothing_of_the_world(path: Path) -> None:
    if layer_of(name_of(path)) in ("records", "core"):
        assert not {one.partition(".")[0] for one in imports_of(path)} & WORLD


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_is_long_and_each_says_what_it_is(path: Path) -> None:
    text = path.read_text()

    assert len(text.splitlines()) <= 400
    assert not text.strip() or ast.get_docstring(ast.parse(text))
