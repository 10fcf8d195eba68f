"""Makes the README's pictures from the sample data: `python docs/pictures.py`.

Needs Chromium (Debian: `apt-get install chromium`) and fonts.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from newsletter.shipped import copy_shipped

HERE = Path(__file__).parent
#: File, width and height in pixels, and whether dark mode is asked for.
PICTURES = (("digest.png", 680, 900, False),)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


def main() -> None:
    """Render the sample's edition and photograph it."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "papers"
        copy_shipped(home)
        command = [sys.executable, "-m", "newsletter", "render", "--output", str(home)]
        subprocess.run(command, cwd=home, check=True, capture_output=True)
        for name, width, height, dark in PICTURES:
            photograph(home / "newsletter.html", HERE / name, width, height, dark=dark)


def photograph(page: Path, picture: Path, width: int, height: int, *, dark: bool) -> None:
    """Take a picture of the top of a page."""
    scheme = ["--blink-settings=preferredColorScheme=0"] if dark else []
    size = [f"--window-size={width},{height}", f"--screenshot={picture}"]
    command = ["chromium", *FLAGS, *scheme, *size, page.as_uri()]
    subprocess.run(command, check=True, capture_output=True)


if __name__ == "__main__":
    main()
