"""`evaluate`: the forecaster and the baselines backtested side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.evaluation.backtest import COLUMNS_OF_METHOD, FRAME_COLUMNS, backtest
from forecaster.evaluation.backtest_report import backtest_price_verdict, backtest_verdict, score_with_skill
from forecaster.evaluation.residuals import check_residuals
from forecaster.evaluation.score_tables import FOLD, STEP
from forecaster.evaluation.statsforecast_models import StatsforecastModel, check_statsforecast, named_methods
from forecaster.forecasting.defaults.derive import choose_horizon, derive_recipe
from forecaster.forecasting.defaults.method_choice import FEWEST_ROWS
from forecaster.forecasting.forecaster import BlendedForecaster
from forecaster.forecasting.methods.baselines import BASELINES, NAIVE, Baseline
from forecaster.forecasting.plan import long_enough, shortest_series
from forecaster.forecasting.series_order import in_order_of_names
from forecaster.numeric_errors import refuse_numeric_errors
from forecaster.reading.reader import read_sources
from forecaster.series.elapsed import silences
from forecaster.series.scaling import RETURNS
from forecaster.series.split import rows_needed
from forecaster.spec import COLUMNS, Selection, Specification
from forecaster.workflow.forecast_size import check_backtest_size
from forecaster.workflow.limits import requested_limits, share_findings
from forecaster.workflow.request import Extent
from forecaster.workflow.results import Evaluation, History, panel_facts
from forecaster.workflow.run_description import LIBRARIES, describe_run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from forecaster.forecasting.method import Method
    from forecaster.reading.tables.table import Source
    from forecaster.workflow.checkpoints import Resumption
    from forecaster.workflow.fold_checkpoints import FoldCheckpoints
    from forecaster.workflow.request import CheckSize


@refuse_numeric_errors
def evaluate(  # noqa: PLR0913 - every argument is an option of the command
    sources: Sequence[Source],
    *,
    selection: Selection,
    specification: Specification,
    folds: int = 5,
    step: int | None = None,
    refit: int | None = 1,
    baselines: Sequence[str] = (),
    repair: str = "safe",
    jobs: int | None = None,
    checkpoints: FoldCheckpoints | None = None,
    check_size: CheckSize | None = None,
    announce_resumption: Callable[[Resumption], None] | None = None,
) -> Evaluation:
    """Backtest the forecaster and the baselines: each is fitted on the history before a cutoff and scored behind it.

    Args:
        sources: Files, `-` for standard input, or tables in memory.
        selection: Columns that the user named.
        specification: What the user wants of the model.
        folds: Cutoffs.
        step: Rows between two cutoffs; None for one horizon.
        refit: Folds from one fit to the next; None fits once, on the history of the oldest fold.
        baselines: Methods of the statsforecast package to compare too: `auto-ets, auto-arima, theta`.
        repair: What is done about faults of the files, see `forecaster.spec.REPAIRS`.
        jobs: Processes that share the fits, or the networks of the only one; None for networks in as many as pay.
        checkpoints: Where the forecasts of finished folds are kept; None to keep nothing.
        check_size: Called with the extent of the work before it; what it raises ends the run.
        announce_resumption: Called with what became of the checkpoints of an earlier run.

    Raises:
        ForecasterError: As its subclasses say.

    """
    baselines = named_methods(baselines)
    check_statsforecast(baselines, irregular=specification.irregular)
    limits = requested_limits(specification)
    source = read_sources(sources, selection, repair=repair, irregular=specification.irregular, limits=limits)
    chosen = choose_horizon(source.panel, specification)
    horizon = int(chosen.value)
    step = step or horizon
    later = horizon + (folds - 1) * step
    remedy = "give a longer history, or use a shorter --horizon or fewer --folds"
    shortest = shortest_series(specification)
    least = rows_needed(horizon) if shortest > FEWEST_ROWS else FEWEST_ROWS
    panel, short = long_enough(source.panel, source.files, least + later, remedy)
    specification = replace(specification, horizon=horizon)
    recipe = derive_recipe(panel.head(later), specification)
    others: list[Method] = [
        *(Baseline(name, horizon, recipe.season) for name in (NAIVE if recipe.irregular else BASELINES)),
        *(StatsforecastModel(name, recipe.season) for name in dict.fromkeys(baselines)),
    ]
    columns = FRAME_COLUMNS + COLUMNS_OF_METHOD * (1 + len(others))
    check_backtest_size(len(panel), horizon, folds, columns)
    if check_size is not None:
        check_size(Extent(len(panel), len(panel.values), horizon, len(panel) * horizon * folds * columns, folds))
    if checkpoints is not None:
        requested = {"--folds": folds, "--step": step, "--refit": refit, "--baselines": tuple(baselines)}
        records, libraries = (source.selection, specification), (*LIBRARIES, *(("statsforecast",) if baselines else ()))
        run = describe_run(panel, recipe, records, {"--repair": repair} | requested, libraries)
        resumption = checkpoints.begin(run, folds)
        if announce_resumption is not None:
            announce_resumption(resumption)
    one_fit = refit is None or refit >= folds
    open_store = None if checkpoints is None else checkpoints.open_training
    ours = BlendedForecaster(specification, jobs if one_fit else 1 if jobs else None, open_store)
    # Sums round by the order of their terms, which must not be that of the series in the files.
    by_name = backtest(
        in_order_of_names(panel),
        [ours, *others],
        horizon,
        folds,
        step,
        season=recipe.season,
        refit=refit,
        jobs=jobs or 1,
        store=checkpoints,
    )
    names = [model.name for model in others]
    frame = _in_order_of_files(by_name, panel.ids)
    judge = backtest_price_verdict if recipe.mode == RETURNS else backtest_verdict
    judged = judge(by_name, COLUMNS.model, names, step)
    return Evaluation(
        score_with_skill(by_name, COLUMNS.model, names, step),
        score_with_skill(by_name, COLUMNS.model, names, step, STEP),
        score_with_skill(frame, COLUMNS.model, names, step, COLUMNS.series),
        frame,
        replace(judged, sentences=(*judged.sentences, *check_residuals(by_name, COLUMNS.model))),
        tuple(chosen if each.name == chosen.name else each for each in recipe.decisions),
        (*source.findings, *silences(panel), *share_findings(recipe, specification)),
        {**source.failed, **short},
        panel_facts(panel, recipe) | {"folds": folds, "horizon": horizon, "step": step, "refit": refit},
        History(panel, recipe.season),
        source.selection,
        source.style,
    )


def _in_order_of_files(frame: pd.DataFrame, ids: Sequence[str]) -> pd.DataFrame:
    """Return the rows of a backtest, with the series of each fold in the order of these names."""
    places = {name: place for place, name in enumerate(ids)}
    order = np.lexsort((frame[STEP], frame[COLUMNS.series].map(places), frame[FOLD]))
    return frame.iloc[order].reset_index(drop=True)
