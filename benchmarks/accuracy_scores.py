"""The scores of the published figures, and the Naive2 method with which the M4 competition compares.

Competition frames are long: `unique_id, ds, y`, a forecast with `forecast` instead of `y`. Elsewhere arrays are (n,)
for n forecasts, and quantiles (n, Q).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecaster.forecasting.uncertainty.significance import diebold_mariano

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

KEYS = ["unique_id", "ds"]
SEASONAL = 1.645
"""Standard errors that the autocorrelation at the season exceeds by chance in one series of ten."""
SIGNIFICANT = 0.05
"""One-sided p-value below which a difference is called real."""


def competition_scores(
    train: pd.DataFrame, test: pd.DataFrame, forecast: pd.DataFrame, season: int
) -> dict[str, float]:
    """Return sMAPE in percent and MASE: means over the steps of each series, then over the series.

    sMAPE is 200 |y - f| / (|y| + |f|), and 0 where both are. MASE divides |y - f| by the mean change over a season in
    the series' training rows; series without a change do not enter it. Rows without an observation are left out.

    Raises:
        ValueError: A row of the test has no forecast.

    Source: Makridakis, Spiliotis and Assimakopoulos (2020), Int. J. Forecasting 36:54-74.
    """
    rows = test.dropna(subset="y").merge(forecast, on=KEYS, how="left", validate="one_to_one")
    if rows["forecast"].isna().any():
        raise ValueError(f"no forecast for {rows.loc[rows['forecast'].isna(), KEYS].iloc[0].to_dict()}")
    error, size = (rows["y"] - rows["forecast"]).abs(), rows["y"].abs() + rows["forecast"].abs()
    points = pd.DataFrame({"smape": (200 * error / size).where(size > 0, 0.0), "error": error})
    series = points.groupby(rows["unique_id"]).mean()
    scale = train.groupby("unique_id")["y"].agg(lambda y: seasonal_change(y.to_numpy(), season))
    mase = series["error"] / scale.where(scale > 0).reindex(series.index)
    return {"sMAPE": float(series["smape"].mean()), "MASE": float(mase.mean())}


def seasonal_change(y: Values, season: int) -> float:
    """Return the mean of |y_t - y_(t - season)| over all t for which both exist, NaN if there is none."""
    change = np.abs(y[season:] - y[:-season])
    change = change[~np.isnan(change)]
    return float(change.mean()) if len(change) else float("nan")


def overall_weighted_average(ours: dict[str, float], naive2: dict[str, float]) -> float:
    """Return OWA, the mean of the two ratios to Naive2: of sMAPE and of MASE."""
    return (ours["sMAPE"] / naive2["sMAPE"] + ours["MASE"] / naive2["MASE"]) / 2


def naive2_forecasts(train: pd.DataFrame, test: pd.DataFrame, season: int) -> pd.DataFrame:
    """Return the forecast of Naive2 for every row of `test`: `unique_id, ds, forecast`."""
    known = {name: y.dropna().to_numpy() for name, y in train.groupby("unique_id")["y"]}
    parts = [
        rows[KEYS].assign(forecast=naive2(known[name], len(rows), season)) for name, rows in test.groupby("unique_id")
    ]
    return pd.concat(parts, ignore_index=True)


def naive2(y: Values, horizon: int, season: int) -> Values:
    """Return the last value, seasonally adjusted if a test finds a season, (horizon,).

    Source: "Benchmarks and Evaluation.R" of the M4 organisers, github.com/Mcompetitions/M4-methods.
    """
    if season == 1 or not has_season(y, season):
        return np.full(horizon, y[-1])
    index = seasonal_index(y, season)
    return y[-1] / index[(len(y) - 1) % season] * index[(len(y) + np.arange(horizon)) % season]


def has_season(y: Values, season: int) -> bool:
    """Return whether the autocorrelation at `season` is significant at 90 %, by Bartlett's formula.

    There must be three seasons, and `season` among the 10 log10(n) lags that R's `acf` computes.
    """
    n, d = len(y), y - y.mean()
    if n < 3 * season or season > int(10 * np.log10(n)) or not d.any():
        return False
    r = np.array([d[k:] @ d[: n - k] for k in range(1, season + 1)]) / (d @ d)
    limit = SEASONAL * np.sqrt((1 + 2 * (r[:-1] ** 2).sum()) / n)
    return bool(abs(r[-1]) > limit)


def seasonal_index(y: Values, season: int) -> Values:
    """Return the mean ratio of the values to their centred moving average at each place in the season, (season,).

    The mean of the indices is one. It is the multiplicative `decompose` of R.
    """
    weights = np.ones(season) if season % 2 else np.r_[0.5, np.ones(season - 1), 0.5]
    ratio, half = np.full(len(y), np.nan), len(weights) // 2
    ratio[half:-half] = y[half:-half] / np.convolve(y, weights / season, mode="valid")
    index = np.array([np.nanmean(ratio[place::season]) for place in range(season)])
    return np.asarray(index / index.mean())


def pinball(y: Values, quantiles: Values, taus: Sequence[float]) -> Values:
    """Return twice the pinball loss of `quantiles`, (n, Q), at `taus`, averaged over them, (n,).

    Its sum over the forecasts, over the sum of |y|, is the weighted quantile loss: Gasthaus et al. (2019), AISTATS.
    """
    error, tau = y[:, None] - quantiles, np.asarray(taus)
    return np.asarray(2 * np.maximum(tau * error, (tau - 1) * error).mean(axis=1))


def is_worse(ours: Values, theirs: Values, lags: int) -> bool:
    """Return whether the losses `ours`, (n,), are higher than `theirs` by a one-sided Diebold-Mariano test at 5 %."""
    found = diebold_mariano(ours - theirs, lags)
    return found is not None and found.p_value < SIGNIFICANT


def is_within(y: Values, low: Values, high: Values) -> NDArray[np.bool_]:
    """Return which of `y`, (n,), lie in their interval, ends included, (n,)."""
    return (low <= y) & (y <= high)


def geometric_mean(ratios: Sequence[float]) -> float:
    """Return the geometric mean."""
    return float(np.exp(np.mean(np.log(ratios))))
