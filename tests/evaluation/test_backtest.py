from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import cloudpickle
import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.evaluation.backtest import backtest
from forecaster.forecasting.forecaster import BlendedForecaster
from forecaster.forecasting.method import Forecast
from forecaster.forecasting.methods.baselines import BASELINES, Baseline
from forecaster.progress import watched_by
from forecaster.series.panel import Panel, panel_from_series
from forecaster.spec import Progress, Specification

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from numpy.typing import NDArray

    Walks = Callable[..., Panel]

ENDS = ["", "-lo-80", "-hi-80", "-lo-95", "-hi-95"]


def plain(point: NDArray[np.float64]) -> Forecast:
    return Forecast(point, {80: point, 95: point}, {80: point, 95: point}, np.full(point.shape, "direct", dtype=object))


@dataclass
class Peeking:
    """Looks behind the end of every array that it is given, and forecasts what it finds there."""

    name: str = "forecast"
    tail_rows: int | None = None
    found: float = 0.0

    def fit(self, panel: Panel) -> Peeking:
        arrays = [panel.values, panel.ds, panel.indptr]
        arrays += [part for calendar in panel.calendars for part in vars(calendar).values()]
        behind = [array.base for array in arrays if isinstance(array, np.ndarray) and array.base is not None]
        self.found = float(sum(base.astype(np.float64).sum() for base in behind))
        return self

    def predict(self, panel: Panel, horizon: int, _ds: object = None) -> Forecast:
        ahead = (panel.future(horizon) - panel.ds[panel.last][:, None]).astype(np.float64)
        return plain(panel.values[panel.last][:, None] + ahead + self.fit(panel).found)


@dataclass(frozen=True)
class Mean:
    """The mean of each series of the history, whatever came later."""

    name: str = "forecast"
    tail_rows: int | None = 1
    mean: tuple[float, ...] = ()

    def fit(self, panel: Panel) -> Mean:
        return replace(self, mean=tuple(panel.values[panel.slice(i)].mean() for i in range(len(panel))))

    def predict(self, _panel: Panel, horizon: int, _ds: object = None) -> Forecast:
        return plain(np.repeat(self.mean, horizon).reshape(-1, horizon))


@dataclass(frozen=True)
class Multiplying:
    """Adds to the last value what a large matrix product gives, whose last digits depend on the number of threads."""

    name: str
    tail_rows: int | None = None

    def fit(self, panel: Panel) -> Multiplying:
        assert len(panel) > 0
        return self

    def predict(self, panel: Panel, horizon: int, _ds: object = None) -> Forecast:
        table = np.sin(np.outer(panel.values, panel.values))
        return plain(np.repeat(panel.values[panel.last] + (table @ table).sum(), horizon).reshape(-1, horizon))


def first_rows(panel: Panel, dropped: int) -> Panel:
    rest = panel.head(dropped)
    return panel_from_series(
        (name, rest.ds[rest.slice(i)], rest.values[rest.slice(i)]) for i, name in enumerate(rest.ids)
    )


def changed_at_the_end(panel: Panel, rows: int) -> Panel:
    """Return the panel with other values in the last rows of each series."""
    values = panel.values.copy()
    for i in range(len(panel)):
        values[panel.indptr[i + 1] - rows : panel.indptr[i + 1]] = -1e6
    return panel_from_series((n, panel.ds[panel.slice(i)], values[panel.slice(i)]) for i, n in enumerate(panel.ids))


def test_the_frame_holds_every_fold_series_and_step_in_order(walks: Walks, shifted: Any) -> None:
    panel = walks(30, 20)
    frame = backtest(panel, [shifted("forecast", 0.5), shifted("last_value")], 3, 2, 4, season=1)
    assert frame.columns.tolist() == [
        *("unique_id", "ds", "cutoff", "fold", "step", "y", "scale", "mean_square"),
        *(model + end for model in ("forecast", "last_value") for end in ENDS),
    ]
    assert frame["fold"].tolist() == [0] * 6 + [1] * 6
    assert frame["unique_id"].tolist() == (["s0"] * 3 + ["s1"] * 3) * 2
    assert frame["step"].tolist() == [1, 2, 3] * 4
    assert frame["cutoff"].tolist() == [22] * 3 + [12] * 3 + [26] * 3 + [16] * 3
    assert frame["ds"].tolist() == [23, 24, 25, 13, 14, 15, 27, 28, 29, 17, 18, 19]
    second = panel.values[panel.slice(1)]
    assert frame["y"].tolist()[3:6] == second[13:16].tolist()
    assert frame["scale"].tolist()[3:6] == pytest.approx([np.abs(np.diff(second[:13])).mean()] * 3)
    assert frame["last_value"].tolist()[3:6] == [second[12]] * 3
    for end, distance in zip(ENDS, (0.0, -1.0, 1.0, -2.0, 2.0), strict=True):
        assert frame["forecast" + end].tolist()[3:6] == [second[12] + 0.5 + distance] * 3


