"""The series that charts show: the end of their history, the forecast after it, and its intervals.

Of many series the most telling ones are chosen. A series has n rows of history and a forecast of h steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.calendars.durations import seconds_in_words
from forecaster.calendars.schedule import (
    COUNTED,
    DAILY,
    INTEGER,
    INTRADAY,
    MONTHLY,
    QUARTERLY,
    WEEKLY,
    YEARLY,
)
from forecaster.calendars.units import HOUR, MINUTE
from forecaster.evaluation.score_tables import FOLD, MODEL
from forecaster.spec import COLUMNS, LEVELS
from forecaster.workflow.results import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Floats
    from forecaster.calendars.schedule import Schedule
    from forecaster.forecasting.holdout import Holdout
    from forecaster.series.panel import Panel
    from forecaster.workflow.frames import Frame
    from forecaster.workflow.results import Evaluation, Prediction, Training

MOST_SERIES = 4
"""Series that are drawn at most; chosen by hand: four small charts fill a screen."""
HORIZONS_BEFORE = 4
"""Horizons of history before the forecast; chosen by hand: the forecast is then a fifth of the chart, wide enough to
see its course."""
SEASONS_BEFORE = 2
"""Seasons of history at least, so that one can be compared with the other; chosen by hand."""
MOST_HORIZONS_BEFORE = 10
"""Horizons of history at most, however long a season is: a forecast narrower than a tenth of a chart has no course."""
FEWEST_BEFORE = 30
"""Rows of history at least, where the horizon is short; chosen by hand: enough to see how the values vary."""
UNITS = {
    (DAILY, 1): "day",
    (WEEKLY, 1): "week",
    (MONTHLY, 1): "month",
    (QUARTERLY, 3): "quarter",
    (YEARLY, 12): "year",
    (INTRADAY, HOUR): "hour",
    (INTRADAY, MINUTE): "minute",
    (INTRADAY, 1): "second",
    (INTEGER, 1): "step",
}
"""What a row of a series with this kind and step is called."""
LOW, HIGH = f"{COLUMNS.model}-lo-", f"{COLUMNS.model}-hi-"
"""What the columns of the ends of intervals begin with, before the level in percent."""
JUDGED = ("best", "median", "worst")
"""Names of the ranks by the errors on held-out rows."""


@dataclass(frozen=True)
class ChartSeries:
    """What a chart shows of a series.

    Attributes:
        name: Name of the series.
        ds: Time stamps of the history and of the forecast, (n + h,).
        history: The last values, (n,); NaN where none was observed.
        point: Point forecasts, (h,).
        low, high: Ends of the intervals by level in percent, (h,) each.
        actual: Actual values of the steps that are forecast, (h,), NaN where none was observed; None in the future.
        rank: Why this series was chosen among many, as `best`; empty where all are shown.

    """

    name: str
    ds: NDArray[Any]
    history: Floats
    point: Floats
    low: Mapping[float, Floats]
    high: Mapping[float, Floats]
    actual: Floats | None = None
    rank: str = ""


class ChartSet(NamedTuple):
    """The series that charts show, how many others there are, and what a row of them is called."""

    series: tuple[ChartSeries, ...]
    others: int
    unit: str


class SeriesForecasts(NamedTuple):
    """Forecasts of N series: time stamps and points, (N, h), and both ends of the intervals by level, (N, h) each."""

    ds: NDArray[Any]
    point: Floats
    low: Mapping[float, Floats]
    high: Mapping[float, Floats]


def charts_of_prediction(result: Prediction) -> ChartSet | None:
    """Return the series of a prediction as charts show them: of many, those with narrow and with wide intervals."""
    if result.history is None:
        return None
    panel, season = result.history
    forecasts = forecasts_in_frame(result.frame, len(panel))
    return _chart_set(panel, forecasts, season, ranks_by_width(panel, forecasts))


def ranks_by_width(panel: Panel, forecasts: SeriesForecasts) -> dict[int, str]:
    """Return the numbers of the series to draw, each with its rank: those with narrow and with wide intervals."""
    return _most_telling(panel, _relative_widths(forecasts, panel), ("most certain", "median", "least certain"))


def charts_of_training(result: Training) -> ChartSet | None:
    """Return the series of a training with the forecast of their next steps: of many, the best and the worst ones.

    Raises:
        InputRefusedError: The forecast needs known values after the last row, and there are none.

    """
    if result.trained is None:
        return None
    fitted, panel, holdout = result.trained
    ranks = ranks_by_holdout(panel, holdout)
    others = len(panel) - len(ranks)
    if others:
        fitted, panel = fitted.take(list(ranks)), panel.take(list(ranks))
    ds = panel.future(fitted.recipe.horizon)
    forecast = fitted.predict(panel, ds.shape[1], ds if fitted.recipe.irregular else None, LEVELS)
    forecasts = SeriesForecasts(ds, forecast.point, forecast.low, forecast.high)
    charts = _chart_set(panel, forecasts, fitted.recipe.season, dict(enumerate(ranks.values())))
    return charts._replace(others=others)


def ranks_by_holdout(panel: Panel, holdout: Holdout) -> dict[int, str]:
    """Return the numbers of the series to draw, each with its rank: the best and the worst on held-out rows."""
    windows = np.bincount(holdout.series, minlength=len(panel))
    losses = np.bincount(holdout.series, holdout.window_losses(COLUMNS.model), minlength=len(panel))
    return _most_telling(panel, np.where(windows, losses / np.maximum(windows, 1), np.nan), JUDGED)


def charts_of_evaluation(result: Evaluation) -> ChartSet:
    """Return the series of a backtest with the forecast of its last fold: of many, the best and the worst ones."""
    panel, season = result.history
    last = result.forecasts[result.forecasts[FOLD] == result.forecasts[FOLD].max()]
    return _chart_set(panel, forecasts_in_frame(last, len(panel)), season, ranks_by_backtest(result))


def ranks_by_backtest(result: Evaluation) -> dict[int, str]:
    """Return the numbers of the series to draw, each with its rank: the best and the worst on the folds."""
    scores = result.scores_by_series[result.scores_by_series[MODEL] == COLUMNS.model]
    return _most_telling(result.history.panel, scores["mase"].to_numpy(np.float64), JUDGED)


def history_rows(horizon: int, season: int) -> int:
    """Return how many rows of history a chart of `horizon` steps shows, so that seasons and the forecast are seen."""
    seasons = min(SEASONS_BEFORE * season, MOST_HORIZONS_BEFORE * horizon)
    return max(HORIZONS_BEFORE * horizon, seasons, FEWEST_BEFORE)


def _chart_set(panel: Panel, forecasts: SeriesForecasts, season: int, ranks: Mapping[int, str]) -> ChartSet:
    """Return the series with these numbers as charts show them."""
    series = tuple(_chart_series(panel, forecasts, i, season, rank) for i, rank in ranks.items())
    return ChartSet(series, len(panel) - len(series), row_noun(panel.calendars[0]))


def _chart_series(panel: Panel, forecasts: SeriesForecasts, i: int, season: int, rank: str) -> ChartSeries:
    """Return the end of a series before a forecast, the forecast, and the actual values where rows go on."""
    rows, ahead = panel.slice(i), forecasts.ds[i]
    ds, values = panel.ds[rows], panel.observed_values[rows]
    end = int(np.searchsorted(ds, ahead[0]))
    begin = max(0, end - history_rows(len(ahead), season))
    actual = values[end : end + len(ahead)] if end < len(ds) else None
    low, high = ({level: each[i] for level, each in ends.items()} for ends in (forecasts.low, forecasts.high))
    stamps = np.concatenate([ds[begin:end], ahead])
    return ChartSeries(panel.ids[i], stamps, values[begin:end], forecasts.point[i], low, high, actual, rank)


def forecasts_in_frame(frame: Frame, count: int) -> SeriesForecasts:
    """Return the forecasts in a long frame of `count` series; of sample paths, their median and intervals."""
    points, stamps = frame[COLUMNS.model].to_numpy(np.float64), frame[COLUMNS.time].to_numpy()
    if SAMPLE in frame:
        paths = points.reshape(count, frame[SAMPLE].nunique(), -1)
        low, high = (
            {float(level): np.percentile(paths, 50 + side * level / 2, axis=1) for level in LEVELS} for side in (-1, 1)
        )
        return SeriesForecasts(stamps.reshape(paths.shape)[:, 0], np.median(paths, axis=1), low, high)
    low, high = _interval_ends(frame, LOW), _interval_ends(frame, HIGH)
    low, high = ({level: each.reshape(count, -1) for level, each in ends.items()} for ends in (low, high))
    return SeriesForecasts(stamps.reshape(count, -1), points.reshape(count, -1), low, high)


def _interval_ends(frame: Frame, prefix: str) -> dict[float, Floats]:
    """Return the columns with this prefix by the level that they end with."""
    names = [str(name) for name in frame if str(name).startswith(prefix)]
    return {float(name.removeprefix(prefix)): frame[name].to_numpy(np.float64) for name in names}


def _relative_widths(forecasts: SeriesForecasts, panel: Panel) -> Floats:
    """Return the mean width of the narrowest intervals as a share of the mean size of a series' values, (N,)."""
    if not forecasts.low:
        return np.full(len(panel), np.nan)
    level = min(forecasts.low)
    rows = [panel.values[panel.slice(i)] for i in range(len(panel))]
    largest = np.array([float(np.abs(each).max()) or 1.0 for each in rows])
    # of numbers up to 1, no sum is too large
    size = np.array([np.abs(each / most).mean() for each, most in zip(rows, largest, strict=True)])
    ends = (each[level] / largest[:, None] for each in (forecasts.high, forecasts.low))
    widths: Floats = np.subtract(*ends).mean(axis=1)
    shares: Floats = np.divide(widths, size, out=np.full(len(panel), np.nan), where=size > 0)
    return shares


