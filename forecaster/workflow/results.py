"""What the verbs of the program return: plain frozen records with frames, for the command line and for Python code."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from forecaster.errors import UsageError
from forecaster.evaluation.holdout_report import scores_to_records
from forecaster.evaluation.plain_sentences import accuracy_sentences, repeated_values
from forecaster.evaluation.score_tables import MODEL
from forecaster.forecasting.defaults.rules import calendar_of
from forecaster.forecasting.methods.training_session import ENDED_EARLY
from forecaster.nn.architecture import parameter_count
from forecaster.numeric_errors import check_finite
from forecaster.reading.cells.time_style import ISO_STYLE, TimeStyle, write_times
from forecaster.reading.frames import times_in_zone
from forecaster.series.written_decimals import written_decimals
from forecaster.size_limits import MOST_SAMPLES
from forecaster.spec import COLUMNS, Selection
from forecaster.text import shown
from forecaster.workflow.frames import Frame, stack_scores

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from forecaster.arrays import Floats
    from forecaster.errors import Finding
    from forecaster.evaluation.verdict import Verdict
    from forecaster.forecasting.explanation import Explanation
    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.forecasting.holdout import Holdout
    from forecaster.forecasting.method import Forecast
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.panel import Panel
    from forecaster.spec import Decision


HARDEST = 10
"""Series that an evaluation names as the hardest; chosen by hand: a list that is read at a glance."""
HARDEST_IN_SENTENCE = 3
"""Of these, series that a sentence names; chosen by hand."""
SAMPLE = "sample"
"""The column that numbers sample paths from 0."""
HOLIDAY = "holiday"
"""The column that names the named days of a forecast that is split into parts; missing on other days."""


class History(NamedTuple):
    """Rows of series, and the number of steps in their season."""

    panel: Panel
    season: int


class Trained(NamedTuple):
    """A fitted forecaster, the rows of its series, and its forecasts of held-out rows."""

    fitted: FittedForecaster
    panel: Panel
    holdout: Holdout


class Judgement(NamedTuple):
    """How good forecasts like a prediction were.

    Attributes:
        verdict: The forecast against the baselines on held-out rows.
        scores: One record a method, see `forecaster.evaluation.holdout_report.scores_to_records`.
        repeated: What each naive forecast repeats, in words.
        weights: The weight of each method in the point forecast.
        holdout: The forecasts of the held-out rows; None where a model file does not hold them.

    """

    verdict: Verdict
    scores: Sequence[Mapping[str, Any]]
    repeated: Mapping[str, str]
    weights: Mapping[str, float]
    holdout: Holdout | None = None


@dataclass(frozen=True)
class Training:
    """The result of `train`.

    Attributes:
        findings: Findings about the data.
        failed: Series that could not be used, each with the reason.
        decisions: What the recipe decided and why.
        scores: One row a method on the held-out rows, see
            `forecaster.evaluation.holdout_report.holdout_scores`; None in a dry run.
        verdict: The forecast against the baselines on those rows; None in a dry run.
        path: The model file; None in a dry run.
        digest: Content digest of the model; None in a dry run.
        facts: Rows, series, windows, parameters.
        trained: The forecaster, the rows that it follows and its forecasts of held-out rows; None in a dry run.
        method: What the forecast is made of, in a sentence; empty in a dry run.
        accuracy: How good the forecast is, in a sentence; empty in a dry run.
        summary: The same in a few words, for a list of many files.
        style: How the files write times.
        fingerprint: Rows, span and digest of the series.

    """

    findings: tuple[Finding, ...]
    failed: Mapping[str, str]
    decisions: tuple[Decision, ...]
    scores: Frame | None
    verdict: Verdict | None
    path: Path | None
    digest: str | None
    facts: Mapping[str, Any]
    trained: Trained | None = None
    method: str = ""
    accuracy: str = ""
    summary: str = ""
    style: TimeStyle = ISO_STYLE
    fingerprint: Mapping[str, Any] | None = None

    @property
    def time_limit(self) -> str:
        """A sentence if the time limit ended training early, else empty."""
        ended = [each for each in self.decisions if each.name == ENDED_EARLY]
        return f"limit of {ended[0].value:g} seconds: {ended[0].reason}" if ended else ""


@dataclass(frozen=True)
class Prediction:
    """The result of `predict`.

    Attributes:
        frame: Long frame: `unique_id, ds, forecast, forecast-lo-80, ..., strategy`, and the parts of the
            forecast if they were requested; of sample paths `unique_id, ds, sample, forecast`.
        findings: Findings for the user.
        failed: Series of the source that could not be forecast, each with the reason.
        style: How the files write times.
        parts: Names of the columns whose sum is the forecast, if they were requested; else none.
        history: The rows that the forecast follows, series in the order of the frame.
        from_model: Whether a trained model made the forecast.
        method: What the forecast is made of, in a sentence; empty if it was not judged.
        accuracy: How good such forecasts were, in a sentence; empty if it was not judged.
        verdict: The same in exact sentences.
        summary: Empty, as a forecast says enough in a list of many files.
        judgement: The same in numbers; None if it was not judged.

    """

    frame: Frame
    findings: tuple[Finding, ...]
    failed: Mapping[str, str]
    style: TimeStyle = ISO_STYLE
    parts: tuple[str, ...] = ()
    history: History | None = None
    from_model: bool = True
    method: str = ""
    accuracy: str = ""
    verdict: tuple[str, ...] = ()
    summary: str = ""
    judgement: Judgement | None = None

    def written_decimals(self, names: Iterable[str]) -> dict[str, int]:
        """Return how many decimals the values of these series have in the files."""
        return {} if self.history is None else decimals_of_series(self.history.panel, names)

    def frame_as_in_file(self) -> Frame:
        """Return the frame with its times as text, in the format and the zone of the files; ISO stays as it is."""
        if self.style == ISO_STYLE:
            return self.frame
        return self.frame.assign(**{COLUMNS.time: write_times(self.frame[COLUMNS.time].to_numpy(), self.style)})

    def frame_in_zone(self) -> Frame:
        """Return the frame with its times in the zone of the files, if these have one."""
        if not self.style.zone:
            return self.frame
        return self.frame.assign(**{COLUMNS.time: times_in_zone(self.frame[COLUMNS.time], self.style)})


def forecast_frame(
    ids: Sequence[str], forecast: Forecast, ds: NDArray[Any], explanation: Explanation | None = None
) -> Frame:
    """Return the long frame of a forecast for the time stamps `ds`, (N, h), with its parts if they are given."""
    check_finite("the forecast", forecast.point, *forecast.low.values(), *forecast.high.values())
    columns: dict[str, Any] = {
        COLUMNS.series: np.repeat(np.array(ids, dtype=object), ds.shape[1]),
        COLUMNS.time: ds.ravel(),
        COLUMNS.model: forecast.point.ravel(),
    }
    for level, low in forecast.low.items():
        columns[COLUMNS.low_column(COLUMNS.model, level)] = low.ravel()
        columns[COLUMNS.high_column(COLUMNS.model, level)] = forecast.high[level].ravel()
    columns[COLUMNS.strategy] = forecast.strategy.ravel()
    if explanation:
        columns |= {name: part.ravel() for name, part in explanation.parts.items()}
        if explanation.named_days is not None:
            columns[HOLIDAY] = explanation.named_days.ravel()
    return pd.DataFrame(columns)


def check_samples_fit_memory(count: int, ds: NDArray[Any]) -> None:
    """Check that `count` sample paths for the time stamps `ds`, (N, h), fit in memory.

    Raises:
        UsageError: They do not; the remedy names the largest number that fits.

    """
    if count * ds.size > MOST_SAMPLES:
        most = MOST_SAMPLES // ds.size
        remedy = f"use --samples {most} or less" if most else "use a shorter --horizon"
        raise UsageError(f"{count} sample paths of {ds.size} values are more than {MOST_SAMPLES:,} rows", remedy)


def sample_paths_frame(ids: Sequence[str], paths: Floats, ds: NDArray[Any]) -> Frame:
    """Return the long frame of sample paths, (count, N, h), for the time stamps `ds`, (N, h), path by path."""
    check_finite("a sample path", paths)
    count, _, horizon = paths.shape
    return pd.DataFrame(
        {
            COLUMNS.series: np.repeat(np.array(ids, dtype=object), count * horizon),
            COLUMNS.time: np.repeat(ds, count, axis=0).ravel(),
            SAMPLE: np.tile(np.repeat(np.arange(count), horizon), len(ids)),
            COLUMNS.model: paths.swapaxes(0, 1).ravel(),
        }
    )


@dataclass(frozen=True)
class Evaluation:
    """The result of `evaluate`.

    Attributes:
        scores: One row a method, pooled over folds, series and steps, see
            `forecaster.evaluation.backtest_report.score_with_skill`.
        scores_by_step: One row a method and step of the horizon.
        scores_by_series: One row a method and series.
        forecasts: The forecasts and actuals of all folds.
        verdict: The forecaster against the baselines.
        decisions: What the recipe decided for the oldest fold and why.
        findings: Findings about the data.
        failed: Series that could not be used, each with the reason.
        facts: Folds, horizon, rows between cutoffs, folds between fits.
        history: The rows of the series, those of the folds included.
        selection: The columns of the data, those included that were found.
        style: How the files write times.

    """

    scores: Frame
    scores_by_step: Frame
    scores_by_series: Frame
    forecasts: Frame
    verdict: Verdict
    decisions: tuple[Decision, ...]
    findings: tuple[Finding, ...]
    failed: Mapping[str, str]
    facts: Mapping[str, Any]
    history: History
    selection: Selection = field(default_factory=Selection)
    style: TimeStyle = ISO_STYLE

    def written_decimals(self, names: Iterable[str]) -> dict[str, int]:
        """Return how many decimals the values of these series have in the files."""
        return decimals_of_series(self.history.panel, names)

    def stacked_scores(self, *, by_series: bool, by_step: bool) -> Frame:
        """Return the pooled scores, and those of each series and of each step below them where they are wanted."""
        return stack_scores(self.scores, [self.scores_by_series] * by_series + [self.scores_by_step] * by_step)

    @property
    def repeated_values(self) -> dict[str, str]:
        """What each naive forecast repeats, in words."""
        return repeated_values(self.history.season, calendar_of(self.history.panel))

    @property
    def accuracy_sentences(self) -> tuple[str, ...]:
        """How the forecast compares with a naive one and with the best method, and how certain that is."""
        series = int(self.scores_by_series[COLUMNS.series].nunique())
        return accuracy_sentences(self.verdict, scores_to_records(self.scores), self.repeated_values, series)

    @property
    def hardest_sentence(self) -> tuple[str, ...]:
        """Which of many series have the largest errors, in a sentence; none where there are few series."""
        names = [shown(str(name)) for name in self.hardest[COLUMNS.series].head(HARDEST_IN_SENTENCE)]
        count = self.scores_by_series[COLUMNS.series].nunique()
        largest = f"The largest scaled errors are those of {', '.join(names)}"
        return (f"{largest}; --per-series shows all {count:,} series.",) if names else ()

    @property
    def hardest(self) -> Frame:
        """The series of the highest MASE, worst first: `unique_id, mase`, and `skill` against the best baseline.

        It is empty if there are no more series than would be named.
        """
        by_method = self.scores_by_series.set_index(COLUMNS.series).groupby(MODEL)
        ours, theirs = (by_method.get_group(name) for name in (COLUMNS.model, self.verdict.baseline))
        named = HARDEST if len(ours) > HARDEST else 0
        return ours[["mase"]].assign(skill=theirs["skill"]).nlargest(named, "mase").reset_index()


@dataclass(frozen=True)
class Diagnosis:
    """The result of `gradients`: how far back the networks of a model learn.

    Attributes:
        by_lag: One row a lag: `lag`, in rows of the data, and for each layer and direction the norm of dL/dh there
            relative to lag 0, the geometric mean over the networks; of the LSTM that of dL/dc too.
        layers: One row a layer and direction: `layer, norm_at_lag_0, spectral_radius`, the shares of saturated
            activations and, of relu, of dead units.
        clipped: Share of training's updates whose gradient was clipped; None if the model does not know.
        advice: What to do about it, in a sentence or two.
        facts: What was measured: networks, windows, whether their targets were known, and whether the heads were zero,
            so that heads of ones replaced them.
        failed: Series of the source that could not be used, each with the reason.
        findings: Findings about the data.

    """

    by_lag: Frame
    layers: Frame
    clipped: float | None
    advice: tuple[str, ...]
    facts: Mapping[str, Any]
    failed: Mapping[str, str]
    findings: tuple[Finding, ...]


def decimals_of_series(panel: Panel, names: Iterable[str]) -> dict[str, int]:
    """Return how many decimals the values of these series of a panel have, see `written_decimals`."""
    numbers, values = {name: i for i, name in enumerate(panel.ids)}, panel.observed_values
    return {name: written_decimals(values[panel.slice(numbers[name])]) for name in names if name in numbers}


def panel_facts(panel: Panel, recipe: Recipe) -> dict[str, Any]:
    """Return the sizes and the span of a panel, and the number of parameters of a network for it."""
    return {
        "series": len(panel),
        "rows": len(panel.values),
        "start": panel.ds.min(),
        "end": panel.ds.max(),
        "parameters": parameter_count(**asdict(recipe.architecture)),
    }
