"""What comes with the program: templates, sample data and the default config.toml."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def shipped() -> Path:
    """The folder that holds `templates/`, `data/` and `config.toml`.

    In a wheel it lies inside the package; in a checkout it is the checkout itself.
    """
    inside = _PACKAGE / "shipped"
    return inside if inside.is_dir() else _PACKAGE.parent
