"""What comes with the program: templates, sample data and the default config.toml."""

from __future__ import annotations

from pathlib import Path
from shutil import copyfile, copytree

from newsletter.errors import UsageError

_PARTS = ("config.toml", "templates", "data")
_PACKAGE = Path(__file__).parent


def shipped() -> Path:
    """The folder that holds `templates/`, `data/` and `config.toml`.

    In a wheel it lies inside the package; in a checkout it is the checkout itself.
    """
    inside = _PACKAGE / "shipped"
    return inside if inside.is_dir() else _PACKAGE.parent


def copy_shipped(folder: Path) -> None:
    """Write a newsletter of one's own into a folder.

    Raises:
        UsageError: something of ours stands there already, or it cannot be written;
            what was there is left as it was.
    """
    there = [name for name in _PARTS if (folder / name).exists()]
    if there:
        raise UsageError(f"{folder} already has {' and '.join(there)}; choose another folder.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("templates", "data"):
            copytree(shipped() / name, folder / name)
        copyfile(shipped() / "config.toml", folder / "config.toml")
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}.") from error
