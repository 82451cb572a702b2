"""Models of every schema so far still load, have the same digest and give the same forecast."""

from __future__ import annotations

import json
from pathlib import Path

import joblib
import numpy as np
import pytest

from forecaster.artifact.schema import SCHEMA
from forecaster.spec import Selection
from forecaster.workflow.inspect import inspect
from forecaster.workflow.predict import predict
from forecaster.workflow.request import Request

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.joblib"))


def test_there_is_a_model_of_every_schema() -> None:
    schemas = [f"schema_{number}" for number in range(1, SCHEMA + 1)]
    stems = [path.stem for path in GOLDEN]
    assert [
        stem
        for stem in stems
        if not stem.endswith(("_columns", "_covariates", "_drawn", "_effects", "_fine_tuned", "_prices", "_zero_shot"))
    ] == schemas
    kinds = "covariates", "drawn", "effects", "fine_tuned", "prices", "zero_shot"
    assert stems[-len(kinds) :] == [f"schema_{SCHEMA}_{kind}" for kind in kinds]


@pytest.mark.sampled(
    "schema_[1-8]", "schema_3_prices", "schema_4_columns", "schema_6_covariates", "schema_7_zero_shot", "schema_9*"
)
@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_model_forecasts_what_it_forecast_when_it_was_written(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text())
    assert inspect(path)["sha256"] == expected["sha256"]
    frame = predict(path, selection=Selection(), request=Request(horizon=5)).frame.astype({"ds": str})
    for name, values in expected["forecast"].items():
        if isinstance(values[0], float):
            np.testing.assert_allclose(frame[name], values, rtol=1e-6)
        else:
            assert frame[name].tolist() == values


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_plain_joblib_opens_a_model_and_finds_builtins(path: Path) -> None:
    content = joblib.load(path)
    assert set(content) == {"format", "schema", "meta", "arrays", "sha256"}
    assert type(content["meta"]) is dict
    assert type(content["arrays"]) is bytes
