"""A model and the latest rows of its series: those that it keeps, or newer ones from files.

What is asked of the two together is checked here, and what follows for the forecast is said.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from forecaster.errors import AllSeriesFailedError, Code, Finding, InputRefusedError, UsageError, counted
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
    from forecaster.forecasting.recipe import Recipe
    from forecaster.reading.cells.time_style import TimeStyle
    from forecaster.series.panel import Panel
    from forecaster.spec import Selection

Made = TypeVar("Made")


class Latest(NamedTuple):
    """A model's forecaster with rows of its series.

    Attributes:
        fitted: The forecaster of these series.
        panel: Their rows.
        style: How the file of the newest rows writes times.
        findings: What is to be said of the rows.
        failed: Series of the sources that the model cannot forecast, each with the reason.

    """

    fitted: FittedForecaster
    panel: Panel
    style: TimeStyle
    findings: tuple[Finding, ...]
    failed: Mapping[str, str]


def latest(
    loaded: Model, sources: Sequence[str], selection: Selection, *, joined: bool = True, horizon: int = 0
) -> Latest:
    """Return a model's forecaster with the latest rows of its series, and what is known for `horizon` steps behind.

    The rows are those that the model keeps, with those of the sources behind them, or, not `joined`, in their place.
    Known values are those that the model keeps, then those of the sources, then those of the files in
    `selection.known`: the later ones win.

    Raises:
        ForecasterError: As its subclasses say.

    """
    _check_files(loaded.tail, selection.known)
    asked = _completed(selection, loaded)
    now, layers = Latest(loaded.fitted, loaded.tail, loaded.style, (), {}), [loaded.tail]
    if sources:
        now, layers = _followed(loaded, sources, asked, joined=joined)
    return _foreseen(now, layers, replace(asked, known=selection.known), horizon)


def _followed(loaded: Model, sources: Sequence[str], asked: Selection, *, joined: bool) -> tuple[Latest, list[Panel]]:
    """Return the series of a model that the sources have, with their newer rows, and these rows apart."""
    kept, irregular = loaded.tail, loaded.fitted.recipe.irregular
    source = read_sources(sources, asked, irregular=irregular, continued=kept)
    ours, theirs, unknown = match_series(kept, source.panel)
    fitted, kept, newer = loaded.fitted.take(ours), kept.take(ours), source.panel.take(theirs)

    def follow(chosen: list[int]) -> tuple[Panel, list[Finding]]:
        rows, said = newer.take(chosen), list[Finding]()
        if joined:
            rows, said = append_newer_rows(kept.take(chosen), rows, fitted.tail_rows)
        check_logarithms(rows, fitted.scaling.transform.take(chosen))
        return rows, said

    (panel, said), chosen, apart = _of_those_that_can(kept.ids, follow)
    fitted = fitted.take(chosen)
    findings = (*source.findings, *said, *waiting(fitted, panel))
    now = Latest(fitted, panel, source.style, findings, {**source.failed, **unknown, **apart})
    return now, [kept.take(chosen), newer.take(chosen)]


def _foreseen(now: Latest, layers: Sequence[Panel], asked: Selection, horizon: int) -> Latest:
    """Return the series with the known columns, of which the layers and files tell, for `horizon` steps behind them."""
    panel = now.panel
    names = layers[0].covariates.known if layers[0].covariates else ()
    if not names:
        return now
    files = [read_known(file, panel, asked, now.style, names) for file in asked.known]
    check_used(panel, files, horizon)
    told = [*map(known_columns, layers), *files]

    def foresee(chosen: list[int]) -> Panel:
        return with_known_values(panel.take(chosen), names, [[layer[i] for i in chosen] for layer in told], horizon)

    whole, chosen, apart = _of_those_that_can(panel.ids, foresee)
    return now._replace(fitted=now.fitted.take(chosen), panel=whole, failed={**now.failed, **apart})


def _of_those_that_can(ids: Sequence[str], work: Callable[[list[int]], Made]) -> tuple[Made, list[int], dict[str, str]]:
    """Return what `work` makes of the series that it can be done for, their numbers, and the reasons of the others.

    Raises:
        InputRefusedError: It can be done for none.

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


def waiting(fitted: FittedForecaster, panel: Panel) -> tuple[Finding, ...]:
    """Say how many newer rows a model leaves aside whose networks start at one phase of the season alone."""
    late = 0 if fitted.recipe.irregular else int(fitted.steps_since_phase(panel.tail(fitted.tail_rows)).max())
    if not late:
        return ()
    rows = f"{counted(late, 'newer row')} {'waits' if late == 1 else 'wait'}"
    what = f"the forecast starts every {fitted.recipe.stride} rows, as the networks learned: {rows} for the next start"
    return (Finding(Code.WAITING, what),)


def _check_files(kept: Panel, named: Sequence[str]) -> None:
    """Refuse known values for a model that takes none, and names of columns where files are meant.

    Raises:
        UsageError: It is so.

    """
    if named and not (kept.covariates and kept.covariates.known):
        raise UsageError("--known is for models that were trained with --known", "leave it out")
    columns = [name for name in named if kept.covariates and name in kept.covariates.known]
    if columns:
        remedy = "name the file that holds its values to come"
        raise UsageError(f"--known {shown(columns[0])} is a column, which the model knows already", remedy)


def _completed(named: Selection, loaded: Model) -> Selection:
    """Return the selection of training, with what the user named now in its place; known files are read apart.

    Few newer rows show no calendar: they go by the model's own.
    """
    given = {key: value for key, value in vars(named).items() if value not in {None, ()}}
    held, trained = loaded.tail.covariates, loaded.selection
    columns = tuple(name for name in trained.known if held and name in held.known)
    given |= {"observed": held.observed if held else (), "known": columns, "calendar": None}
    return replace(trained, **given)


def check_requested_times(recipe: Recipe, horizon: int | None) -> None:
    """Refuse to be asked for moments twice, or by a model of equal steps.

    Raises:
        UsageError: It is so.

    """
    if not recipe.irregular:
        raise UsageError(
            "--at is for models that were trained with --irregular", "ask for --horizon, or train with --irregular"
        )
    if horizon is not None:
        raise UsageError("--at and --horizon both say what to forecast", "leave one of them out")


def without(fitted: FittedForecaster, panel: Panel, late: Mapping[str, str]) -> tuple[FittedForecaster, Panel]:
    """Return the forecaster and the panel without the series named in `late`.

    Raises:
        AllSeriesFailedError: None is left.

    """
    kept = [i for i, name in enumerate(panel.ids) if name not in late]
    if not kept:
        raise AllSeriesFailedError("each of the series goes on beyond a moment asked for", "ask --at for later times")
    return (fitted.take(kept), panel.take(kept)) if late else (fitted, panel)


def beyond(fitted: FittedForecaster, forecast: Forecast) -> tuple[Finding, ...]:
    """Say how much lies further ahead than the networks learned."""
    held = int((forecast.strategy == HELD).sum())
    if not held:
        return ()
    rows = f"{held} of {forecast.strategy.size} rows lie further ahead than the networks learned"
    return (Finding(Code.HELD, f"{rows}, {fitted.furthest_lead_time:.3g} typical steps: the forecast is held there"),)
