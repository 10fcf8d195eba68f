"""Makes the README's pictures from the sample data: `python docs/pictures.py`.

Needs what `pip install -e '.[dev]'` installs, Chromium (Debian: `apt-get install chromium`)
and fonts. The picture of the lead paper is drawn here, as nothing is fetched.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from newsletter.shipped import copy_shipped

HERE = Path(__file__).parent
TEMPLATES = ("digest", "compact", "spotlight")
FIGURE = HERE / "figure.svg"


@dataclass(frozen=True)
class Shot:
    """What of a page is photographed, in CSS pixels, and what its file's name ends in."""

    ending: str
    width: int
    height: int
    scheme: Literal["light", "dark"] = "light"


SHOTS = (
    Shot("", 680, 1040),
    Shot("-phone", 375, 1040),
    Shot("-dark", 680, 1040, "dark"),
)
#: The preview's pictures: the name of the file, the view, and what the system prefers.
PREVIEWS: tuple[tuple[str, str, Literal["light", "dark"]], ...] = (
    ("preview", "?panel=ranking", "light"),
    ("preview-brand", "?panel=brand&look=dark&brand.dark_accent=%23e6b450", "dark"),
)


def main() -> None:
    """Render the sample's edition with each template and photograph it."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder) / "papers"
        copy_shipped(home)
        browser = playwright.chromium.launch(executable_path=find_chromium())
        for template in TEMPLATES:
            render(home, template)
            for shot in SHOTS:
                picture = HERE / f"{template}{shot.ending}.png"
                photograph(browser, home / template / "newsletter.html", picture, shot)
        photograph_preview(browser, home)
        browser.close()


def render(home: Path, template: str) -> None:
    """Write the edition as the command does."""
    command = [sys.executable, "-m", "newsletter", "render", "--output", template]
    environment = os.environ | {"NEWSLETTER_BRAND__TEMPLATE": template}
    subprocess.run(command, cwd=home, env=environment, check=True, capture_output=True)


def photograph(browser: Browser, page: Path, picture: Path, shot: Shot) -> None:
    """Take a picture of the top of a page."""
    size = {"width": shot.width, "height": shot.height}
    tab = browser.new_page(viewport=size, color_scheme=shot.scheme)  # type: ignore[arg-type]
    draw_figures(tab)
    tab.goto(page.as_uri(), wait_until="networkidle")
    tab.screenshot(path=picture)
    tab.close()


def photograph_preview(browser: Browser, home: Path) -> None:
    """Take pictures of the preview, as a person has it open."""
    command = [sys.executable, "-m", "newsletter", "preview", "--no-open", "--port", "0"]
    with subprocess.Popen(command, cwd=home, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        address = running.stdout.readline().removeprefix("Preview: ").strip()
        for name, query, scheme in PREVIEWS:
            size = {"width": 1280, "height": 860}
            tab = browser.new_page(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
            draw_figures(tab)
            tab.goto(address + query, wait_until="load")
            tab.frame_locator("#email").locator("h1").wait_for()
            tab.wait_for_timeout(500)
            tab.screenshot(path=HERE / f"{name}.png")
            tab.close()
        running.terminate()


def draw_figures(tab: Page) -> None:
    """Answer every request for a picture with our own figure; nothing leaves the machine."""
    web = re.compile(r"^https?://(?!127\.0\.0\.1)")
    tab.route(web, lambda route: route.fulfill(path=FIGURE, content_type="image/svg+xml"))


def find_chromium() -> str:
    """Where Debian's Chromium is; Playwright's own is not needed."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        sys.exit("Chromium is not installed: apt-get install chromium")
    return found


if __name__ == "__main__":
    main()
