"""Combine the rows that a model keeps with newer rows from files.

Rows are panels: those that the model keeps, those of the files, and both together. Values of known columns after the
last row are added, too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from forecaster.errors import Code, Finding, InputRefusedError, UsageError, counted
from forecaster.forecasting.method import HELD
from forecaster.reading.known_files import read_known
from forecaster.reading.reader import read_sources
from forecaster.series.append import append_newer_rows, check_logarithms, match_series
from forecaster.series.known_values import check_used, known_columns, with_known_values
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from forecaster.artifact.model import Model
    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.forecasting.method import Forecast
    from forecaster.reading.cells.time_style import TimeStyle
    from forecaster.series.panel import Panel
    from forecaster.spec import Selection

Result = TypeVar("Result")


class LatestRows(NamedTuple):
    """A model's forecaster with the latest rows of its series.

    Attributes:
        fitted: The forecaster of these series.
        panel: Their rows.
        style: How the file of the newest rows writes times.
        findings: What the user should know about the rows.
        failed: Series of the sources that the model cannot forecast, each with the reason.

    """

    fitted: FittedForecaster
    panel: Panel
    style: TimeStyle
    findings: tuple[Finding, ...]
    failed: Mapping[str, str]


def combine_with_newer_rows(
    model: Model, sources: Sequence[str], selection: Selection, *, appended: bool = True, horizon: int = 0
) -> LatestRows:
    """Return a model's forecaster with the latest rows of its series, and known values for `horizon` steps after them.

    Known values come from the model, then from the sources, then from the files in `selection.known`; the later win.

    Args:
        model: The model with the rows that it keeps.
        sources: Files with newer rows; none for the rows that the model keeps.
        selection: The options that say how to read the files; what is not given is as in training.
        appended: Whether the newer rows follow the rows that the model keeps; otherwise they replace them.
        horizon: Steps after the rows for which known values are needed.

    Raises:
        ForecasterError: Its subclasses say which input or option is at fault.

    """
    _check_known_files(model.tail, selection.known)
    like_training = _selection_like_training(selection, model)
    latest, known_panels = LatestRows(model.fitted, model.tail, model.style, (), {}), [model.tail]
    if sources:
        latest, known_panels = _with_rows_of_sources(model, sources, like_training, appended=appended)
    return _with_values_ahead(latest, known_panels, replace(like_training, known=selection.known), horizon)


def _with_rows_of_sources(
    model: Model, sources: Sequence[str], selection: Selection, *, appended: bool
) -> tuple[LatestRows, list[Panel]]:
    """Return the series that model and sources share with their latest rows; then their kept and their newer rows."""
    source = read_sources(sources, selection, irregular=model.fitted.recipe.irregular, continued=model.tail)
    in_model, in_source, unknown = match_series(model.tail, source.panel)
    fitted, kept, newer = model.fitted.take(in_model), model.tail.take(in_model), source.panel.take(in_source)

    def combine(numbers: list[int]) -> tuple[Panel, list[Finding]]:
        rows, findings = newer.take(numbers), list[Finding]()
        if appended:
            rows, findings = append_newer_rows(kept.take(numbers), rows, fitted.tail_rows)
        check_logarithms(rows, fitted.scaling.transform.take(numbers))
        return rows, findings

    (panel, findings), numbers, refused = _apply_to_valid_series(kept.ids, combine)
    fitted = fitted.take(numbers)
    findings = [*source.findings, *findings, *waiting_rows_finding(fitted, panel)]
    latest = LatestRows(fitted, panel, source.style, tuple(findings), {**source.failed, **unknown, **refused})
    return latest, [kept.take(numbers), newer.take(numbers)]


def _with_values_ahead(
    latest: LatestRows, known_panels: Sequence[Panel], selection: Selection, horizon: int
) -> LatestRows:
    """Add the known columns at the rows and at the steps after them.

    Args:
        latest: The series with their rows.
        known_panels: The same series with known values; the later panel wins.
        selection: How to read the files of known values, which it names; these win over the panels.
        horizon: Steps after the rows for which known values are needed.

    """
    panel, trained = latest.panel, known_panels[0].covariates
    if trained is None or not trained.known:
        return latest
    files = [read_known(file, panel, selection, latest.style, trained.known) for file in selection.known]
    check_used(panel, files, horizon)
    layers = [*map(known_columns, known_panels), *files]

    def add_known(numbers: list[int]) -> Panel:
        chosen = [[layer[i] for i in numbers] for layer in layers]
        return with_known_values(panel.take(numbers), trained.known, chosen, horizon)

    complete, numbers, refused = _apply_to_valid_series(panel.ids, add_known)
    return latest._replace(fitted=latest.fitted.take(numbers), panel=complete, failed={**latest.failed, **refused})


def _apply_to_valid_series(
    ids: Sequence[str], work: Callable[[list[int]], Result]
) -> tuple[Result, list[int], dict[str, str]]:
    """Call `work` with the numbers of all series that it accepts.

    Returns:
        Its result, the numbers of these series, and the reasons of the others by name.

    Raises:
        InputRefusedError: It accepts none.

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
    valid = [i for i in everything if i not in errors]
    if not valid:
        raise errors[0]
    return work(valid), valid, {ids[i]: error.what for i, error in errors.items()}


def waiting_rows_finding(fitted: FittedForecaster, panel: Panel) -> tuple[Finding, ...]:
    """Return a finding if newer rows wait because forecasts start only every `stride` rows; else none."""
    late = 0 if fitted.recipe.irregular else int(fitted.steps_since_phase(panel.tail(fitted.tail_rows)).max())
    if not late:
        return ()
    rows = f"{counted(late, 'newer row')} {'waits' if late == 1 else 'wait'}"
    what = f"the forecast starts every {fitted.recipe.stride} rows, as the networks learned: {rows} for the next start"
    return (Finding(Code.WAITING, what),)


def _check_known_files(kept: Panel, files: Sequence[str]) -> None:
    """Refuse `--known` for a model without known columns, and names of columns in place of files.

    Raises:
        UsageError: The model has no known columns, or a file has the name of one.

    """
    if files and not (kept.covariates and kept.covariates.known):
        raise UsageError("--known is for models that were trained with --known", "leave it out")
    columns = [name for name in files if kept.covariates and name in kept.covariates.known]
    if columns:
        remedy = "name the file that holds its values to come"
        raise UsageError(f"--known {shown(columns[0])} is a column, which the model knows already", remedy)


def _selection_like_training(selection: Selection, model: Model) -> Selection:
    """Return the selection of training, replaced where the user gives another; files of known values are left out.

    The calendar is that of the model, because a few newer rows do not show one.
    """
    given = {key: value for key, value in vars(selection).items() if value not in {None, ()}}
    covariates, trained = model.tail.covariates, model.selection
    known = tuple(name for name in trained.known if covariates and name in covariates.known)
    given |= {"observed": covariates.observed if covariates else (), "known": known, "calendar": None}
    return replace(trained, **given)


def held_rows_finding(fitted: FittedForecaster, forecast: Forecast) -> tuple[Finding, ...]:
    """Return a finding if rows lie beyond the lead times of training, where the forecast is held; else none."""
    held = int((forecast.strategy == HELD).sum())
    if not held:
        return ()
    rows = f"{held} of {forecast.strategy.size} rows lie further ahead than the networks learned"
    return (Finding(Code.HELD, f"{rows}, {fitted.furthest_lead_time:.3g} typical steps: the forecast is held there"),)
