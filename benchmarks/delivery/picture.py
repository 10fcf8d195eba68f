"""The speeds as a picture, on paper of its own so that it is readable in the dark too."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

_PAPER = "#fffdf9"
_ACCENT = "#9a3412"
_BAR = "#cfc8bd"
_INK = "#1f1d1a"
_QUIET = "#66615a"

#: By client and sink, messages a second of each run.
Rates = Mapping[tuple[str, str], Sequence[float]]


def draw(rates: Rates, path: Path, *, title: str, conditions: str) -> None:
    """Draw a panel for each sink with a bar for each client: the median, and from least to most."""
    names = list(dict.fromkeys(name for name, _ in rates))
    sinks = list(dict.fromkeys(to for _, to in rates))
    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12)
    height = 1.5 + 0.34 * len(names)
    picture = Figure(figsize=(9.6, height), layout=layout, facecolor=_PAPER)
    panels = picture.subplots(1, len(sinks), sharey=True, squeeze=False)[0]
    for panel, to in zip(panels, sinks, strict=True):
        _draw_panel(panel, names, [rates[name, to] for name in names])
        panel.set_title(f"to the {to}, messages a second", loc="left", fontsize=9, color=_QUIET)
    panels[0].invert_yaxis()
    picture.suptitle(title, x=0.01, ha="left", fontsize=12, color=_INK, fontweight="bold")
    picture.supxlabel(conditions, x=0.01, ha="left", fontsize=7.5, color=_QUIET)
    picture.savefig(path, dpi=160, facecolor=_PAPER)


def _draw_panel(axes: Axes, names: Sequence[str], runs: Sequence[Sequence[float]]) -> None:
    middles = [statistics.median(rates) for rates in runs]
    edge = _find_edge(middles)
    axes.set_facecolor(_PAPER)
    for place, (name, rates, middle) in enumerate(zip(names, runs, middles, strict=True)):
        is_ours, is_cut = name.startswith("ours"), middle > edge
        axes.barh(place, min(middle, edge), height=0.66, color=_ACCENT if is_ours else _BAR)
        if not is_cut:
            axes.plot([min(rates), max(rates)], [place, place], color=_INK, linewidth=1)
        axes.annotate(
            f"{middle:,.0f} →" if is_cut else f"{middle:,.0f}",
            (edge if is_cut else max(rates), place),
            xytext=(-4 if is_cut else 4, 0),
            textcoords="offset points",
            ha="right" if is_cut else "left",
            va="center",
            fontsize=8.5,
            color=_ACCENT if is_ours else _INK,
            fontweight="bold" if is_ours else "normal",
        )
    axes.set_yticks(range(len(names)), names, fontsize=9, color=_INK)
    axes.set_xlim(0, edge)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _find_edge(middles: Sequence[float]) -> float:
    """Where a panel ends: a client far beyond all others is cut there, so that they are seen."""
    *_, second, first = sorted([0.0, *middles])
    return 1.35 * (first if first < 2.5 * second or not second else second)
