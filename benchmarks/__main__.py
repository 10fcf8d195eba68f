"""All of them: `python -m benchmarks`."""

from __future__ import annotations

import sys

from benchmarks import backtest, checks, commands, papers, rendering, sources


def main() -> None:
    """Run one after the other; each says what it measures."""
    sys.stdout.write("Papers\n")
    papers.main(None)
    sys.stdout.write("\nBacktest\n")
    backtest.main(None)
    sys.stdout.write("\nSources\n")
    sources.main()
    sys.stdout.write("\nRendering\n")
    rendering.main()
    sys.stdout.write("\nChecks\n")
    checks.main()
    sys.stdout.write("\nCommands\n")
    commands.main()


if __name__ == "__main__":
    main()
