"""How the scores of an evaluation are shown: the error that methods are compared by, names, order and formats.

Errors are (methods,), or (methods, h) where each step has its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.evaluation.holdout_report import scores_to_records
from forecaster.evaluation.naive_reference import errors_against_reference
from forecaster.evaluation.score_tables import MEAN_SQUARE, MODEL
from forecaster.evaluation.sentences import capitalised
from forecaster.forecasting.methods.baselines import DRIFT, LAST_VALUE, SEASONAL_NAIVE, THETA
from forecaster.spec import COLUMNS
from forecaster.text import shown
from forecaster.workflow.number_formats import FEWEST_DIGITS, NumberFormat, decimals_to_show, format_of_series

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.arrays import Floats
    from forecaster.workflow.frames import Frame
    from forecaster.workflow.results import Evaluation

METHOD_TITLES = {
    COLUMNS.model: "This forecast",
    DRIFT: "Drift",
    THETA: "Theta",
    "statsforecast_auto_ets": "AutoETS",
    "statsforecast_auto_arima": "AutoARIMA",
    "statsforecast_theta": "Theta of statsforecast",
}
"""Names of methods in tables for people; naive forecasts have the name of what they repeat."""
ERROR_DIGITS = 4
"""Significant digits of a usual error; chosen by hand: errors of two backtests differ in the third."""
SCALED_DECIMALS = 3
"""Decimals and digits of scaled errors, most of which are near 1."""


class ErrorScore(NamedTuple):
    """The score that the table is about.

    Attributes:
        name: Its column in the tables of scores.
        title: What the table calls it.

    """

    name: str
    title: str

    def amounts(self, scores: Frame) -> Floats:
        """Return the errors of the methods, (methods,); squared ones are means of squares, as skills compare them."""
        errors: Floats = scores[self.name].to_numpy(np.float64)
        return errors**2 if self.name == "rmse" else errors


def main_error(result: Evaluation) -> ErrorScore:
    """Return the score that the methods are compared by.

    Errors of several series are scaled, because a large series would hide the others. Those of rare demand are squared,
    because a forecast of nothing has the smallest absolute errors.
    """
    several = result.forecasts[COLUMNS.series].nunique() > 1
    if several and result.scores["mase"].notna().any():
        return ErrorScore("mase", "scaled")
    rare = MEAN_SQUARE in result.forecasts and (result.forecasts[MEAN_SQUARE] > 0).any()
    return ErrorScore("rmse", "squared") if rare else ErrorScore("mae", "amount")


def method_title(name: str, repeated: Mapping[str, str]) -> str:
    """Return the name of a method for people; of naive forecasts what they repeat."""
    title = METHOD_TITLES.get(name) or repeated.get(name, shown(name).replace("_", " ")).removeprefix("the ")
    return capitalised(title)


def sorted_methods(result: Evaluation) -> list[str]:
    """Return the methods by their losses, the smallest first; those without a comparison stand last.

    Without a season the seasonal naive forecast is the last value, and is left out.
    """
    smaller, repeated = errors_against_reference(scores_to_records(result.scores)), result.repeated_values
    same = {SEASONAL_NAIVE} if repeated[SEASONAL_NAIVE] == repeated[LAST_VALUE] else set()
    methods = [name for name in result.scores[MODEL] if name not in same or LAST_VALUE not in smaller]
    return sorted(methods, key=lambda name: np.nan_to_num(-smaller[name], nan=np.inf))


def error_format(result: Evaluation, error: ErrorScore, values: Floats) -> NumberFormat:
    """Return the format of errors: of one series one decimal more than its values have, as they are means."""
    if error.name == "mase":
        return format_of_scaled(median_size(values))
    names = result.forecasts[COLUMNS.series].unique()
    written = max(result.written_decimals(names).values(), default=SCALED_DECIMALS)
    return format_of_error(written, median_size(values))


def format_of_scaled(usual: float) -> NumberFormat:
    """Return the format of scaled errors, most of which are near 1."""
    return NumberFormat(min(SCALED_DECIMALS, max(1, decimals_to_show(usual, SCALED_DECIMALS))))


def format_of_error(written: int, usual: float) -> NumberFormat:
    """Return the format of errors of a series whose values have `written` decimals."""
    form = format_of_series(written + 1, usual)
    most = ERROR_DIGITS - 1 if form.exponent else decimals_to_show(usual, ERROR_DIGITS)
    return replace(form, decimals=min(form.decimals, most))


def percent_format(values: Floats) -> NumberFormat:
    """Return the format of errors in percent: one decimal, or two digits of smaller ones."""
    return NumberFormat(max(1, decimals_to_show(median_size(values), FEWEST_DIGITS)))


def median_size(values: Floats) -> float:
    """Return the median of the values that are positive; NaN if there are none."""
    positive = values[np.isfinite(values) & (values > 0.0)]
    return float(np.median(positive)) if len(positive) else np.nan
