"""The wheel carries all it needs and works from any folder."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_templates_sample_data_and_settings(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    for folder in ("templates", "data"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file():
                assert f"newsletter/shipped/{path.relative_to(ROOT)}" in names
    assert "newsletter/shipped/config.toml" in names
    assert {f"newsletter/checks/caniemail.{kind}" for kind in ("json", "LICENSE")} <= names
    assert any(name.startswith("newsletter/store/migrations/versions/0") for name in names)
    for path in (ROOT / "newsletter" / "web").rglob("*.*"):
        assert path.suffix == ".pyc" or str(path.relative_to(ROOT)) in names
    assert not any("tests" in name or "benchmarks" in name for name in names)


def test_the_wheel_alone_makes_a_newsletter_and_sends_it(wheel: Path, tmp_path: Path) -> None:
    unpacked = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(unpacked)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("NEWSLETTER_")
    }

    def run(*words: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", "from newsletter.cli import main; main()", *words],
            cwd=tmp_path,
            env={**environment, "PYTHONPATH": str(unpacked), "PYTHONSAFEPATH": "1"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    run("init", "papers")
    said = run("--config", "papers/config.toml", "send")

    assert str(tmp_path / "papers" / "var" / "sandbox" / "mail") in said
    assert (tmp_path / "papers" / "templates" / "digest.mjml").is_file()
