"""backtest."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import common
from newsletter.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from newsletter.backtest.comparison import Comparison, Tuning
    from newsletter.settings import Settings

_SEED = 0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(backtest)


def backtest(
    context: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Series of votes (CSV, or .csv.gz); else what `send` recorded."),
    ] = None,
    tune: Annotated[
        bool, typer.Option("--tune", help="Suggest an exponent on the first half of the mornings.")
    ] = False,
    top: Annotated[int, typer.Option(min=1, help="How many of the best should be found.")] = 10,
    smallest: Annotated[
        int, typer.Option("--min-pool", min=1, help="Leave out mornings with fewer papers.")
    ] = 1,
    picture: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Draw it too: a .svg or .png.")
    ] = None,
    sandbox: common.Sandbox = False,
    json: common.Json = False,
) -> None:
    """Replay past mornings: which formula told the later votes best?"""
    from newsletter.backtest.comparison import compare
    from newsletter.backtest.comparison import tune as find_exponent
    from newsletter.backtest.formulas import DEFAULT, known_formulas, ours

    settings = common.get_settings(context)
    series = _read_series(settings, files or [], sandbox)
    pools = _find_pools(settings, series, smallest, least=2 if tune else 1)
    present = f"exponent {settings.ranking.exponent:g} (yours)"
    formulas = {**known_formulas(_SEED), present: ours(settings.ranking.exponent)}
    compared = compare(pools, formulas, against=DEFAULT, top=top)
    tuned = find_exponent(pools, formulas, against=DEFAULT, top=top) if tune else None
    if picture is not None:
        from newsletter.backtest.picture import draw

        draw(compared, picture, ours=present)
    if json:
        common.print_json(_as_json(compared, tuned))
    else:
        _print(compared, tuned)


def _read_series(settings: Settings, files: list[Path], sandbox: bool) -> pd.DataFrame:
    from newsletter.backtest.series import from_rows, read_files

    if files:
        return read_files(files)
    with common.get_store(common.get_outlet(settings, sandbox).store_url) as store:
        return from_rows(store.sightings.series() if store else ())


def _find_pools(
    settings: Settings, series: pd.DataFrame, smallest: int, *, least: int
) -> pd.DataFrame:
    from newsletter.backtest.mornings import find_mornings, leave_out_small

    found = find_mornings(
        series,
        schedule=settings.schedule,
        zone=settings.newsletter.timezone,
        window_days=settings.papers.window_days,
    )
    pools = leave_out_small(found, smallest)
    mornings = 0 if pools.empty else pools["morning"].nunique()
    if mornings < least:
        among = f" with {smallest} papers to choose from" if smallest > 1 else ""
        raise UsageError(
            f"Too few mornings to replay ({mornings}{among}): it takes days whose list was read by"
            " the hour of the edition, and again a week later. `send` records one a day."
        )
    return pools


def _as_json(compared: Comparison, tuned: Tuning | None) -> dict[str, Any]:
    return {**_comparison_json(compared), "tune": tuned and _tuning_json(tuned)}


def _comparison_json(compared: Comparison) -> dict[str, Any]:
    from newsletter.backtest.measures import Estimate

    figures = [
        {name: value._asdict() if isinstance(value, Estimate) else value for name, value in items}
        for items in (asdict(each).items() for each in compared.figures)
    ]
    days = {"first": compared.first.isoformat(), "last": compared.last.isoformat()}
    return {**asdict(compared), **days, "figures": figures}


def _tuning_json(tuned: Tuning) -> dict[str, Any]:
    return {
        "suggested": tuned.suggested,
        "tried": dict(tuned.tried),
        "earlier": _comparison_json(tuned.earlier),
        "later": _comparison_json(tuned.later),
    }


def _print(compared: Comparison, tuned: Tuning | None) -> None:
    from newsletter.cli.backtest_table import print_comparison, print_suggestion

    if tuned is None:
        print_comparison(compared, "")
        return
    print_comparison(tuned.earlier, "Tuned on")
    print_comparison(tuned.later, "Tested on")
    print_suggestion(tuned)
