"""Real answers and archives, which lie beside the project and not in it."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "shared" / "data"
#: The one reason for which a test may be skipped even where nothing else may.
ABSENT = "the recorded answers do not lie beside the project"

needs_recorded = pytest.mark.skipif(not FOLDER.is_dir(), reason=ABSENT)
