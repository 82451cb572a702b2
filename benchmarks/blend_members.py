"""What is each method in the blend worth, on the last horizons of training files?

    python benchmarks/blend_members.py --data FOLDER                  # all sets, the last horizon
    python benchmarks/blend_members.py m1_yearly --data FOLDER --cuts 2

Only training files are read. The last horizon of each series is cut off and forecast by what the plan trains on the
rest: the MASE of each method that may be in the blend, of the blend, and its weights. With `--cuts 2` the last two
horizons are cut off, one after the other. Prior weights and the rules of the plan were chosen by these figures.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd

from forecaster.forecasting.forecaster import train_forecaster
from forecaster.forecasting.methods.baselines import THETA, forecast_baseline, history_of, steps_ahead
from forecaster.forecasting.methods.window_sets import cut_windows
from forecaster.forecasting.plan import make_plan
from forecaster.series.panel import panel_from_series
from forecaster.series.scaling import mean_change
from forecaster.series.windows import ends
from forecaster.spec import Specification

SETS = {
    "m1_yearly": (1, 6, 1),
    "m1_quarterly": (4, 8, 4),
    "m1_monthly": (12, 18, 12),
    "m4_weekly": (52, 13, 1),
    "m4_hourly": (24, 48, 24),
}
"""Season, horizon and the season of the MASE of each set."""
LEAST_SEASONS, LEAST_ROWS = 3, 10
"""Seasons and rows before the cutoff of a series that is forecast."""


def forecast_last_horizon(folder: Path, name: str, cut: int) -> None:
    """Print what each method scores on the horizon that ends `cut` horizons before the end of the training rows."""
    season, horizon, of_mase = SETS[name]
    frame = pd.read_csv(next((folder / name).glob("train.csv*")))
    series = [(str(key), y.to_numpy(float)) for key, y in frame.groupby("unique_id", sort=False).y]
    back = (cut + 1) * horizon
    series = [(key, y) for key, y in series if len(y) - back >= max(LEAST_ROWS, LEAST_SEASONS * season)]
    panel = panel_from_series((key, np.arange(len(y) - back), y[:-back]) for key, y in series)
    actual = np.stack([y[len(y) - back : len(y) - back + horizon] for _, y in series])
    scale = np.array([mean_change(y[:-back], of_mase) for _, y in series])
    began = process_time()
    fitted, _ = train_forecaster(make_plan(panel, Specification(horizon=horizon, season=season)))
    seconds = process_time() - began
    windows = cut_windows(fitted.recipe, fitted.scaling, panel, ends(panel.indptr), hold_last=False)
    found = fitted.components.forecast(fitted.recipe, windows, panel, fitted.horizon_exponent).points
    history = history_of(panel.values, panel.indptr[:-1], panel.last)
    found[THETA] = forecast_baseline(THETA, history, steps_ahead(horizon), season)
    found["blend"] = fitted.predict(panel, horizon).point
    method = next(each.value for each in fitted.recipe.decisions if each.name == "method")
    print(f"{name}, {len(panel)} series, cut {cut + 1}: {method}, {seconds:.0f} s of CPU in this process")
    for key, point in found.items():
        error = np.abs(point[:, :horizon] - actual).mean(axis=1) / scale
        print(f"    {key:20} MASE {error.mean():.4f}  weight {100 * fitted.blend.weight_of(key):3.0f} %")


def main() -> None:
    """Print the scores of all chosen sets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=list(SETS), help="sets to forecast")
    parser.add_argument("--data", type=Path, required=True, help="folder with a folder for each set")
    parser.add_argument("--cuts", type=int, default=1, help="horizons to cut off, one after the other")
    chosen = parser.parse_args()
    for name in chosen.sets:
        for cut in range(chosen.cuts):
            forecast_last_horizon(chosen.data, name, cut)


if __name__ == "__main__":
    main()
