"""Do the intervals hold beyond the trained horizon, where the forecast is rolled forward?

    python benchmarks/beyond_horizon.py --data FOLDER                     # every kind of series
    python benchmarks/beyond_horizon.py temperatures --data FOLDER       # one of them
    python benchmarks/beyond_horizon.py --data FOLDER --half choose      # the half that the growth was chosen on

Models are trained with the default horizon h on series whose last rows are cut off, and forecast 10 h from several
origins in these rows. The table has the shares of the values inside the intervals, and the mean width of the 80 %
interval in units of that at step h: within h, to 3 h, and to 10 h. Of data sets with a split only training files are
read. A half is every other series or, of a single series, the earlier half of its rows or all of them.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from forecaster.forecasting.forecaster import train_forecaster
from forecaster.forecasting.plan import make_plan
from forecaster.series.panel import panel_from_series
from forecaster.spec import Specification

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from forecaster.series.panel import Panel

    Series = dict[str, NDArray[np.float64]]

BLOCKS = {"within h": (0, 1), "to 3 h": (1, 3), "to 10 h": (3, 10)}
"""Blocks of steps, in horizons."""
LEAST_TRAINED = 5
"""Horizons that a series is trained on at least."""
SIMULATED, DAYS = 6, 4 * 365
"""Simulated series in each half, and the rows that each is trained on."""


class Kind(NamedTuple):
    """A kind of series.

    Attributes:
        step: The step of its rows.
        horizon: The usual horizon of such steps.
        origins, apart: Origins of each series, and the rows from one to the next.
        alone: Whether each series has a model of its own.
        furthest: Horizons that are forecast.

    """

    step: str
    horizon: int
    origins: int
    apart: int
    alone: bool = True
    furthest: int = 10

    @property
    def held_back(self) -> int:
        """Rows that the model does not see: up to the furthest step from the last origin."""
        return self.furthest * self.horizon + (self.origins - 1) * self.apart


KINDS = {
    "births": Kind("D", 7, 24, 13),
    "temperatures": Kind("D", 7, 24, 13),
    "yearly_wave": Kind("D", 7, 8, 45),
    "m4_weekly": Kind("W", 13, 4, 10, alone=False),
    "m1_monthly": Kind("MS", 12, 2, 5, alone=False, furthest=3),
    "sunspots": Kind("MS", 12, 24, 11),
}
"""The series of M1 are too short to be forecast further than three horizons."""
WEEKLY_SERIES = 60
"""Series of `m4_weekly` at most, evenly spread: more would take longer."""


def single_series(path: Path, half: str) -> Series:
    """Return the series of a file, up to its middle to choose, all of it to report."""
    y = pd.read_csv(path).iloc[:, 1].to_numpy(float)
    return {path.stem: y[: len(y) // 2] if half == "choose" else y}


def series_of_set(folder: Path, half: str, least: int, most: int | None) -> Series:
    """Return every other series of a training file that has enough rows."""
    frame = pd.read_csv(next(folder.glob("train.csv*")))
    found = {str(key): y.to_numpy(float) for key, y in frame.groupby("unique_id", sort=False).y}
    names = [key for key, y in found.items() if len(y) >= least][half == "report" :: 2]
    if most is not None:
        names = [names[i] for i in np.unique(np.linspace(0, len(names) - 1, most).astype(int))]
    return {key: found[key] for key in names}


def yearly_waves(half: str, rows: int) -> Series:
    """Return daily series with a season of a week, a yearly wave and dependent errors."""
    found = {}
    for number in range(SIMULATED):
        rng = np.random.default_rng([half == "report", number])
        t, noise = np.arange(rows), rng.normal(0, 1, rows)
        for i in range(1, rows):
            noise[i] += 0.5 * noise[i - 1]
        wave = rng.uniform(10, 40) * np.sin(2 * np.pi * t / 365.25 + rng.uniform(0, 6))
        found[f"wave{number}"] = 200 + wave + rng.normal(0, 8, 7)[t % 7] + rng.uniform(3, 9) * noise
    return found


def read_series(name: str, folder: Path, half: str) -> Series:
    """Return the series of a kind by name."""
    kind = KINDS[name]
    if name == "yearly_wave":
        return yearly_waves(half, DAYS + kind.held_back)
    if not kind.alone:
        least = LEAST_TRAINED * kind.horizon + kind.held_back
        return series_of_set(folder / name, half, least, WEEKLY_SERIES if name == "m4_weekly" else None)
    files = {
        "births": "daily/us_births_2000_2014.csv",
        "temperatures": "classics/daily-min-temperatures.csv",
        "sunspots": "classics/monthly-sunspots.csv",
    }
    return single_series(folder / files[name], half)


def panel_of(series: Series, step: str) -> Panel:
    """Return a panel of series that begin on one day."""
    return panel_from_series(
        (key, pd.date_range("1995-01-01", periods=len(y), freq=step).to_numpy("datetime64[us]"), y)
        for key, y in series.items()
    )


def measure(kind: Kind, panel: Panel) -> tuple[dict[str, list[float]], str]:
    """Train a model on a panel without its last rows; return figures by block, and how it was trained."""
    began = process_time()
    fitted, _ = train_forecaster(make_plan(panel.head(kind.held_back), Specification()))
    seconds = process_time() - began
    horizon = fitted.recipe.horizon
    steps = kind.furthest * horizon
    inside: dict[int, list[NDArray[np.bool_]]] = {80: [], 95: []}
    widths = []
    for number in range(kind.origins):
        known = panel.lengths - kind.held_back + number * kind.apart
        forecast = fitted.predict(panel.cut(np.zeros_like(known), known), steps)
        actual = panel.values[(panel.indptr[:-1] + known)[:, None] + np.arange(steps)]  # noqa: PD011 - not a frame
        for level, found in inside.items():
            found.append((forecast.low[level] <= actual) & (actual <= forecast.high[level]))
        width = forecast.high[80] - forecast.low[80]
        widths.append(width / np.maximum(width[:, horizon - 1 : horizon], np.finfo(float).tiny))
    ratio, figures = np.concatenate(widths), {}
    for name, (begin, end) in BLOCKS.items():
        if end <= kind.furthest:
            block = slice(begin * horizon, end * horizon)
            shares = [100 * float(np.concatenate(found)[:, block].mean()) for found in inside.values()]
            figures[name] = [*shares, float(ratio[:, block].mean()), float(ratio[:, block].max())]
    method = next((each.value for each in fitted.recipe.decisions if each.name == "method"), "zero-shot")
    return figures, f"h = {horizon}, {method}, {seconds:.0f} s of CPU in this process"


def models_of(name: str, folder: Path, half: str) -> Iterator[Panel]:
    """Yield the panel of each model of a kind."""
    series, kind = read_series(name, folder, half), KINDS[name]
    parts = [{key: y} for key, y in series.items()] if kind.alone else [series]
    yield from (panel_of(part, kind.step) for part in parts)


def main() -> None:
    """Run the benchmark and print a line for each block of each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"some of {', '.join(KINDS)}")
    parser.add_argument("--data", type=Path, required=True, help="the folder of accuracy.py")
    parser.add_argument("--half", choices=("choose", "report"), default="report")
    asked = parser.parse_args()
    print(f"{'kind':14}{'steps':>10}{'inside 80':>11}{'inside 95':>11}{'width':>8}{'widest':>8}")
    for name in asked.kinds or KINDS:
        found = [measure(KINDS[name], panel) for panel in models_of(name, asked.data, asked.half)]
        for block in found[0][0]:
            figures = np.array([of_blocks[block] for of_blocks, _ in found])
            inside_80, inside_95, width = figures[:, :3].mean(axis=0)
            print(f"{name:14}{block:>10}{inside_80:11.1f}{inside_95:11.1f}{width:8.2f}{figures[:, 3].max():8.2f}")
        print(f"{'':14}{len(found)} models; {found[0][1]}", flush=True)


if __name__ == "__main__":
    main()
