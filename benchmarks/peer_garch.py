"""The peer of accuracy.py on price series: quantiles of GJR-GARCH(1,1) with filtered historical simulation.

The interpreter of an environment with the package arch runs it; it does not need this package. The changes of the
logarithms, or of the values if one is not positive, have mean zero and innovations of Student's t. The quantiles come
from paths whose innovations are drawn from those of the rows that the model was fitted on.

    python benchmarks/peer_garch.py values.csv origins.csv quantiles.csv --quantiles 0.025 0.1 0.5 0.9 0.975

`values.csv` has the columns `key, value`; `origins.csv` has `key, horizon, known, fitted`: for one series a row for
each origin, with the number of rows known there and known when the model was fitted. Quantiles are left empty if the
optimiser of a fit has not converged: such a model may be explosive, and beating it would mean nothing.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from arch import arch_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

PATHS = 5000


def quantiles(values: Values, origins: pd.DataFrame, taus: Sequence[float]) -> Values:
    """Return the quantiles of the value `horizon` rows after each origin, (n, Q)."""
    positive = bool((values > 0).all())
    level = np.log(values) if positive else values
    parts = []
    for fitted in sorted(set(origins["fitted"])):
        own = origins[origins["fitted"] == fitted]
        known = own["known"].to_numpy()
        moves = simulated_moves(np.diff(level), fitted - 1, known - 1, own["horizon"].iloc[0])
        parts.append(level[known - 1, None] + np.quantile(moves, taus, axis=1).T)
    found = np.concatenate(parts)
    return np.asarray(np.exp(found) if positive else found)


def simulated_moves(changes: Values, fitted: int, known: NDArray[np.int64], horizon: int) -> Values:
    """Return the sum of the next `horizon` changes on each path, (n, PATHS), NaN without a fit; n origins.

    With v the variance of a change and r the change before it, v' = omega + (alpha + gamma [r < 0]) r^2 + beta v.

    Args:
        changes: Changes of the series, (rows - 1,).
        fitted: Changes that the model is fitted on.
        known: Changes before each origin, (n,).
        horizon: Steps ahead.

    """
    scale = float(changes[:fitted].std())
    model = arch_model(changes / scale, mean="Zero", vol="GARCH", p=1, o=1, q=1, dist="t", rescale=False)
    fit = model.fit(last_obs=fitted, disp="off", show_warning=False)
    if fit.convergence_flag:
        return np.full((len(known), PATHS), np.nan)
    omega, alpha, gamma, beta = (fit.params[name] for name in ("omega", "alpha[1]", "gamma[1]", "beta[1]"))
    deviation = model.fix(fit.params).conditional_volatility
    innovations = (changes / scale / deviation)[:fitted]
    draws = np.random.default_rng(0).choice(innovations, (horizon, PATHS))
    variance, total = deviation[known, None] ** 2, 0.0
    for innovation in draws:
        change = innovation * np.sqrt(variance)
        total = total + change
        variance = omega + (alpha + gamma * (change < 0)) * change**2 + beta * variance
    return np.asarray(total * scale)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("values", help="CSV file with the series")
    parser.add_argument("origins", help="CSV file with the origins of the forecasts")
    parser.add_argument("output", help="CSV file to write: the origins, and a column for each quantile")
    parser.add_argument("--quantiles", nargs="+", required=True, metavar="PROBABILITY")
    asked = parser.parse_args()
    series = {key: value.to_numpy() for key, value in pd.read_csv(asked.values).groupby("key")["value"]}
    taus = [float(tau) for tau in asked.quantiles]
    parts = []
    for key, own in pd.read_csv(asked.origins).groupby("key", sort=True):
        found = quantiles(series[key], own, taus)
        parts.append(own.assign(**dict(zip(asked.quantiles, found.T, strict=True))))
    pd.concat(parts).to_csv(asked.output, index=False)


if __name__ == "__main__":
    main()
