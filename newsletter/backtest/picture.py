"""A comparison as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.backtest.comparison import Comparison
from newsletter.backtest.measures import Estimate
from newsletter.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ACCENT = "#9a3412"
_INK = "#1f1d1a"
_QUIET = "#66615a"
_LINE = "#e3ded5"


def draw(comparison: Comparison, path: Path, *, ours: str) -> None:
    """Draw each formula's two figures with their intervals; the suffix names the format.

    Args:
        ours: the formula to stress.

    Raises:
        UsageError: matplotlib is not installed, or the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError(
            "A picture needs matplotlib: pip install 'papers-newsletter[backtest]'."
        ) from error
    shown = [each for each in comparison.figures if each.name != "random"]
    names = [each.name for each in shown]
    picture = Figure(figsize=(9.6, 1.2 + 0.36 * len(shown)), layout="constrained")
    left, right = picture.subplots(1, 2, sharey=True)
    _draw_panel(left, names, [each.spearman for each in shown], ours)
    _draw_panel(right, names, [each.share for each in shown], ours)
    left.set_title("Rank correlation with later votes", loc="left", fontsize=10)
    right.set_title(f"Share of the later top {comparison.top}", loc="left", fontsize=10)
    left.invert_yaxis()
    picture.supxlabel(
        f"{comparison.mornings} mornings, {comparison.first} to {comparison.last}; bars: 95 %",
        fontsize=9,
        color=_QUIET,
    )
    try:
        picture.savefig(path, dpi=160)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be written: {error}.") from error


def _draw_panel(axes: Axes, names: list[str], found: list[Estimate], ours: str) -> None:
    for place, (name, each) in enumerate(zip(names, found, strict=True)):
        colour = _ACCENT if name == ours else _INK
        axes.plot([each.low, each.high], [place, place], color=colour, linewidth=1.6)
        axes.plot([each.mean], [place], "o", color=colour, markersize=5)
        axes.annotate(
            f"{each.mean:.3f}",
            (each.mean, place),
            xytext=(0, 6),
            textcoords="offset points",
            ha="center",
            fontsize=8,
            color=colour,
        )
    axes.set_yticks(range(len(names)), names, fontsize=9)
    axes.set_ylim(-0.7, len(names) - 0.4)
    axes.tick_params(colors=_QUIET, length=0)
    axes.grid(axis="x", color=_LINE)
    axes.spines[:].set_visible(False)
