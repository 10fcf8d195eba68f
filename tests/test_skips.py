"""In CI a test that is skipped has failed, however many processes the tests run in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from recorded import ABSENT

ROOT = Path(__file__).parents[1]
#: A test to be run below this one, not skipped itself.
SKIPPING = "import pytest\n\n\ndef test_one():\n    pytest.skip({!r})\n"
TESTS = {
    "test_skipped.py": SKIPPING.format("nothing to test with"),
    "test_not_ours.py": SKIPPING.format(ABSENT),
    "test_not_collected.py": "import pytest\n\npytest.importorskip('there_is_no_such_package')\n",
}


def run_pytest(folder: Path, *words: str, ci: str) -> subprocess.CompletedProcess[str]:
    """Run tests that skip themselves, below this project's own conftest."""
    shutil.copy(ROOT / "tests" / "conftest.py", folder)
    for name, code in TESTS.items():
        (folder / name).write_text(code)
    settings = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder), "-o", "addopts=-rfEs"]
    paths = ["-o", f"pythonpath={ROOT / 'tests'}", "-p", "no:cacheprovider"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *settings, *paths, *words, "."],
        cwd=folder,
        env={**os.environ, "CI": ci},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("words", [("-n", "0"), ("-n", "2")], ids=["alone", "shared out"])
def test_a_skip_fails_in_ci_unless_the_reason_is_not_ours(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = run_pytest(tmp_path, *words, "--continue-on-collection-errors", ci="true")

    assert done.returncode == 1, done.stdout
    assert done.stdout.count("skipped, which is a failure in CI") >= 2
    assert "1 failed, 1 skipped, 1 error" in done.stdout


def test_elsewhere_a_skip_is_one(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, ci="")

    assert done.returncode == 0, done.stdout
    assert "3 skipped" in done.stdout
