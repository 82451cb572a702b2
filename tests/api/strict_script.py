"""What a strict user writes; `.ci/run` checks its types, and `tests/api/test_documents.py` runs it."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

from forecaster import Forecaster, errors, read_series, windows


def main(folder: str) -> int:
    """Forecast a simulated series, and return how many rows the forecast has."""
    months = pd.date_range("2020-01-01", periods=40, freq="MS")
    sales = pd.DataFrame({"ds": months, "y": 50 + 5 * np.cos(np.arange(40) * np.pi / 6)})
    sales.to_csv(f"{folder}/sales.csv", index=False)
    model: Forecaster = Forecaster(horizon=4, effort="quick").fit(sales)
    forecast: pd.DataFrame = model.predict(level=80)
    frame: pd.DataFrame = read_series(f"{folder}/sales.csv", time="ds")
    x = windows(frame, lookback=12, horizon=4).x
    try:
        model.set_params(horizon=0).fit(frame)
    except errors.UsageError as error:
        said: str = error.what
        return len(forecast) * len(said[:1]) + 0 * len(x)
    return 0


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1]) == 4 else 1)
