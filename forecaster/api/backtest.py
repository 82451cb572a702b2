"""The result of a backtest as an object of Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.api.given import as_given, names_of_columns
from forecaster.api.words import errors_in_python_words, in_python_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from forecaster.api.given import FrameForm
    from forecaster.workflow.results import Evaluation


class Backtest:
    """Forecasts of the past and their scores, of the forecaster and of simple methods; made by `Forecaster.evaluate`.

    Frames are of the kind that was evaluated. The methods are `forecast`, the forecaster itself, and those of
    `docs/python.md`.
    """

    def __init__(self, result: Evaluation, form: FrameForm) -> None:
        """Store a result and what the frame of its data is like."""
        self._result, self._form = result, form

    @property
    def scores(self) -> Any:
        """One row a method, over all folds, series and steps: `model`, `mae`, `mase` and others.

        `skill` stands on the rows of the other methods: how much lower the MASE of the forecast is, in percent; it is
        NaN on the row of the forecast.
        """
        return self._as_given(self._result.scores)

    @property
    def scores_by_step(self) -> Any:
        """The scores of each method at each step of the horizon."""
        return self._as_given(self._result.scores_by_step)

    @property
    def scores_by_series(self) -> Any:
        """The scores of each method on each series."""
        return self._as_given(self._result.scores_by_series)

    @property
    def forecasts(self) -> Any:
        """The forecasts of all methods in all folds, with the actual values `y`.

        `scale` is the mean absolute error of the seasonal naive forecast in the history of the fold, by which `mase`
        divides; `mean_square` is the mean squared change there of series of rare demand, else 0.
        """
        return self._as_given(self._result.forecasts)

    def summary(self) -> str:
        """Return how good the forecasts were, in sentences."""
        return in_python_words("\n".join((*self._result.accuracy_sentences, *self._result.hardest_sentence)))

    def plot(self) -> Figure:
        """Draw the last fold of at most four series with what came; needs Matplotlib. See `Forecaster.plot`.

        Raises:
            UsageError: Matplotlib is not installed.

        """
        from forecaster.workflow.chart_series import charts_of_evaluation
        from forecaster.workflow.pictures import draw_charts

        with errors_in_python_words():
            return draw_charts(charts_of_evaluation(self._result))

    def __repr__(self) -> str:
        """Return the sentences of `summary`."""
        return self.summary()

    def _as_given(self, frame: DataFrame) -> Any:
        return as_given(frame.copy(), self._form, names_of_columns(self._result.selection))
