"""The data sets of accuracy.py that have published figures: the commands for each, and the figures to compare with.

The files of a data set are in a work folder, uncompressed. `commands` returns the commands to run there, without the
name of the program; `figures` scores the files that the commands have written to the folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from accuracy_scores import competition_scores, naive2_forecasts, overall_weighted_average

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Command = tuple[str, ...]

FORECASTS = "forecasts.csv"


@dataclass(frozen=True)
class Figure:
    """One score: its name, ours, and the published or computed figures beside it, each with the name of its method."""

    metric: str
    ours: str
    anchors: str = ""


@dataclass(frozen=True)
class Competition:
    """Many series, divided by the organisers into `train.csv` and `test.csv` with the columns `unique_id, ds, y`.

    Attributes:
        horizon: Steps of the test.
        season: Steps in a season, for MASE and Naive2.
        metrics: Scores to show, the one that the competition ranks by first.
        anchors: Published figures of the first of them, by method.

    """

    horizon: int
    season: int
    metrics: tuple[str, ...]
    anchors: Mapping[str, str]

    def commands(self, _work: Path) -> list[Command]:
        """Train on all series at once, and forecast what follows them."""
        columns = ("--series", "unique_id", "--time", "ds", "--target", "y")
        train = ("train", "train.csv", *columns, "--horizon", str(self.horizon))
        return [train, ("predict", "--format", "csv", "--output", FORECASTS)]

    def figures(self, work: Path) -> list[Figure]:
        """Score the forecast and Naive2."""
        kinds = {"unique_id": str, "ds": str}
        train, test, forecast = (pd.read_csv(work / f, dtype=kinds) for f in ("train.csv", "test.csv", FORECASTS))
        ours = competition_scores(train, test, forecast[["unique_id", "ds", "forecast"]], self.season)
        naive2 = competition_scores(train, test, naive2_forecasts(train, test, self.season), self.season)
        ours["OWA"], naive2["OWA"] = overall_weighted_average(ours, naive2), 1.0
        figures = []
        for metric in self.metrics:
            published = self.anchors if metric == self.metrics[0] else {}
            shown = named({**published, "Naive2": f"{naive2[metric]:.3f}"})
            figures.append(Figure(metric, f"{ours[metric]:.3f}", shown))
        return figures


@dataclass(frozen=True)
class LongHorizon:
    """Several columns of one file, forecast far ahead from every origin of the test rows, in units of training rows.

    Attributes:
        file, time, targets: The file and its columns.
        horizons: Steps ahead; each is a separate backtest.
        scaled, known, end: Rows from which the mean and the standard deviation are computed, rows before the first
            forecast, and rows in all.
        step: Rows from one origin to the next; the published figures are for 1.
        anchors: Published pairs of MSE and MAE at each of the horizons, by method.

    """

    file: str
    time: str
    targets: tuple[str, ...]
    horizons: tuple[int, ...]
    scaled: int
    known: int
    end: int
    step: int
    anchors: Mapping[str, Sequence[tuple[float, float]]]

    def commands(self, work: Path) -> list[Command]:
        """Leave out rows that no published method forecasts; return a backtest with a single fit for each horizon."""
        pd.read_csv(work / self.file, dtype=str, nrows=self.end).to_csv(work / "rows.csv", index=False)
        columns = ("--time", self.time, *(word for target in self.targets for word in ("--target", target)))
        return [("evaluate", "rows.csv", *columns, *self._folds(horizon)) for horizon in self.horizons]

    def _folds(self, horizon: int) -> Command:
        """Return the options that make every origin of the test rows a fold."""
        count = (self.end - self.known - horizon) // self.step + 1
        folds = ("--horizon", str(horizon), "--folds", str(count), "--step", str(self.step))
        return (*folds, "--refit", "never", "--forecasts", f"{horizon}.parquet")

    def figures(self, work: Path) -> list[Figure]:
        """Score each horizon, and their mean."""
        scale = pd.read_csv(work / self.file, usecols=list(self.targets), nrows=self.scaled).std(ddof=0)
        scores = [self._score(work / f"{horizon}.parquet", scale) for horizon in self.horizons]
        found = pd.DataFrame(scores, index=[str(horizon) for horizon in self.horizons])
        found.loc["mean"] = found.mean()
        published = {name: pd.DataFrame(pairs, columns=["MSE", "MAE"]) for name, pairs in self.anchors.items()}
        for pairs in published.values():
            pairs.loc[len(pairs)] = pairs.mean()
        shown = f", origins {self.step} rows apart" if self.step > 1 else ""
        return [
            Figure(
                f"{metric}, {label}{shown}",
                f"{found.loc[label, metric]:.4f}",
                named({name: f"{pairs[metric].iloc[row]:.3f}" for name, pairs in published.items()}),
            )
            for metric in ("MSE", "MAE")
            for row, label in enumerate(found.index)
        ]

    @staticmethod
    def _score(path: Path, scale: pd.Series[float]) -> dict[str, float]:
        """Return the mean squared and absolute error over all windows, steps and columns, each in units of `scale`."""
        rows = pd.read_parquet(path, columns=["unique_id", "y", "forecast"])
        error = ((rows["y"] - rows["forecast"]) / rows["unique_id"].map(scale)).to_numpy()
        return {"MSE": float(np.mean(error**2)), "MAE": float(np.abs(error).mean())}


@dataclass(frozen=True)
class DayAhead:
    """Hourly prices of electricity, forecast a day ahead, with a new fit every `refit` days.

    Attributes:
        file, published: The prices, and the published forecasts with the same rows, by method.
        days: Days to forecast, the last of the file.
        refit: Days from one fit to the next.
        methods: Columns of the published forecasts to score, with the name to show.

    """

    file: str
    published: str
    days: int
    refit: int
    methods: Mapping[str, str]

    def commands(self, _work: Path) -> list[Command]:
        """Forecast every day from midnight."""
        folds = ("--horizon", "24", "--folds", str(self.days), "--step", "24", "--refit", str(self.refit))
        columns = ("--time", "Date", "--target", "Price")
        return [("evaluate", self.file, *columns, *folds, "--forecasts", FORECASTS)]

    def figures(self, work: Path) -> list[Figure]:
        """Score the forecasts, the published ones, and yesterday's prices, on the same hours."""
        rows = pd.read_csv(work / FORECASTS, usecols=["ds", "y", "forecast"]).sort_values("ds")
        published = pd.read_csv(work / self.published, index_col=0)
        price, hours = published.pop("Real price"), 24 * self.days
        test = price.iloc[-hours:]
        if not np.array_equal(rows["y"].to_numpy(), test.to_numpy()):
            raise ValueError(f"{self.file} and {self.published} end with different prices")
        errors = {"yesterday": (price.shift(24).iloc[-hours:] - test).abs()}
        errors |= {name: (published[each].iloc[-hours:] - test).abs() for each, name in self.methods.items()}
        ours = float((rows["forecast"] - rows["y"]).abs().mean())
        return [Figure("MAE", f"{ours:.3f}", named({name: f"{error.mean():.3f}" for name, error in errors.items()}))]