def _most_telling(panel: Panel, losses: Floats, names: Sequence[str]) -> dict[int, str]:
    """Return the numbers of the series to draw, each with its rank: by their loss, (N,), and the largest one."""
    if len(panel) <= MOST_SERIES:
        return dict.fromkeys(range(len(panel)), "")
    order = np.argsort(losses, kind="stable")
    known = order[: max(1, np.isfinite(losses).sum())]
    ranks = dict(zip((int(known[0]), int(known[len(known) // 2]), int(known[-1])), names, strict=True))
    sizes = [float(np.abs(panel.values[panel.slice(i)]).max()) for i in range(len(panel))]
    by_size = np.argsort(sizes, kind="stable")[::-1].tolist()
    if by_size[0] in ranks:
        ranks[by_size[0]] += ", largest"
        ranks[next(i for i in by_size if i not in ranks)] = "next largest"
    else:
        ranks[by_size[0]] = "largest"
    return ranks


def row_noun(schedule: Schedule) -> str:
    """Return what a row is called: `month`, `business day`, `step of 30 minutes`."""
    if schedule.kind == DAILY and schedule.step == 1 and schedule.week and len(schedule.week.slots) < 7:
        return "business day"
    if schedule.kind == INTRADAY and (schedule.kind, schedule.step) not in UNITS:
        return f"step of {seconds_in_words(schedule.step).removeprefix('every ')}"
    return UNITS.get((schedule.kind, schedule.step), "step" if schedule.kind in COUNTED else "row")
