"""Measurements: each prints its figures with the conditions they were taken under."""

import sys
from pathlib import Path

# The relay and the database server that some of them need are those of the tests.
sys.path.append(str(Path(__file__).parents[1] / "tests"))