@pytest.mark.parametrize(
    ("refit", "rows"), [(1, [19, 21, 23, 25, 27]), (2, [19, 23, 27]), (3, [19, 25]), (9, [19]), (None, [19])]
)
def test_a_fit_is_used_for_as_many_folds_as_refit_says(
    walks: Walks, shifted: Any, refit: int | None, rows: list[int]
) -> None:
    model = shifted("forecast")
    frame = backtest(walks(30), [model], 3, 5, 2, season=1, refit=refit)
    assert [len(panel.values) for panel in model.fitted_on] == rows
    assert [len(panel.values) for panel in model.predicted_from] == [19, 21, 23, 25, 27]
    refitted = backtest(walks(30), [shifted("forecast")], 3, 5, 2, season=1)
    assert frame.equals(refitted), "each fold is forecast from its own last value"


def test_a_method_gets_the_rows_that_it_needs(walks: Walks, shifted: Any) -> None:
    model, panel = shifted("forecast", tail_rows=4), walks(30, 9)
    backtest(panel, [model], 3, 2, 4, season=1, refit=None)
    (history,) = model.fitted_on
    assert [seen.lengths.tolist() for seen in model.predicted_from] == [[4, 2], [4, 4]]
    assert all(seen.calendars == history.calendars for seen in model.predicted_from)
    assert model.predicted_from[1].ds.tolist() == [23, 24, 25, 26, 2, 3, 4, 5]


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("season", [1, 40])
def test_baselines_forecast_the_same_from_the_rows_that_they_need(walks: Walks, name: str, season: int) -> None:
    panel = walks(120, 90)
    fitted = Baseline(name, 5, season).fit(panel)
    tail = panel if fitted.tail_rows is None else panel.tail(fitted.tail_rows)
    whole, part = (fitted.predict(each, 5) for each in (panel, tail))
    assert whole.point.tolist() == part.point.tolist()
    assert whole.low[80].tolist() == part.low[80].tolist()


def test_every_fold_is_reported_as_it_is_done(walks: Walks, shifted: Any) -> None:
    model, reports = shifted("forecast"), []

    def watch(progress: Progress) -> None:
        reports.append((progress, len(model.predicted_from)))

    for refit in (1, None):
        reports.clear()
        model.predicted_from.clear()
        with watched_by(watch):
            backtest(walks(30), [model], 3, 3, 2, season=1, refit=refit)
        assert [done for _, done in reports] == [1, 2, 3]
        assert [progress for progress, _ in reports] == [
            Progress("backtest", 1, 3, "cutoff 22"),
            Progress("backtest", 2, 3, "cutoff 24"),
            Progress("backtest", 3, 3, "cutoff 26"),
        ]


@pytest.mark.slow
def test_two_jobs_give_the_same_bytes_as_one(walks: Walks, shifted: Any) -> None:
    models = [Multiplying("forecast"), shifted("drift", 0.1)]
    for model in models:
        cloudpickle.register_pickle_by_value(sys.modules[type(model).__module__])  # the workers cannot import a test
    panel, reports = walks(160, 240), []
    one = backtest(panel, models, 5, 5, 5, season=1, refit=2)
    with watched_by(reports.append):
        two = backtest(panel, models, 5, 5, 5, season=1, refit=2, jobs=2)
    assert one.equals(two)
    done = [each.done for each in reports]
    assert done == sorted(done)
    assert (reports[-1].stage, done[-1], reports[-1].total) == ("backtest", 5, 5)


@pytest.mark.parametrize("lengths", [(60,), (60, 40)], ids=["one", "two"])
def test_changed_values_after_the_cutoff_change_no_forecast(walks: Walks, lengths: tuple[int, ...]) -> None:
    panel = walks(*lengths)
    before, after = (backtest(p, [Peeking()], 5, 1, 1, season=1) for p in (panel, changed_at_the_end(panel, 5)))
    assert (before["y"] != after["y"]).all()
    assert before.drop(columns="y").equals(after.drop(columns="y"))


