"""The forecaster as an object of Python: fit, predict, evaluate, plot, save and load.

Each verb is one of `forecaster.workflow`; here are the names, the kinds of frames and the state of the object.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from forecaster.api.backtest import Backtest
from forecaster.api.fitting import fit_given
from forecaster.api.given import FrameForm, GivenData, as_given, given_data, names_of_columns
from forecaster.api.keyword_holder import KeywordHolder
from forecaster.api.keywords import (
    check_repair,
    checked_count,
    checked_number,
    keyword_of,
    record_of_keywords,
    request_of_keywords,
    several,
)
from forecaster.api.model_summary import summary_of
from forecaster.api.notebook import progress_in_notebook
from forecaster.api.words import errors_in_python_words, in_python, warn_of, warn_of_failed
from forecaster.artifact.model import load, save
from forecaster.errors import UsageError
from forecaster.spec import Selection, Specification
from forecaster.workflow.evaluate import evaluate
from forecaster.workflow.limits import requested_limits
from forecaster.workflow.newer_rows import read_newer_rows
from forecaster.workflow.predict import predict_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from matplotlib.figure import Figure

    from forecaster.artifact.model import Model
    from forecaster.errors import Finding
    from forecaster.workflow.request import Request
    from forecaster.workflow.results import Prediction


class _Fit(NamedTuple):
    """What a forecaster has learned, and what the frame of the data is like."""

    model: Model
    form: FrameForm = FrameForm()


class Forecaster(KeywordHolder):
    """A forecaster of time series: zero keywords work, and each one is an option of the command line.

    Keywords that are None are derived from the data. `target`, `observed` and `known` take one name or several. The
    options are explained in `docs/options.md` and by `forecast train --help`.

    Args:
        horizon: Steps to forecast at once.
        time: Column of the times, or those of dates and times of day; found by its content.
        target: Column to forecast, or several; found by its name. All columns of a frame with times as its index are
            forecast if they are numbers without a usual name.
        series: Column that names the series, or several that name them together; found by its name or content.
        observed: Columns that help the forecast, known up to its start.
        known: Columns that help the forecast, known for the future too: the data then has rows after the last value,
            in which the target is missing.
        date_format, decimal, delimiter, encoding, header: How a file is written, found in it; 0 is no header.
        calendar: Exchange whose trading days the series follow, or rule for dates.
        every, agg: Make one row of a period, such as `day`: its `sum`, `mean`, `last`, `first`, `min`, `max`, `count`.
        drop_last: Leave out the last row of each series.
        repair: What is done about faults of the data: `off`, `safe` or `full`, which also fills gaps.
        lookback, season, segment, holidays, irregular, min, max: What is forecast, and from what.
        mode: What the network sees: `returns` or `level`.
        arch, cell, activation, bidirectional, hidden, layers, dropout, residual: The network.
        members, epochs, updates, batch, early_stopping, all_rows, effort, time_limit, zero_shot, seed: Its training;
            `effort` is `quick`, `standard` or `best`. The fast way is `zero_shot=True`, which trains nothing.
        jobs: Processes; None for as many as pay.

    Examples:
        >>> import pandas as pd
        >>> from forecaster import Forecaster
        >>> months = pd.date_range("2020-01-01", periods=48, freq="MS")
        >>> sales = pd.DataFrame({"month": months, "sales": [100 + 10 * (i % 12) for i in range(48)]})
        >>> model = Forecaster(horizon=3, target="sales").fit(sales)
        >>> forecast = model.predict(level=[80])
        >>> list(forecast.columns)
        ['unique_id', 'month', 'forecast', 'forecast-lo-80', 'forecast-hi-80', 'strategy']
        >>> [round(value) for value in forecast["forecast"]]
        [100, 110, 120]

    """

    def __init__(  # noqa: PLR0913 - one argument an option
        self,
        horizon: int | None = None,
        *,
        time: str | Sequence[str] | None = None,
        target: str | Sequence[str] | None = None,
        series: str | Sequence[str] | None = None,
        observed: str | Sequence[str] = (),
        known: str | Sequence[str] = (),
        date_format: str | None = None,
        decimal: str | None = None,
        delimiter: str | None = None,
        encoding: str | None = None,
        header: int | None = None,
        calendar: str | None = None,
        every: str | None = None,
        agg: str | None = None,
        drop_last: bool = False,
        repair: str = "safe",
        lookback: int | None = None,
        season: int | None = None,
        segment: int | None = None,
        mode: str | None = None,
        holidays: str | None = None,
        irregular: bool = False,
        min: float | None = None,  # noqa: A002 - named like the option
        max: float | None = None,  # noqa: A002 - named like the option
        arch: str = "many-to-one",
        cell: str = "gru",
        activation: str = "tanh",
        bidirectional: bool = False,
        hidden: int | None = None,
        layers: int = 1,
        dropout: float = 0.0,
        residual: bool = False,
        members: int | None = None,
        epochs: int | None = None,
        updates: int | None = None,
        batch: int | None = None,
        early_stopping: bool | None = None,
        all_rows: bool = True,
        effort: str = "standard",
        time_limit: float | None = None,
        zero_shot: bool | None = None,
        seed: int = 0,
        jobs: int | None = None,
    ) -> None:
        """Store the keywords; nothing is checked or computed before `fit`."""
        given = locals()
        super().__init__({name: given[name] for name in self._parameter_names()})
        self._fit: _Fit | None = None
        self._findings: tuple[Finding, ...] = ()

    def fit(self, data: Any) -> Self:
        """Learn from data, and return the forecaster itself.

        Args:
            data: A frame of pandas, Polars or PyArrow: long, with a row for each series and time, or of pandas with
                times (or periods) as its index and a column for each series; a Series with such an index; or the name
                of a file, or a list of names.

        Raises:
            ForecasterError: The data cannot be used, or a keyword does not fit it; `forecaster.errors` has the kinds.

        Warns:
            ForecastWarning: Something was found in the data.

        """
        with errors_in_python_words(), progress_in_notebook():
            given, specification = self._read(data), record_of_keywords(Specification, self._keywords)
            jobs = checked_count("jobs", self._keywords["jobs"])
            model, findings, failed = fit_given(given, specification, self._keywords["repair"], jobs)
        self._fit = _Fit(model, given.form)
        self._findings = in_python(findings)
        warn_of(findings, stacklevel=2)
        warn_of_failed(failed, stacklevel=2)
        return self

    def predict(  # noqa: PLR0913 - one argument an option
        self,
        newer: Any = None,
        *,
        horizon: int | None = None,
        level: float | Sequence[float] | None = (),
        samples: int | None = None,
        seed: int = 0,
        at: Any = (),
        explain: bool = False,
        members: bool = False,
    ) -> Any:
        """Forecast the next steps of every series.

        Args:
            newer: Data with newer rows of the series, or with other series; None for the rows of `fit`.
            horizon: Steps; None for those of the model. Beyond them, forecasts are made of forecasts.
            level: Levels of the intervals in percent; 80 and 95 by default.
            samples: Sample paths to draw instead of intervals.
            seed: Seed of the sample paths.
            at: Time to forecast, or several, for a model of unequal steps.
            explain: Whether to add the parts that the forecast is the sum of.
            members: Whether to add what other methods forecast: the last value, the drift, the season before, Theta.

        Returns:
            A frame of the kind of `newer`, or of the data of `fit`, with a row for each series and step: the columns
            of the series and of the times, `forecast`, the ends of the intervals `forecast-lo-80`, `forecast-hi-80`,
            and so on, and `strategy`, which says how the step was forecast.

        Raises:
            ForecasterError: The forecaster is not fitted, or the request or the data cannot be used.

        """
        with errors_in_python_words():
            request = request_of_keywords(
                horizon=horizon, level=level, samples=samples, seed=seed, at=at, explain=explain, members=members
            )
        prediction, given = self._predict(newer, request)
        warn_of(prediction.findings, stacklevel=2)
        warn_of_failed(prediction.failed, stacklevel=2)
        return as_given(prediction.frame_in_zone(), given.form, names_of_columns(self._fitted().model.selection))

    def evaluate(
        self,
        data: Any,
        *,
        folds: int = 5,
        step: int | None = None,
        refit: int | None = 1,
        baselines: str | Sequence[str] = (),
    ) -> Backtest:
        """Backtest: forecast the past from several cutoffs, and score the forecasts beside those of simple methods.

        Args:
            data: Data as for `fit`. The forecaster itself need not be fitted and is not changed.
            folds: Cutoffs.
            step: Rows between two cutoffs; None for one horizon.
            refit: Folds from one fit to the next; None to fit once.
            baselines: Methods of the statsforecast package to compare too: `auto-ets`, `auto-arima`, `theta`.

        Returns:
            Frames `scores`, `scores_by_step`, `scores_by_series`, `forecasts`, and `summary()` and `plot()`.

        Raises:
            ForecasterError: The data cannot be used, or it is too short.

        """
        with errors_in_python_words(), progress_in_notebook():
            given, specification = self._read(data), record_of_keywords(Specification, self._keywords)
            result = evaluate(
                given.sources,
                selection=given.selection,
                specification=specification,
                folds=int(checked_number("folds", folds, 1, None, whole=True)),
                step=checked_count("step", step),
                refit=checked_count("refit", refit),
                baselines=[str(name) for name in several(baselines)],
                repair=self._keywords["repair"],
                jobs=checked_count("jobs", self._keywords["jobs"]),
            )
        warn_of(result.findings, stacklevel=2)
        warn_of_failed(result.failed, stacklevel=2)
        return Backtest(result, given.form)

    def plot(
        self, newer: Any = None, *, horizon: int | None = None, level: float | Sequence[float] | None = ()
    ) -> Figure:
        """Draw the history, the forecast and its intervals, of at most four series; needs Matplotlib.

        A notebook shows the figure if it is the last line of a cell, without a semicolon, or by `display(figure)`;
        `savefig` writes it. pyplot does not know it, so `plt.show()` shows nothing.

        Args:
            newer: Data with newer rows, as for `predict`.
            horizon: Steps.
            level: Levels of the intervals in percent.

        Raises:
            ForecasterError: The forecaster is not fitted, or Matplotlib is not installed.

        """
        from forecaster.workflow.chart_series import charts_of_prediction
        from forecaster.workflow.pictures import draw_charts

        with errors_in_python_words():
            prediction, _ = self._predict(newer, request_of_keywords(horizon=horizon, level=level))
            return draw_charts(charts_of_prediction(prediction))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the fitted forecaster to a model file, which `forecast predict --model` reads too.

        Raises:
            ForecasterError: The forecaster is not fitted, or the file cannot be written.

        """
        with errors_in_python_words():
            save(Path(path), self._fitted().model)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Return the fitted forecaster of a model file, of `save` or of `forecast train`; its frames are of pandas.

        A file that somebody changed cannot run code: it is checked and refused.

        Raises:
            ForecasterError: The file cannot be read, or it is no model.

        """
        with errors_in_python_words():
            model = load(Path(path))
        records = (model.selection, model.specification)
        loaded = cls(**{keyword_of(each): getattr(record, each.name) for record in records for each in fields(record)})
        loaded._fit = _Fit(model)
        return loaded

    def summary(self) -> str:
        """Return what the forecaster is made of and how good it was on rows that were held out, in sentences.

        Raises:
            ForecasterError: The forecaster is not fitted.

        """
        with errors_in_python_words():
            return summary_of(self._fitted().model)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the last `fit` found in the data and warned of; a model file does not keep it."""
        return self._findings

    def _fitted(self) -> _Fit:
        """Return what was learned; raise UsageError if nothing was."""
        if self._fit is None:
            raise UsageError("the forecaster is not fitted", "call fit with data first")
        return self._fit

    def _read(self, data: Any) -> GivenData:
        """Return the sources of data, and the columns that the keywords name."""
        check_repair(self._keywords["repair"])
        return given_data(data, record_of_keywords(Selection, self._keywords))

    def _predict(self, newer: Any, request: Request) -> tuple[Prediction, GivenData]:
        """Return the prediction, and the data that says of which kind its frame is."""
        with errors_in_python_words(), progress_in_notebook():
            learned = self._fitted()
            request.check()
            model = learned.model
            if newer is None:
                given, source = GivenData((), Selection(), learned.form), None
            else:
                given = given_data(newer, record_of_keywords(Selection, self._keywords))
                limits = requested_limits(model.specification)
                source = read_newer_rows(model, given.sources, Selection(), limits)
            return predict_rows(model, source, selection=Selection(), request=request), given
