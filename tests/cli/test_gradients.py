"""`forecast inspect --gradients`: what a person reads, what a program reads, and what it may be asked with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecaster.cli.gradients import BAR, BLOCK, gradient_lines
from forecaster.spec import Selection

Forecast = Any


def test_the_text_for_people(forecast: Forecast) -> None:
    result = forecast("inspect", "--gradients")
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        "Norm of dL/dh by lag in rows, relative to lag 0, the geometric mean of 3 networks over 64 windows. "
        "A bar of half the length is a ten-thousandth.\n"
        "\n"
        "lag  layer 1  layer 1 reverse\n"
        f"  0  1.0e+00          1.0e+00  {BLOCK * 32}\n"
        f"  5  1.0e-02          1.0e-01  {BLOCK * 28}\n"
        f" 10  1.0e-04          0.0e+00  {BLOCK * 16}\n"
        "\n"
        "layer            norm_at_lag_0  spectral_radius  saturated_state\n"
        "layer 1                 0.2500            0.900           0.5000\n"
        "layer 1 reverse         0.1250            1.100           0.0000\n"
        "\n"
        "clipped updates  12.5%\n"
        "\n"
        "The gradient is told in a sentence.\n"
    )


def test_what_is_not_known_is_said_or_left_out(fake: Any) -> None:
    facts = {"networks": 1, "windows": 7, "targets_known": False, "head_was_zero": True}
    lines = gradient_lines(replace(fake.diagnosis, facts=facts, clipped=None), None)
    assert lines[0] == (
        "Norm of dL/dh by lag in rows, relative to lag 0, the geometric mean of 1 network over 7 windows, "
        "whose targets are not "
        "known yet: L is taken to fall as they rise. A bar of half the length is a ten-thousandth."
    )
    assert lines[1] == "Training left the head at zero, so a head of ones is used instead."
    assert not any("clipped" in line for line in lines)


@pytest.mark.parametrize(
    ("norms", "lengths"),
    [
        ([1.0, 1e-4, 1e-8, 1e-30, 0.0], [32, 16, 0, 0, 0]),
        ([1.0, 1e4, 1e8], [0, 16, 32]),  # the largest fills the chart, wherever it stands
        ([0.0, 0.0], [0, 0]),
        ([1.0, np.inf], [32, 32]),
    ],
)
def test_a_bar_is_as_long_as_the_decades_above_the_bottom(fake: Any, norms: list[float], lengths: list[int]) -> None:
    by_lag = pd.DataFrame({"lag": range(len(norms)), "layer 1": norms})
    lines = gradient_lines(replace(fake.diagnosis, by_lag=by_lag), None)
    chart = lines[3 : 3 + len(norms)]
    assert [line.count(BLOCK) for line in chart] == lengths
    assert max(lengths) in {0, BAR}


def test_one_json_document(forecast: Forecast, fake: Any) -> None:
    fake.diagnosis.by_lag.loc[2, "layer 1"] = np.inf
    result = forecast("inspect", "--gradients", "--json")
    assert json.loads(result.out) == {
        "facts": {"networks": 3, "windows": 64, "targets_known": True, "head_was_zero": False},
        "by_lag": [
            {"lag": 0, "layer 1": 1.0, "layer 1 reverse": 1.0},
            {"lag": 5, "layer 1": 0.01, "layer 1 reverse": 0.1},
            {"lag": 10, "layer 1": None, "layer 1 reverse": 0.0},
        ],
        "layers": [
            {"layer": "layer 1", "norm_at_lag_0": 0.25, "spectral_radius": 0.9, "saturated_state": 0.5},
            {"layer": "layer 1 reverse", "norm_at_lag_0": 0.125, "spectral_radius": 1.1, "saturated_state": 0.0},
        ],
        "clipped": 0.125,
        "advice": ["The gradient is told in a sentence."],
    }


def test_model_sources_and_columns_reach_the_workflow(forecast: Forecast, fake: Any) -> None:
    options = "inspect m.joblib a.csv b.csv --gradients -y Close -t Date -s symbol"
    assert forecast(*options.split()).code == 0
    name, arguments, named = fake.calls[-1]
    assert (name, arguments) == ("gradients", (Path("m.joblib"), ["a.csv", "b.csv"]))
    assert named == {"selection": Selection("Date", ("Close",), "symbol")}
    forecast("inspect", "--gradients")
    assert fake.calls[-1][1] == (Path("forecast.joblib"), ())


@pytest.mark.parametrize("more", [["a.csv"], ["--target", "y"], ["--time", "ds"], ["--series", "id"]])
def test_without_gradients_other_files_say_nothing(forecast: Forecast, fake: Any, more: list[str]) -> None:
    result = forecast("inspect", "m.joblib", *more)
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "error: a SOURCE and its columns are only for --gradients; add --gradients, or leave them out\n"
    )
    assert not fake.calls


@pytest.mark.parametrize("json_asked", [[], ["--json"]])
def test_3_series_that_the_model_does_not_know(forecast: Forecast, fake: Any, json_asked: list[str]) -> None:
    fake.failed = {"z": "the model was not trained on this series"}
    result = forecast("inspect", "m.joblib", "a.csv", "--gradients", *json_asked)
    assert result.code == 3
    assert result.err == "\nfailed: z: the model was not trained on this series\n"
    assert "The gradient is told in a sentence." in result.out
