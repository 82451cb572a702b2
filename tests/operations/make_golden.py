"""Write the golden models of the present schema and their forecasts: `python tests/operations/make_golden.py`.

Run it once for a new schema and keep the files; those of older schemas stay as they are.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from forecaster import workflow
from forecaster.operations.schema import SCHEMA
from forecaster.spec import Selection, Specification

if TYPE_CHECKING:
    from forecaster.data.scaling import Floats

GOLDEN = Path(__file__).parent / "golden"


def main() -> None:
    """Train on a seasonal series and on prices, and keep models and forecasts."""
    rng = np.random.default_rng(0)
    season = 20 + 5 * np.sin(2 * np.pi * np.arange(520) / 7) + rng.normal(0, 2, 520)
    asked = Specification(horizon=3, lookback=14, hidden=3, members=2, cell="lstm")
    _keep(season, asked, GOLDEN / f"schema_{SCHEMA}.joblib")
    prices = 100 * np.exp(rng.normal(0, 0.01, 150).cumsum())
    _keep(prices, Specification(horizon=3), GOLDEN / f"schema_{SCHEMA}_prices.joblib")


def _keep(y: Floats, asked: Specification, model: Path) -> None:
    with TemporaryDirectory() as folder:
        source = Path(folder) / "golden.csv"
        days = np.datetime64("2024-01-01") + np.arange(len(y))
        source.write_text("ds,y\n" + "".join(f"{day},{value:.3f}\n" for day, value in zip(days, y, strict=True)))
        result = workflow.train([str(source)], selection=Selection(), specification=asked, output=model)
    model.with_name(f".{model.name}.lock").unlink()
    frame = workflow.predict(model, selection=Selection(), horizon=5).frame.astype({"ds": str})
    expected = {"sha256": result.digest, "forecast": frame.to_dict("list")}
    model.with_suffix(".json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