def named(figures: Mapping[str, str]) -> str:
    """Return the figures as text, each after the name of its method."""
    return ", ".join(f"{name} {figure}" for name, figure in figures.items())


COMPETITIONS = {
    "m4_hourly": Competition(
        48,
        24,
        ("OWA", "sMAPE", "MASE"),
        {"best entry": "0.410", "ES-RNN": "0.440", "N-BEATS": "0.606"},
    ),
    "m4_weekly": Competition(
        13,
        1,
        ("OWA", "sMAPE", "MASE"),
        {"N-BEATS": "0.709", "best entry": "0.739", "ES-RNN": "0.851"},
    ),
    "m1_yearly": Competition(
        6,
        1,
        ("MASE", "sMAPE"),
        {"ARIMA": "3.49", "TimesFM": "3.60", "Theta": "3.66", "ETS": "3.96"},
    ),
    "m1_quarterly": Competition(
        8,
        4,
        ("MASE", "sMAPE"),
        {"ETS": "1.66", "Theta": "1.67", "ARIMA": "1.69", "TimesFM": "1.71"},
    ),
    "m1_monthly": Competition(
        18,
        12,
        ("MASE", "sMAPE"),
        {"TimesFM": "1.05", "Theta": "1.09", "ETS": "1.09", "ARIMA": "1.11"},
    ),
}
ETTH1 = LongHorizon(
    file="ETTh1.csv",
    time="date",
    targets=("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT"),
    horizons=(96, 192, 336, 720),
    scaled=8640,
    known=11520,
    end=14400,
    step=1,
    anchors={
        "SegRNN": [(0.351, 0.392), (0.392, 0.414), (0.423, 0.433), (0.466, 0.472)],
        "DLinear": [(0.375, 0.399), (0.405, 0.416), (0.439, 0.443), (0.472, 0.490)],
        "PatchTST": [(0.375, 0.404), (0.418, 0.430), (0.462, 0.460), (0.495, 0.497)],
    },
)
ELECTRICITY = DayAhead(
    file="NP_price.csv",
    published="NP_published_forecasts.csv",
    days=364,
    refit=28,
    methods={"LEAR Ensemble": "LEAR with load and wind", "DNN Ensemble": "DNN with load and wind"},
)
