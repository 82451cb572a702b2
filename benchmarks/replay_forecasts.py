"""The series and the forecasts of `replay.py`: prices and simulated shops, forecast every night with the real code.

A night is a calendar day. The rows up to it are known, and `forecaster.workflow.predict.predict_rows` forecasts from
them with the model of that night, as `forecast batch` does. Forecasts are kept in a folder, so that a replay with other
rules does not make them again. `tests/benchmarks/test_replay.py` compares some with those of `forecast batch`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, reduce
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from forecaster import __version__
from forecaster.spec import LEVELS, Selection, Specification
from forecaster.workflow.newer_rows import latest_rows, read_newer_rows
from forecaster.workflow.predict import Request, load_for_request
from forecaster.workflow.train import train

if TYPE_CHECKING:
    from forecaster.arrays import Ints
    from forecaster.artifact.model import Model
    from forecaster.forecasting.method import Forecast
    from forecaster.reading.reader import ReadResult
    from forecaster.series.panel import Panel

HORIZON, NIGHTS = 7, 730
"""Steps of each forecast; and nights of a replay: two years."""
ROWS_BEFORE = 1500
"""Rows before the first night that are kept of a file of prices: about six years, so that a training takes seconds."""
CHUNK = 61
"""Nights that are forecast and kept together."""
PRICES = {
    "vix-daily.csv": "CLOSE",
    "wti-daily.csv": "Price",
    "natural-gas-daily.csv": "Price",
    "SPY_D.csv": "close",
    "GOOG-daily-2004-2013.csv": "Close",
    "arch-sp500.csv": "Adj Close",
    "arch-nasdaq.csv": "Adj Close",
    "EURUSD-daily-oanda.csv": "Close",
    "BTCUSD-daily-coinbase.csv": "Close",
    "bokeh-stocks-AAPL-FB-GOOG-IBM-MSFT.csv": "Close",
}
"""The ten files, and the column of each that is forecast; of the last one it is the ticker IBM."""
VALIDATION_PRICES = [*PRICES][:4] + [*PRICES][5:8]
"""Those of them that are long enough to have years before the two of the replay: these serve for validation."""
SHOPS_IN_FILE, SHOP_FILES, SHOP_DAYS = 5, 4, 730
"""Shops in a file, files of shops, and days of each before the first night. They are forecast by the pretrained
networks, as with `--zero-shot`: the last trainings, of 1,200 rows and more, would take minutes each."""


class Night(NamedTuple):
    """The forecast of one file in one night: for N series and h steps.

    Attributes:
        day: The number of the night, from 0.
        target: The number of the night by which each value is known, (N, h); -1 where the file ends before.
        actual: The values that came, (N, h).
        naive: The last value before, (N, 1); of shops the value a week before, (N, h).
        point: Point forecasts, (N, h).
        low, high: Ends of the model's own intervals, (L, N, h), by level.

    """

    day: int
    target: np.ndarray
    actual: np.ndarray
    naive: np.ndarray
    point: np.ndarray
    low: np.ndarray
    high: np.ndarray


def shop(rng: np.random.Generator, days: int) -> np.ndarray:
    """Return the daily sales of a simulated shop, (days,), as counts.

    It has a weekly season, promotions that no column tells, a drifting level that shifts about once a year, and a
    dispersion that changes once.
    """
    day = np.arange(days)
    level = np.log(rng.choice([4.0, 15.0, 60.0, 250.0])) + np.cumsum(rng.normal(0, 0.004, days))
    for at in np.flatnonzero(rng.random(days) < 1 / 365):
        level[at:] += rng.choice([-1, 1]) * rng.uniform(0.2, 0.5)
    week = rng.normal(0, 0.25, 7)[day % 7]
    year = rng.uniform(0, 0.2) * np.sin(2 * np.pi * (day / 365.25 + rng.random()))
    promotion = np.zeros(days)
    for at in np.flatnonzero(rng.random(days) < 1 / 45):
        promotion[at : at + rng.integers(2, 8)] = rng.uniform(0.15, 0.5)
    noise = np.where(day < rng.integers(days // 3, days), *rng.uniform(0.05, 0.25, 2))
    mean = np.exp(level + week + year + promotion + rng.normal(0, 1, days) * noise)
    return rng.poisson(mean)


def write_shops(folder: Path, seed: int) -> list[Path]:
    """Write files of shops and return their paths; other seeds give other shops."""
    files = []
    for number in range(SHOP_FILES):
        days = SHOP_DAYS + NIGHTS + HORIZON
        ds = pd.date_range("2021-01-01", periods=days)
        frames = [
            pd.DataFrame({"shop": f"shop-{number}-{i}", "date": ds, "sales": shop(rng, days)})
            for i, rng in enumerate(np.random.default_rng([seed, number]).spawn(SHOPS_IN_FILE))
        ]
        files.append(folder / f"shops-{seed}-{number}.csv")
        pd.concat(frames).to_csv(files[-1], index=False)
    return files


def write_prices(folder: Path, data: Path, name: str, *, validation: bool) -> Path:
    """Write the rows of a file of prices that a replay reads, and return the path; those of validation end before."""
    frame = pd.read_csv(data / "prices" / name)
    if "Ticker" in frame:
        frame = frame[frame["Ticker"] == "IBM"]
    time = next((column for column in frame if column.lower() == "date"), frame.columns[0])
    found = pd.DataFrame({"date": pd.to_datetime(frame[time]), "price": frame[PRICES[name]]}).dropna()
    found = found[found["price"] > 0].sort_values("date")
    if validation:  # the rows before those of the replay
        found = found[found["date"] < found["date"].max() - pd.Timedelta(days=NIGHTS + 2 * HORIZON)]
    first = found["date"].max() - pd.Timedelta(days=NIGHTS + 2 * HORIZON)
    kept = pd.concat([found[found["date"] < first].tail(ROWS_BEFORE), found[found["date"] >= first]])
    path = folder / f"{'validation' if validation else 'replay'}-{Path(name).stem}.csv"
    kept.to_csv(path, index=False)
    return path


class Replay:
    """The forecasts of one file in all nights, by the night in which the model was trained."""

    def __init__(self, file: Path, season: int) -> None:
        """Read the file; its last `HORIZON` days and those of the nights are not known at first."""
        self.file, self._season = file, season
        self._frame = pd.read_csv(file, parse_dates=["date"])
        self.start = self._frame["date"].max() - pd.Timedelta(days=NIGHTS + HORIZON - 1)
        self._digest = sha256(file.read_bytes() + __version__.encode()).hexdigest()[:12]
        self._models: dict[int, tuple[Model, ReadResult]] = {}

    def learns(self) -> bool:
        """Return whether the first model learns anything from training."""
        model, _ = self._model(0)
        return not model.fitted.recipe.zero_shot

    def default_nights(self) -> list[Night]:
        """Return the forecasts of all nights, with a model that is trained again whenever 10 % of the rows are new."""
        found, trained = [], 0
        while trained < NIGHTS:
            until = min((day for day in range(trained + 1, NIGHTS) if self._is_due(trained, day)), default=NIGHTS)
            found += self.nights(trained, trained, until)
            trained = until
        return found

    def _is_due(self, trained: int, day: int) -> bool:
        """Return whether `--retrain-after 10%` trains a model again."""
        longest = self._count_rows(trained)
        return bool(self._count_rows(day) - longest >= longest / 10)

    def _count_rows(self, day: int) -> int:
        """Return the rows of the longest series that are known in a night."""
        dates = self._frame["date"] <= self.start + pd.Timedelta(days=day)
        return int(
            dates.sum() // self._frame["date"].duplicated(keep=False).pipe(lambda d: SHOPS_IN_FILE if d.any() else 1)
        )

    def nights(self, trained: int, first: int, last: int) -> list[Night]:
        """Return the forecasts of the nights from `first` to `last` - 1 that have new rows, with the model of one."""
        chunks = range((first - trained) // CHUNK, (last - 1 - trained) // CHUNK + 1)
        return [night for each in chunks for night in self._chunk(trained, each) if first <= night.day < last]

    @lru_cache(maxsize=2)  # noqa: B019 - there are a few of these, until the program ends
    def _chunk(self, trained: int, number: int) -> list[Night]:
        """Return the forecasts of some nights, from the folder if they are there."""
        path = self.file.parent / f"{self.file.stem}-{self._digest}-{trained}-{number}.npy"
        if not path.exists():
            begin = trained + number * CHUNK
            found = self._forecast(trained, begin, min(begin + CHUNK, NIGHTS))
            np.save(path, np.array([tuple(each) for each in found], dtype=object), allow_pickle=True)
        return [Night(*each) for each in np.load(path, allow_pickle=True)]

    def _model(self, trained: int) -> tuple[Model, ReadResult]:
        """Return the model that was trained on the rows that were known in a night, and the rows of the whole file."""
        if trained not in self._models:
            path = self.file.parent / f"{self.file.stem}-{self._digest}-{trained}.joblib"
            if not path.exists():
                rows = self.file.parent / str(trained) / self.file.name  # the name of a series may be that of its file
                rows.parent.mkdir(exist_ok=True)
                known = self._frame[self._frame["date"] <= self.start + pd.Timedelta(days=trained)]
                known.to_csv(rows, index=False)
                train(
                    [str(rows)],
                    selection=Selection(),
                    specification=Specification(horizon=HORIZON, zero_shot=self._season > 1),
                    output=path,
                    jobs=1,
                )
            model = load_for_request(path, Request())
            self._models[trained] = model, read_newer_rows(model, [str(self.file)], Selection())
        return self._models[trained]

    def _forecast(self, trained: int, first: int, last: int) -> list[Night]:
        """Forecast some nights with the model of a night, as if each night were a series: this takes less time."""
        model, source = self._model(trained)
        panel, days, stops, parts = source.panel, [], [], []
        for day in range(first, last):
            now = np.datetime64(self.start + pd.Timedelta(days=day))
            if not (panel.ds == now).any():
                continue
            stop = np.add.reduceat((panel.ds <= now).astype(int), panel.indptr[:-1])
            rows = replace(source, panel=panel.cut(np.zeros_like(stop), stop))
            (part,) = latest_rows(model, rows, Selection(), horizon=HORIZON)
            if part.panel.observed is not None or part.panel.covariates is not None:
                raise AssertionError(f"{self.file} has holes or covariates, which panels lose when they are joined")
            days.append(day)
            stops.append(stop)
            parts.append(part)
        if not parts:
            return []
        if any(part.fitted.calibration is not parts[0].fitted.calibration for part in parts):
            raise AssertionError("the model follows its newest rows: train it again when a tenth of the rows is new")
        together = reduce(lambda joined, part: joined.followed_by(part.panel), parts[1:], parts[0].panel)
        fitted = parts[0].fitted.take([*range(len(panel))] * len(parts))
        found = fitted.predict(together, HORIZON)
        ds = together.future(HORIZON)
        return [
            self._night(day, panel, stop, found, ds, slice(number * len(panel), (number + 1) * len(panel)))
            for number, (day, stop) in enumerate(zip(days, stops, strict=True))
        ]

    def _night(  # noqa: PLR0913, PLR0917 - a part of many forecasts
        self, day: int, panel: Panel, stop: Ints, found: Forecast, ds: np.ndarray, part: slice
    ) -> Night:
        """Return the forecast of a night with the values that came."""
        days = ds[part]
        actual, naive, target = np.full(days.shape, np.nan), np.empty(days.shape), np.full(days.shape, -1)
        for i in range(len(panel)):
            known, values = panel.ds[panel.slice(i)], panel.observed_values[panel.slice(i)]
            place = np.minimum(np.searchsorted(known, days[i]), len(known) - 1)
            there = known[place] == days[i]
            actual[i, there] = values[place[there]]
            target[i, there] = ((known[place[there]] - np.datetime64(self.start)) // np.timedelta64(1, "D")).astype(int)
            naive[i] = values[stop[i] - self._season + np.arange(HORIZON) % self._season]
        low, high = (np.stack([each[level][part] for level in LEVELS]) for each in (found.low, found.high))
        return Night(day, target, actual, naive, found.point[part], low, high)


def replays(folder: Path, data: Path, seed: int, *, validation: bool) -> list[Replay]:
    """Return the files of a replay: those of prices, then those of shops."""
    folder.mkdir(parents=True, exist_ok=True)
    prices = VALIDATION_PRICES if validation else [*PRICES]
    files = [write_prices(folder, data, name, validation=validation) for name in prices]
    return [*(Replay(file, 1) for file in files), *(Replay(file, 7) for file in write_shops(folder, seed))]
