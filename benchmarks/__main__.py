"""All of them: `python -m benchmarks`."""

from __future__ import annotations

import sys

from benchmarks import commands, papers, rendering

for title, measure in (
    ("Papers", lambda: papers.main(None)),
    ("Rendering", rendering.main),
    ("Commands", commands.main),
):
    sys.stdout.write(f"\n{title}\n")
    measure()
