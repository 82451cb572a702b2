"""Write the golden model of the present schema and its forecast: `python tests/operations/make_golden.py`.

Run it once for a new schema and keep the files; those of older schemas stay as they are.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from forecaster import workflow
from forecaster.operations.schema import SCHEMA
from forecaster.spec import Selection, Specification

GOLDEN = Path(__file__).parent / "golden"


def main() -> None:
    """Train on a short seasonal series and keep model and forecast."""
    rng = np.random.default_rng(0)
    y = 20 + 5 * np.sin(2 * np.pi * np.arange(60) / 6) + rng.normal(0, 0.3, 60)
    model = GOLDEN / f"schema_{SCHEMA}.joblib"
    with TemporaryDirectory() as folder:
        source = Path(folder) / "golden.csv"
        days = np.datetime64("2024-01-01") + np.arange(60)
        source.write_text("ds,y\n" + "".join(f"{day},{value:.3f}\n" for day, value in zip(days, y, strict=True)))
        asked = Specification(horizon=3, lookback=12, hidden=3, members=2, epochs=3, cell="lstm")
        result = workflow.train([str(source)], selection=Selection(), specification=asked, output=model)
    model.with_name(f".{model.name}.lock").unlink()
    frame = workflow.predict(model, selection=Selection(), horizon=5).frame.astype({"ds": str})
    expected = {"sha256": result.digest, "forecast": frame.to_dict("list")}
    model.with_suffix(".json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