@pytest.mark.sampled("*-1-*", "*-None-None")
@pytest.mark.parametrize("tail_rows", [None, 3])
@pytest.mark.parametrize("refit", [1, 2, None])
@pytest.mark.parametrize("fold", range(6))
def test_rows_after_a_cutoff_reach_later_folds_alone(
    walks: Walks, tail_rows: int | None, refit: int | None, fold: int
) -> None:
    """Six folds of horizon 5, a row apart; the rows after the cutoff of one of them are changed."""
    panel, model = walks(60, 40), Peeking(tail_rows=tail_rows)
    before = backtest(panel, [model], 5, 6, 1, season=1, refit=refit)
    after = backtest(changed_at_the_end(panel, 10 - fold), [model], 5, 6, 1, season=1, refit=refit)
    known = before["fold"] <= fold
    assert (before["y"] != after["y"])[before["fold"] == fold].all()
    assert before[known].drop(columns="y").equals(after[known].drop(columns="y"))
    assert (before["forecast"] != after["forecast"])[~known].all()


@pytest.mark.parametrize(
    ("refit", "fold", "untouched"), [(1, 2, 3), (2, 0, 2), (2, 2, 4), (2, 3, 4), (4, 2, 4), (None, 0, 6), (None, 3, 6)]
)
def test_no_fit_knows_a_row_after_its_cutoff(walks: Walks, refit: int | None, fold: int, untouched: int) -> None:
    """Rows after the cutoff of a fold are changed: the fits up to that fold are as they were, and so what they say."""
    panel = walks(60, 40)
    before = backtest(panel, [Mean()], 5, 6, 1, season=1, refit=refit)
    after = backtest(changed_at_the_end(panel, 10 - fold), [Mean()], 5, 6, 1, season=1, refit=refit)
    same = before["forecast"] == after["forecast"]
    assert same.tolist() == (before["fold"] < untouched).tolist()


@pytest.mark.parametrize("lengths", [(60,), (60, 40)], ids=["one", "two"])
def test_appended_rows_leave_earlier_folds_as_they_were(walks: Walks, lengths: tuple[int, ...]) -> None:
    panel = walks(*lengths)
    earlier = backtest(first_rows(panel, 8), [Peeking()], 5, 3, 4, season=2)
    later = backtest(panel, [Peeking()], 5, 5, 4, season=2)
    assert later[later["fold"] < 3].equals(earlier)


def test_a_network_that_is_not_refitted_forecasts_as_a_model_in_use(walks: Walks) -> None:
    panel = walks(150)
    model = BlendedForecaster(Specification(horizon=3, mode="level", members=1, epochs=1, updates=2, hidden=4))
    frame = backtest(panel, [model], 3, 4, 2, season=1, refit=None)
    fitted = model.fit(panel.head(9))
    for fold in range(4):
        expected = fitted.predict(panel.head(9 - 2 * fold), 3)
        rows = frame[frame["fold"] == fold]
        assert rows["forecast"].tolist() == expected.point[0].tolist()
        assert rows["forecast-hi-95"].tolist() == expected.high[95][0].tolist()


def test_a_series_too_short_for_the_folds_is_refused(walks: Walks, shifted: Any) -> None:
    with pytest.raises(InputRefusedError, match=r"needed for 3 folds of horizon 5, found fewer in s1 \(9\)"):
        backtest(walks(60, 9), [shifted("forecast")], 5, 3, 4, season=1)


def pandas_calls(work: Callable[[], object]) -> int:
    """Return how often a piece of work calls a function of pandas."""
    calls = 0

    def watch(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call" and frame.f_globals["__name__"].startswith("pandas.")

    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.slow
def test_folds_without_a_refit_share_one_fit_and_touch_no_pandas(walks: Walks, shifted: Any) -> None:
    """Thousands of folds take seconds, as pandas is called for the frame of all of them alone."""
    panel, model = walks(300, 200), shifted("forecast", tail_rows=4)
    models = [model, *(Baseline(name, 5, 1) for name in BASELINES)]
    few, many = (
        pandas_calls(lambda count=count: backtest(panel, models, 5, count, 1, season=1, refit=None))
        for count in (3, 150)
    )
    assert 0 < many == few
    assert [len(model.fitted_on), len(model.predicted_from)] == [2, 153], "one fit of each backtest"


def test_errors_of_rare_demand_count_by_their_squares() -> None:
    rare = np.zeros(60)
    rare[::7] = 3.0
    panel = panel_from_series([("rare", np.arange(60), rare), ("busy", np.arange(60), 1 + np.arange(60.0) % 5)])
    frame = backtest(panel, [Baseline("last_value", 3, 1)], 3, 2, 3, season=1)
    of_rare = frame["unique_id"] == "rare"
    known = rare[:54]
    assert frame.loc[of_rare, "mean_square"].iloc[0] == pytest.approx((np.diff(known) ** 2).mean())
    assert (frame.loc[~of_rare, "mean_square"] == 0).all()
