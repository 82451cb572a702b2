"""Fit what real series teach about the pretrained level network: the weight of Theta, and how much quantiles widen.

    python benchmarks/fit_priors.py --data FOLDER

Only training files are read: their last horizons are forecast from what comes before, at several cutoffs, each series
alone. The figures go into `forecaster/forecasting/pretrained/priors.py` by hand, rounded.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from forecaster.forecasting.methods.level_windows import level_windows
from forecaster.forecasting.methods.theta import theta
from forecaster.forecasting.methods.zero_shot import forecast_windows
from forecaster.forecasting.pretrained.level_network import shipped_networks
from forecaster.forecasting.pretrained.priors import ROWS, WIDENING_KNOTS
from forecaster.forecasting.pretrained.weights import LEVELS
from forecaster.forecasting.uncertainty.calibration import normal_scores
from forecaster.series.panel import panel_from_series
from forecaster.series.scaling import fit_relative_scaling, mean_change
from forecaster.series.windows import Origins

SETS = {
    "m1_yearly": (1, 6),
    "m1_quarterly": (4, 8),
    "m1_monthly": (12, 18),
    "m4_weekly": (52, 13),
    "m4_hourly": (24, 48),
}
"""Season and horizon of each set."""
CUTS, LEAST_ROWS = 3, 6
"""Cutoffs, one horizon apart, and rows before a cutoff at least."""
SHARES = np.round(np.arange(0, 0.85, 0.05), 2)
"""Weights of Theta that are tried."""
FEWEST = 30
"""Least number of forecasts near a number of rows for which a weight is fitted."""
Z = {80: 1.2816, 95: 1.96}


@dataclass(frozen=True)
class Cutoff:
    """Forecasts at one cutoff of many series: all (W, h), but rows, season changes (W,) and offsets (W, h, Q)."""

    actual: np.ndarray
    network: np.ndarray
    theta: np.ndarray
    scale: np.ndarray
    rows: np.ndarray
    offsets: np.ndarray
    forward: object

    def mase(self, share: float) -> np.ndarray:
        """Return the MASE of each series with this weight of Theta."""
        point = (1 - share) * self.network + share * self.theta
        return np.abs(self.actual - point).mean(axis=1) / self.scale

    def scores(self, share: float) -> np.ndarray:
        """Return the normal scores of the errors, (W, h)."""
        point = (1 - share) * self.network + share * self.theta
        return normal_scores(self.forward(self.actual) - self.forward(point), self.offsets)


def forecast_at(folder: Path, season: int, horizon: int, back: int) -> Cutoff:
    """Forecast `horizon` steps from `back` + `horizon` steps before the end of each training series."""
    frame = pd.read_csv(next(folder.glob("train.csv*")))
    series = [(str(name), np.arange(len(y)), y.to_numpy(float)) for name, y in frame.groupby("unique_id").y]
    series = [(name, ds[: len(ds) - back], y[: len(y) - back]) for name, ds, y in series]
    series = [each for each in series if len(each[2]) >= LEAST_ROWS + horizon]
    panel = panel_from_series(series)
    past = panel.head(horizon)
    scaling = fit_relative_scaling(past)
    last = panel.last - horizon
    windows = level_windows(panel, scaling.transform, Origins(np.arange(len(panel)), last), season)
    median, offsets = forecast_windows(windows, shipped_networks(LEVELS), horizon)
    number = np.arange(len(panel))[:, None]
    scale = np.array([mean_change(past.values[past.slice(i)], 1 if season == 52 else season) for i in range(len(past))])  # noqa: PD011 - not a frame
    return Cutoff(
        actual=panel.values[last[:, None] + np.arange(1, horizon + 1)],  # noqa: PD011 - not a frame
        network=scaling.transform.inverse(median, number),
        theta=theta(panel.values, panel.indptr[:-1], last, horizon, season),
        scale=scale,
        rows=past.lengths,
        offsets=offsets,
        forward=lambda y: scaling.transform.forward(y, number),
    )


def main() -> None:
    """Print the best weights and the widening for each set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with a folder for each set")
    parser.add_argument("--sets", nargs="*", default=list(SETS), choices=list(SETS), help="sets to fit")
    chosen = parser.parse_args()
    for name in chosen.sets:
        season, horizon = SETS[name]
        cuts = [forecast_at(chosen.data / name, season, horizon, back * horizon) for back in range(CUTS)]
        rows = np.concatenate([cut.rows for cut in cuts])
        loss = np.stack([np.concatenate([cut.mase(share) for cut in cuts]) for share in SHARES])
        nearest = np.abs(np.log(rows)[:, None] - np.log(ROWS)).argmin(axis=1)
        best = {}
        for k, knot in enumerate(ROWS):
            if (count := int((nearest == k).sum())) >= FEWEST:
                mean = loss[:, nearest == k].mean(axis=1)
                best[int(knot)] = (count, float(SHARES[mean.argmin()]), float((mean[0] / mean.min() - 1).round(4)))
        overall = loss.mean(axis=1)
        share = float(SHARES[overall.argmin()])
        print(
            f"{name}: MASE network {overall[0]:.4f}, best {overall.min():.4f} with {share:.2f} Theta; "
            f"by rows (series, best weight, what it gains): {best}"
        )
        print("   ", " ".join(f"{s:.2f}:{m:.4f}" for s, m in zip(SHARES, overall, strict=True)))
        size = np.abs(np.concatenate([cut.scores(share) for cut in cuts]))
        by_step = []
        for knot in WIDENING_KNOTS[1.3 * horizon >= WIDENING_KNOTS]:
            near = np.abs(np.arange(1, horizon + 1) - min(knot, horizon)) <= knot / 4
            found = [np.quantile(size[:, near], level / 100) / z for level, z in Z.items()]
            by_step.append((int(knot), *np.round(found, 2)))
        print("    widening (step, by 80 %, by 95 %):", by_step)


if __name__ == "__main__":
    main()
