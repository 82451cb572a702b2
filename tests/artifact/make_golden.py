"""Write the golden models of the present schema and their forecasts: `python tests/artifact/make_golden.py`.

Run it once for a new schema and keep the files; those of older schemas stay as they are.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from forecaster.artifact.schema import SCHEMA
from forecaster.spec import Selection, Specification
from forecaster.workflow.predict import predict
from forecaster.workflow.request import Request
from forecaster.workflow.train import train

if TYPE_CHECKING:
    from forecaster.arrays import Floats

GOLDEN = Path(__file__).parent / "golden"


def main() -> None:
    """Keep models and forecasts of a season, covariates, prices, few rows, a panel, drawn series and effects."""
    rng = np.random.default_rng(0)
    season = 20 + 5 * np.sin(2 * np.pi * np.arange(520) / 7) + rng.normal(0, 2, 520)
    specification = Specification(horizon=3, lookback=14, hidden=3, members=2, cell="lstm")
    _train_and_keep({"y": season}, Selection(), specification, GOLDEN / f"schema_{SCHEMA}.joblib")
    promo, volume = (rng.random(205) < 0.3).astype(float), rng.gamma(5, 20, 205)
    columns = {"y": 50 + 20 * promo + rng.normal(0, 1, 205), "promo": promo, "volume": volume}
    selection = Selection(targets=("y",), observed=("volume",), known=("promo",))
    _train_and_keep(
        columns, selection, replace(specification, lookback=4), GOLDEN / f"schema_{SCHEMA}_covariates.joblib", ahead=5
    )
    prices = 100 * np.exp(rng.normal(0, 0.01, 150).cumsum())
    _train_and_keep({"y": prices}, Selection(), Specification(horizon=3), GOLDEN / f"schema_{SCHEMA}_prices.joblib")
    few = season[:40]
    _train_and_keep({"y": few}, Selection(), Specification(horizon=3), GOLDEN / f"schema_{SCHEMA}_zero_shot.joblib")
    rates = rng.uniform(0.5, 2, 20)
    yearly = {f"y{i}": 50 + rate * np.arange(18) + rng.normal(0, 1, 18) for i, rate in enumerate(rates)}
    targets, model = Selection(targets=tuple(yearly)), GOLDEN / f"schema_{SCHEMA}_fine_tuned.joblib"
    _train_and_keep(yearly, targets, Specification(horizon=3, season=1), model)
    demand = np.where(rng.random(60) < 0.2, 1.0 + rng.poisson(2, 60), 0)
    drawn = {"demand": demand, "price": 10 + 0.5 * np.repeat(np.arange(4), 15)}
    targets, model = Selection(targets=tuple(drawn)), GOLDEN / f"schema_{SCHEMA}_drawn.joblib"
    _train_and_keep(drawn, targets, Specification(horizon=3, minimum=0.0, maximum=20.0), model)
    days = np.arange(900)
    year = 200 + 60 * np.cos(2 * np.pi * days / 365.25) + 10 * (days % 7 == 5) + rng.normal(0, 3, 900)
    _train_and_keep({"y": year}, Selection(), Specification(horizon=3), GOLDEN / f"schema_{SCHEMA}_effects.joblib")


def _train_and_keep(
    columns: dict[str, Floats], selection: Selection, specification: Specification, model: Path, ahead: int = 0
) -> None:
    """Train on columns; those that are not known covariates end `ahead` rows before the others."""
    with TemporaryDirectory() as folder:
        source = Path(folder) / "golden.csv"
        rows = len(next(iter(columns.values())))
        lines = [",".join(["ds", *columns])]
        for i in range(rows):
            ended = i >= rows - ahead
            cells = ["" if ended and name not in selection.known else f"{y[i]:.3f}" for name, y in columns.items()]
            lines.append(",".join([str(np.datetime64("2024-01-01") + i), *cells]))
        source.write_text("\n".join(lines) + "\n")
        result = train([str(source)], selection=selection, specification=specification, output=model)
    frame = predict(model, selection=Selection(), request=Request(horizon=5)).frame.astype({"ds": str})
    expected = {"sha256": result.digest, "forecast": frame.to_dict("list")}
    model.with_suffix(".json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
