"""The price series of accuracy.py: their files, their origins, and the forecasts that the backtests write.

Each series is forecast 1, 5 and 20 steps ahead over its last 30 %, with one fit before this part and one in its middle.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
from accuracy_origins import Backtest, Origins
from accuracy_rivals import GARCH, RANDOM_WALK, garch, point_figures, quantile_figures, random_walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from accuracy_sets import Command, Figure

HORIZONS = (1, 5, 20)
INTERVAL = re.compile(r"forecast-lo-(\d+)")


@dataclass(frozen=True)
class PriceFile:
    """A file of prices: its columns (`time` is None if it has no name), and the column that distinguishes its parts."""

    name: str
    targets: tuple[str, ...]
    time: str | None
    parts: str | None = None

    @property
    def stem(self) -> str:
        """The name without its ending."""
        return self.name.removesuffix(".csv")

    def forecasts(self, horizon: int) -> str:
        """Return the name of the file with the forecasts."""
        return f"{self.stem}-{horizon}.parquet"

    def command(self, origins: Origins) -> Command:
        """Return the backtest."""
        time = ("--time", self.time) if self.time else ()
        columns = (*time, *(word for target in self.targets for word in ("--target", target)))
        return ("evaluate", self.name, *columns, *origins.options, "--forecasts", self.forecasts(origins.horizon))


@dataclass(frozen=True)
class Prices:
    """Files of prices; `peer` is an interpreter that has the package arch, None to leave GJR-GARCH out."""

    files: tuple[PriceFile, ...]
    peer: str | None = None

    def commands(self, work: Path) -> list[Command]:
        """Divide files with parts into one file for each part, and return one backtest for each file and horizon."""
        return [file.command(each) for file in self._single(work) for each in origins_of(work, file)]

    def figures(self, work: Path) -> list[Figure]:
        """Score the forecasts of every series and horizon, and compare them with those of the other methods."""
        files = ((file, each) for file in self._single(work) for each in origins_of(work, file))
        found = [test for file, each in files for test in backtests(work, file, each)]
        rivals = {RANDOM_WALK: [random_walk(test) for test in found]}
        if self.peer:
            rivals[GARCH] = garch(self.peer, work, found)
        return [*point_figures(found), *quantile_figures(found, rivals)]

    def _single(self, work: Path) -> Iterator[PriceFile]:
        """Yield the files; those that have parts are divided."""
        for file in self.files:
            if file.parts is None:
                yield file
                continue
            for part, rows in pd.read_csv(work / file.name, dtype=str).groupby(file.parts):
                single = PriceFile(f"{file.stem}-{part}.csv", file.targets, file.time)
                rows.to_csv(work / single.name, index=False)
                yield single


def origins_of(work: Path, file: PriceFile) -> list[Origins]:
    """Return the origins for each horizon."""
    rows = int(pd.read_csv(work / file.name)[list(file.targets)].notna().sum().min())
    return [Origins(rows, horizon) for horizon in HORIZONS]


def backtests(work: Path, file: PriceFile, origins: Origins) -> Iterator[Backtest]:
    """Yield the backtest of each series of a file, with forecasts at the last step of the horizon only.

    Raises:
        ValueError: The forecasts are of other rows than planned.

    """
    rows = pd.read_parquet(work / file.forecasts(origins.horizon))
    rows = rows[rows["step"] == origins.horizon].sort_values("fold")
    levels = sorted(int(each[1]) for each in map(INTERVAL.fullmatch, rows.columns) if each)
    prices = pd.read_csv(work / file.name)
    for target in file.targets:
        name = target if len(file.targets) > 1 else file.stem
        own = rows[rows["unique_id"] == name]
        test = Backtest(
            name,
            origins,
            history=prices[target].dropna().to_numpy(float),
            point=own["forecast"].to_numpy(),
            low={level: own[f"forecast-lo-{level}"].to_numpy() for level in levels},
            high={level: own[f"forecast-hi-{level}"].to_numpy() for level in levels},
        )
        if test.actual.tolist() != own["y"].tolist():
            raise ValueError(f"{file.name}: the forecasts of {name} are of other rows than planned")
        yield test


PRICES = Prices(
    (
        PriceFile("AAPL-finance-charts.csv", ("AAPL.Adjusted",), "Date"),
        PriceFile("BTCUSD-daily-coinbase.csv", ("Close",), "Date"),
        PriceFile("EURUSD-daily-oanda.csv", ("Close",), "Date"),
        PriceFile("EURUSD-hourly.csv", ("Close",), None),
        PriceFile("GOOG-daily-2004-2013.csv", ("Close",), None),
        PriceFile("SPY_D.csv", ("close",), "date"),
        PriceFile("arch-nasdaq.csv", ("Adj Close",), "Date"),
        PriceFile("arch-sp500.csv", ("Adj Close",), "Date"),
        PriceFile("bokeh-stocks-AAPL-FB-GOOG-IBM-MSFT.csv", ("Adj Close",), "Date", parts="Ticker"),
        PriceFile("gold-monthly.csv", ("Price",), "Date"),
        PriceFile("natural-gas-daily.csv", ("Price",), "Date"),
        PriceFile("vix-daily.csv", ("CLOSE",), "DATE"),
    )
)
EXCHANGE_RATE = Prices((PriceFile("exchange_rate.csv", tuple(f"c{n}" for n in range(8)), "t"),))
