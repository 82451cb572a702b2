"""Combine the rows that a model keeps with newer rows from files.

Here is checked that the two fit together, and findings tell the user what follows for the forecast.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from forecaster.errors import AllSeriesFailedError, Code, Finding, InputRefusedError, Place, UsageError, counted
from forecaster.forecasting.defaults.method_choice import FEWEST_ROWS
from forecaster.forecasting.method import HELD
from forecaster.forecasting.new_series import for_latest_rows, for_series
from forecaster.forecasting.plan import long_enough
from forecaster.reading.known_files import read_known
from forecaster.reading.reader import read_sources
from forecaster.series.append import (
    Matched,
    append_newer_rows,
    check_logarithms,
    match_series,
    reason_rows_are_of_other_data,
    refuse_other_time,
)
from forecaster.series.categories import columns_in_file
from forecaster.series.empty_steps import refuse_many_empty_steps
from forecaster.series.known_values import check_used, known_columns, with_known_values
from forecaster.series.limits import UNLIMITED
from forecaster.series.panel import refuse_mixed_steps
from forecaster.text import shown
from forecaster.workflow.limits import without_refuted_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from forecaster.artifact.model import Model
    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.forecasting.method import Forecast
    from forecaster.forecasting.recipe import Recipe
    from forecaster.reading.cells.time_style import TimeStyle
    from forecaster.reading.reader import ReadResult
    from forecaster.reading.tables.table import Source
    from forecaster.series.covariates import Covariates
    from forecaster.series.limits import Limits
    from forecaster.series.panel import Panel
    from forecaster.spec import Selection

Result = TypeVar("Result")
MORE_HISTORY = "give a longer history"
"""What helps a series with too few rows."""
ENOUGH_HORIZONS = 3
"""Horizons of rows from which a series shows itself how far forecasts of it go wrong. Chosen by hand: two windows that
do not overlap, and a history before them."""

LITTLE_GROWTH = 0.1
"""Share of newer rows up to which all stays as it is where nothing was trained. On 150 simulated daily series that grew
by up to a tenth, blend and calibration gave the same errors as new ones, 3.675, and the same coverage within 0.3
points; to find new ones takes half the time of a forecast."""


class LatestRows(NamedTuple):
    """A model's forecaster with rows of its series.

    Attributes:
        fitted: The forecaster of these series.
        panel: Their rows.
        style: How the file of the newest rows writes times.
        findings: Findings about the rows.
        failed: Series of the sources that the model cannot forecast, each with the reason.
        unseen: Whether training did not see these series.

    """

    fitted: FittedForecaster
    panel: Panel
    style: TimeStyle
    findings: tuple[Finding, ...]
    failed: Mapping[str, str]
    unseen: bool = False


def read_newer_rows(
    loaded: Model, sources: Sequence[Source], selection: Selection, limits: Limits = UNLIMITED
) -> ReadResult:
    """Read files as those that a model was trained on, and refuse values outside the limits.

    Raises:
        ForecasterError: As its subclasses say.

    """
    completed, irregular = _complete_selection(selection, loaded), loaded.fitted.recipe.irregular
    return read_sources(
        sources, completed, irregular=irregular, continued=loaded.tail, clock=loaded.style, limits=limits
    )


def reason_rows_are_not_of_model(loaded: Model, source: ReadResult) -> str:
    """Return why rows that were read for a model are not the rows that follow its own, in words; empty if they are."""
    newer = source.panel
    if source.style.zone != loaded.style.zone:
        zones = [style.zone or "no zone" for style in (loaded.style, source.style)]
        return f"its times are in {zones[0]}, those of the file in {zones[1]}"
    if newer.ds.dtype != loaded.tail.ds.dtype:
        return "its times are of another kind"
    matched = match_series(loaded.tail, newer)
    if not matched.kept:
        return "it has none of the series of the file"
    return reason_rows_are_of_other_data(loaded.tail.take(matched.kept), newer.take(matched.fresh))


def latest_rows(
    loaded: Model, source: ReadResult | None, selection: Selection, *, joined: bool = True, horizon: int = 0
) -> list[LatestRows]:
    """Return a model's forecaster with the latest rows of its series, and known values for `horizon` steps after them.

    If `joined`, the rows of the source follow those that the model keeps, otherwise they replace them. Known values
    are those that the model keeps, then those of the source, then those of the files in `selection.known`: later ones
    replace earlier ones. Series of the source that the model does not have come last, apart from the others.

    Raises:
        ForecasterError: As its subclasses say.

    """
    _check_known_files(loaded.tail, selection.known)
    completed = replace(_complete_selection(selection, loaded), known=selection.known)
    if source is None:
        now = LatestRows(loaded.fitted, loaded.tail, loaded.style, (), {})
        return [_add_known_values(now, [loaded.tail], loaded.tail.covariates, completed, horizon)]
    loaded, noted = without_refuted_limits(loaded, source.panel)
    source = replace(source, findings=(*source.findings, *noted))
    matched = match_series(loaded.tail, source.panel)
    parts = []
    if matched.kept:
        parts.append(_join_newer_rows(loaded, source, matched, joined=joined))
    if matched.new:
        try:
            parts += _new_series(loaded, source, matched.new, first=not parts)
        except (InputRefusedError, AllSeriesFailedError) as error:
            if not parts:
                raise
            now, layers = parts[0]
            failed = {source.panel.ids[j]: error.what for j in matched.new}
            parts[0] = now._replace(failed={**now.failed, **failed}), layers
    held = loaded.tail.covariates
    for now, _ in parts:
        refuse_many_empty_steps(now.panel.tail(now.fitted.tail_rows))
    return [_add_known_values(now, layers, held, completed, horizon) for now, layers in parts]


def _new_series(
    loaded: Model, source: ReadResult, chosen: list[int], *, first: bool
) -> list[tuple[LatestRows, list[Panel]]]:
    """Return series that the model does not have, with its forecaster scaled by their rows; then their rows.

    Where nothing was trained, each series is a part of its own, because all of its forecast follows from the rows of
    its part. What was found in the source is among the findings where these parts are its `first` ones.
    """
    kept, fresh = loaded.tail, source.panel.take(chosen)
    refuse_other_time(kept, fresh)
    long, failed = long_enough(fresh, source.files, FEWEST_ROWS, MORE_HISTORY)

    def fit(series: list[int]) -> list[tuple[FittedForecaster, Panel]]:
        panel = long.take(series)
        if not kept.irregular:
            refuse_mixed_steps(kept.take([0]).followed_by(panel))
        panels = [panel.take([i]) for i in range(len(panel))] if loaded.fitted.recipe.zero_shot else [panel]
        return [(for_series(loaded.fitted, each), each) for each in panels]

    fits, usable, refused = _for_usable_series(long.ids, fit)
    what = f"{len(usable)} series that training did not see, scaled by their own rows"
    findings = (*(source.findings if first else ()), Finding(Code.NEW, what))
    failed = {**(source.failed if first else {}), **failed, **refused}
    parts = [LatestRows(fitted, panel, source.style, (), {}, unseen=True) for fitted, panel in fits]
    parts[0] = parts[0]._replace(findings=findings, failed=failed)
    return [(part, [part.panel]) for part in parts]


def _join_newer_rows(
    loaded: Model, source: ReadResult, matched: Matched, *, joined: bool
) -> tuple[LatestRows, list[Panel]]:
    """Return the series that both the model and the source have, with newer rows; then kept and newer rows apart."""
    fitted, kept = loaded.fitted.take(matched.kept), loaded.tail.take(matched.kept)
    newer = source.panel.take(matched.fresh)
    zero_shot = fitted.recipe.zero_shot

    def join_rows(chosen: list[int]) -> tuple[Panel, list[Finding]]:
        rows, noted = newer.take(chosen), list[Finding]()
        if joined:
            rows, noted = append_newer_rows(kept.take(chosen), rows, fitted.tail_rows)
        if zero_shot:
            _refuse_few_rows(rows, [source.files[newer.ids[i]] for i in chosen])
        else:
            check_logarithms(rows, fitted.scaling.transform.take(chosen))
        return rows, noted

    (panel, noted), chosen, refused = _for_usable_series(kept.ids, join_rows)
    fitted = fitted.take(chosen)
    newer_rows = int((panel.ds > np.repeat(fitted.end, panel.lengths)).sum())
    if zero_shot and newer_rows > LITTLE_GROWTH * loaded.fingerprint["rows"]:
        fitted = for_latest_rows(fitted, panel)
    findings = (*source.findings, *noted, *waiting_rows_findings(fitted, panel))
    now = LatestRows(fitted, panel, source.style, findings, {**source.failed, **refused})
    return now, [kept.take(chosen), newer.take(chosen)]


def _refuse_few_rows(panel: Panel, files: Sequence[str]) -> None:
    """Refuse series with too few rows for a forecast that follows from them alone; `files` has the file of each.

    Raises:
        InputRefusedError: There is one.

    """
    for i in np.flatnonzero(panel.lengths < FEWEST_ROWS).tolist():
        what = f"too few rows: have {panel.lengths[i]}, need {FEWEST_ROWS}"
        raise InputRefusedError(what, MORE_HISTORY, Place(files[i]), code=Code.SHORT)


def _add_known_values(
    now: LatestRows, layers: Sequence[Panel], held: Covariates | None, selection: Selection, horizon: int
) -> LatestRows:
    """Return the series with their known covariates, from the layers and the files, for `horizon` steps after them.

    `held` are the covariates that the model keeps.
    """
    panel = now.panel
    if held is None or not held.known or not (layers[0].covariates and layers[0].covariates.known):
        return now
    names, categories = held.known, held.categories
    read = [read_known(file, panel, selection, now.style, names, categories) for file in selection.known]
    files = [known for known, _ in read]
    check_used(panel, files, horizon)
    known = [*map(known_columns, layers), *files]

    def add_values(chosen: list[int]) -> Panel:
        layers = [[layer[i] for i in chosen] for layer in known]
        rows = now.panel.take(chosen)
        return with_known_values(rows, names, layers, horizon, categories=categories, static=held.static)

    panel, chosen, refused = _for_usable_series(panel.ids, add_values)
    findings = (*now.findings, *(finding for _, found in read for finding in found))
    return now._replace(
        fitted=now.fitted.take(chosen), panel=panel, findings=findings, failed={**now.failed, **refused}
    )


def _for_usable_series(
    ids: Sequence[str], work: Callable[[list[int]], Result]
) -> tuple[Result, list[int], dict[str, str]]:
    """Return the result of `work` on the series that it accepts, their numbers, and why the others are refused.

    Raises:
        InputRefusedError: It accepts no series.

    """
    everything = list(range(len(ids)))
    try:
        return work(everything), everything, {}
    except InputRefusedError:
        if len(ids) == 1:
            raise
    errors: dict[int, InputRefusedError] = {}
    for i in everything:
        try:
            work([i])
        except InputRefusedError as error:
            errors[i] = error
    rest = [i for i in everything if i not in errors]
    if not rest:
        raise errors[0]
    return work(rest), rest, {ids[i]: error.what for i, error in errors.items()}


def waiting_rows_findings(fitted: FittedForecaster, panel: Panel) -> tuple[Finding, ...]:
    """Return a finding on the newer rows that a model does not use yet, because its networks start every few rows."""
    late = 0 if fitted.recipe.irregular else int(fitted.steps_since_phase(fitted.read(panel)).max())
    if not late:
        return ()
    rows = f"{counted(late, 'newer row')} {'waits' if late == 1 else 'wait'}"
    what = f"the forecast starts every {fitted.recipe.stride} rows, as in training: {rows} for the next start"
    return (Finding(Code.WAITING, what),)


def few_rows_findings(recipe: Recipe, panel: Panel) -> tuple[Finding, ...]:
    """Return a finding where nothing is trained and the rows hardly show how far forecasts of them go wrong."""
    rows = int(panel.lengths.max())
    if not recipe.zero_shot or rows >= ENOUGH_HORIZONS * recipe.horizon:
        return ()
    steps = f"{counted(rows, 'row')} for {counted(recipe.horizon, 'step')} ahead"
    return (Finding(Code.FEW, f"{steps}: the width of the intervals is based on other series"),)


def _check_known_files(kept: Panel, named: Sequence[str]) -> None:
    """Check the files with known values that the user names.

    Raises:
        UsageError: The model takes no known values, or a column is named instead of a file.

    """
    if named and not (kept.covariates and kept.covariates.known):
        raise UsageError("--known is for models that were trained with --known", "leave it out")
    held = kept.covariates
    columns = [name for name in named if held and name in columns_in_file(held.known, held.categories)]
    if columns:
        remedy = "name the file with its future values"
        raise UsageError(f"--known {shown(columns[0])} is a column, which the model already knows", remedy)


def _complete_selection(named: Selection, loaded: Model) -> Selection:
    """Return the selection of training, changed where the user says otherwise; known files are read separately.

    A few newer rows do not show a calendar: they follow the one of the model.
    """
    given = {key: value for key, value in vars(named).items() if value not in {None, ()}}
    held, trained = loaded.tail.covariates, loaded.selection
    observed, known = (
        (columns_in_file(names, held.categories) for names in (held.observed, held.known)) if held else ((), ())
    )
    columns = tuple(name for name in trained.known if name in known)
    given |= {"observed": observed, "known": columns, "calendar": None}
    return replace(trained, **given)


def held_forecast_findings(fitted: FittedForecaster, forecast: Forecast) -> tuple[Finding, ...]:
    """Return a finding on the rows that lie further ahead than the networks learned."""
    held = int((forecast.strategy == HELD).sum())
    if not held:
        return ()
    rows = f"{held} of {forecast.strategy.size} rows lie further ahead than the networks learned"
    return (Finding(Code.HELD, f"{rows}, {fitted.furthest_lead_time:.3g} typical steps: the forecast is held there"),)


def rolled_forecast_findings(recipe: Recipe, steps: int) -> tuple[Finding, ...]:
    """Return a finding on steps beyond the trained horizon where a longer one would be learned: not of price moves."""
    learned = not (recipe.irregular or recipe.zero_shot or recipe.predicts_volatility)
    if not learned or steps <= recipe.horizon:
        return ()
    beyond = f"{steps - recipe.horizon} of {steps} steps lie beyond the trained horizon of {recipe.horizon}"
    return (Finding(Code.ROLLED, f"{beyond}: they are rolled forward; train with --horizon {steps} to learn them"),)
