"""The automatic methods of the statsforecast package as baselines of a backtest.

The package is large and slow to import, so only a backtest that uses it loads it. Each series is fitted on its own, in
the process that works on the fold, and forecast from later rows with the parameters of the fit.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.errors import UsageError
from forecaster.forecasting.method import DIRECT, Forecast
from forecaster.spec import LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Floats
    from forecaster.series.panel import Panel

METHODS = {"auto-ets": "AutoETS", "auto-arima": "AutoARIMA", "theta": "Theta"}
"""Class of the package by the name that a user gives it."""


@dataclass(frozen=True)
class StatsforecastModel:
    """A method of statsforecast.

    Attributes:
        method: `auto-ets`, `auto-arima` or `theta`.
        season: Steps in a season.

    """

    method: str
    season: int

    @property
    def name(self) -> str:
        """The method's column in output frames."""
        return f"statsforecast_{self.method.replace('-', '_')}"

    def fit(self, panel: Panel) -> FittedStatsforecast:
        """Fit every series on its own; the last value replaces the method where the package cannot fit it."""
        parts = [panel.slice(i) for i in range(len(panel))]
        return FittedStatsforecast(tuple(self._fit(panel.values[part]) for part in parts))

    def _fit(self, y: Floats) -> Any:
        """Return the method fitted on the values of one series, (n,)."""
        from statsforecast import models  # here, because it takes seconds

        try:
            return getattr(models, METHODS[self.method])(season_length=self.season).fit(y)
        except Exception:  # noqa: BLE001 - the package has no error of its own for series that are too short
            return models.Naive().fit(y)


@dataclass(frozen=True)
class FittedStatsforecast:
    """A method of statsforecast fitted on each series, in their order."""

    fitted: tuple[Any, ...]

    @property
    def tail_rows(self) -> None:
        """None for all rows: the state of such a method depends on every row."""

    def predict(
        self,
        panel: Panel,
        horizon: int,
        ds: NDArray[Any] | None = None,  # noqa: ARG002 - of unequal steps, which these methods do not know
        levels: Sequence[float] = LEVELS,
    ) -> Forecast:
        """Forecast the `horizon` steps after the end of each series."""
        parts = [panel.values[panel.slice(i)] for i in range(len(panel))]
        forecasts = [each.forward(y, horizon, level=list(levels)) for each, y in zip(self.fitted, parts, strict=True)]

        def column(name: str) -> Floats:
            return np.stack([np.asarray(one[name], dtype=np.float64) for one in forecasts])

        point = column("mean")
        low = {level: column(f"lo-{level}") for level in levels}
        high = {level: column(f"hi-{level}") for level in levels}
        return Forecast(point, low, high, np.full(point.shape, DIRECT, dtype=object))


def named_methods(names: Sequence[str]) -> tuple[str, ...]:
    """Return the methods of these names, whatever the case and the hyphens: `AutoETS` is `auto-ets`; others stay."""
    known = {_letters(name): name for name in METHODS}
    return tuple(known.get(_letters(name), name) for name in names)


def _letters(name: str) -> str:
    """Return the letters of a name in lower case."""
    return "".join(c for c in name.lower() if c.isalnum())


def check_statsforecast(methods: Sequence[str], *, irregular: bool) -> None:
    """Refuse methods that cannot be compared with the others.

    Raises:
        UsageError: There is no method of that name, the package is not installed, or steps are unequal.

    """
    unknown = next((name for name in methods if name not in METHODS), None)
    if unknown is not None:
        raise UsageError(
            f"--baselines does not know '{unknown}'", f"choose from {', '.join(METHODS)}, separated by commas"
        )
    if methods and irregular:
        raise UsageError("--baselines cannot be used with --irregular", "leave one of them out")
    if methods and importlib.util.find_spec("statsforecast") is None:
        remedy = "pip install 'forecaster-rnn[baselines]'"
        raise UsageError("--baselines needs statsforecast, which is not installed", remedy)
