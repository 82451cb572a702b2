"""How well are several seasons, holidays and weather learned together? Half-hourly electricity demand of Victoria.

The demand is forecast 48 and 336 steps ahead from every other day of the last 90 days, by one model that was trained on
the rows before them: from the demand alone, and with the temperature and the holidays, whose values are known for the
steps ahead too. The mean absolute errors and the coverage of the 80 % interval stand beside those of the values one
week earlier and, if statsforecast is installed, of MSTL with a season of a day and one of a week, which is fitted to
the latest 26 weeks before each origin.

    python benchmarks/half_hours.py --data FOLDER    # the folder of accuracy.py
"""

from __future__ import annotations

import argparse
import warnings
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from cells import table

from forecaster.forecasting.forecaster import train_forecaster
from forecaster.forecasting.plan import make_plan
from forecaster.reading.reader import read_sources
from forecaster.spec import Selection, Specification

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.series.panel import Panel

    Values = NDArray[np.float64]

DAY, WEEK, DAYS = 48, 336, 90
HORIZONS = DAY, WEEK
KNOWN = "Temperature", "Holiday"
PEER_WEEKS = 26


def read_demand(data: Path, known: tuple[str, ...]) -> Panel:
    """Return the demand with some of its columns."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "vic_elec.csv"
        pd.read_csv(data / "halfhourly" / "vic_elec.csv.gz").to_csv(file, index=False)
        return read_sources([str(file)], Selection(targets=("Demand",), known=known)).panel


def origins(rows: int, horizon: int, apart: int) -> range:
    """Return the numbers of the first rows that are forecast."""
    return range(rows - DAYS * DAY, rows - horizon + 1, apart * DAY)


def forecast_demand(panel: Panel, horizon: int, apart: int) -> dict[str, object]:
    """Return the error and the coverage of one model, trained before the last 90 days."""
    fitted, _ = train_forecaster(make_plan(panel.head(DAYS * DAY), Specification(horizon=horizon)))
    errors, inside = [], []
    for first in origins(len(panel.ds), horizon, apart):
        forecast = fitted.predict(panel.cut(np.array([0]), np.array([first])), horizon)
        actual = panel.values[first : first + horizon]  # noqa: PD011 - an array of the panel
        errors.append(np.abs(forecast.point[0] - actual))
        inside.append((forecast.low[80][0] <= actual) & (actual <= forecast.high[80][0]))
    return {"MAE": float(np.mean(errors)), "inside 80 %": 100 * float(np.mean(inside))}


def forecast_peer(y: Values, horizon: int, apart: int) -> float:
    """Return the error of MSTL, fitted to the latest weeks before each origin."""
    from statsforecast.models import MSTL

    errors = []
    for first in origins(len(y), horizon, apart):
        with warnings.catch_warnings(action="ignore"):
            found = MSTL(season_length=[DAY, WEEK]).forecast(y[first - PEER_WEEKS * WEEK : first], h=horizon)
        errors.append(np.abs(found["mean"] - y[first : first + horizon]))
    return float(np.mean(errors))


def main() -> None:
    """Forecast the demand in all ways and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of accuracy.py")
    parser.add_argument("--apart", type=int, default=2, help="days from one origin to the next")
    asked = parser.parse_args()
    lines: list[dict[str, object]] = []
    for horizon in HORIZONS:
        for name, known in (("demand alone", ()), ("with known columns", KNOWN)):
            panel = read_demand(asked.data, known)
            lines.append({"steps": horizon, "method": name, **forecast_demand(panel, horizon, asked.apart)})
            print(lines[-1], flush=True)
        y = panel.values  # noqa: PD011 - an array of the panel
        week_before = [
            np.abs(y[first - WEEK : first - WEEK + horizon] - y[first : first + horizon])
            for first in origins(len(y), horizon, asked.apart)
        ]
        lines.append({"steps": horizon, "method": "a week earlier", "MAE": float(np.mean(week_before))})
        if find_spec("statsforecast"):
            lines.append({"steps": horizon, "method": "MSTL", "MAE": forecast_peer(y, horizon, asked.apart)})
    columns = ("steps", "method", "MAE", "inside 80 %")
    print(table({"rows": [{column: line.get(column) for column in columns} for line in lines]}))


if __name__ == "__main__":
    main()
