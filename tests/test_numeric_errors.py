"""Numeric errors raise in all work, in other processes too, and end in one sentence."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.numeric_errors import check_finite, refuse_numeric_errors
from forecaster.spec import Selection, Specification
from forecaster.workers.ordered_results import results_in_order
from forecaster.workflow.predict import predict, predict_table
from forecaster.workflow.request import Request
from forecaster.workflow.train import train

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ACCIDENTS = {
    "overflow": lambda: np.exp(np.array([1000.0])),
    "invalid value": lambda: np.log(np.array([-1.0])),
    "divide by zero": lambda: np.array([1.0]) / np.array([0.0]),
}


def accident(name: str) -> object:
    """Make a numeric error."""
    return ACCIDENTS[name]()


def usual_numpy() -> np.errstate:
    """Return the context in which NumPy warns, as it does outside of tests."""
    return np.errstate(over="warn", invalid="warn", divide="warn")


@pytest.mark.parametrize("name", ACCIDENTS)
def test_65_a_numeric_error_of_a_verb_is_one_sentence(name: str) -> None:
    with usual_numpy(), pytest.raises(InputRefusedError) as caught:
        refuse_numeric_errors(accident)(name)
    assert str(caught.value).startswith(f"a calculation gave a number that is not finite: {name} encountered in ")
    assert str(caught.value).endswith("; look for extreme values, or use another unit")
    assert caught.value.exit_code == 65


def test_what_is_too_small_is_zero() -> None:
    with usual_numpy():
        assert refuse_numeric_errors(lambda: np.exp(np.array([-1000.0])))() == 0


@pytest.mark.parametrize("jobs", [1, 2])
def test_numeric_errors_raise_in_workers(jobs: int, by_value: Callable[..., Any]) -> None:
    with usual_numpy(), pytest.raises(FloatingPointError, match="overflow"):
        list(results_in_order(by_value(accident), [("overflow",), ("overflow",)], "work", [1, 1], jobs))


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_results_are_finite(number: float) -> None:
    check_finite("a result", np.zeros(3), np.ones((2, 2)))
    with pytest.raises(FloatingPointError, match="a result has infinite or missing numbers"):
        check_finite("a result", np.zeros(3), np.array([1.0, number]))


def degenerate_series(rows: int) -> dict[str, np.ndarray]:
    """Return series that are hard for statistics, (rows,) each."""
    t, noise = np.arange(rows), np.random.default_rng(0).normal(size=rows)
    spike, outlier, holes = np.full(rows, 5.0), 10 + noise, 10 + np.cumsum(noise)
    spike[rows // 2], outlier[-1], holes[[2, rows // 2]] = 1e6, -1e14, np.nan
    return {
        "constant": np.full(rows, 7.0),
        "nearly constant": 100 + 1e-13 * t,
        "rounding": np.full(rows, 0.1) + (t % 2) * 2.8e-17,
        "one spike": spike,
        "alternating signs": np.where(t % 2, 1e14, -1e14),
        "tiny": 1e-9 * (10 + noise),
        "huge": 1e12 * (1 + 0.01 * noise),
        "small changes": 1e15 - 1e3 + noise.round(),
        "negative": -50 - np.abs(noise),
        "zeros": np.zeros(rows),
        "holes": holes,
        "outlier": outlier,
        "every size": 10.0 ** np.random.default_rng(1).integers(-14, 14, rows),
        "denormal": 5e-324 * (t % 3),
    }


@pytest.mark.sampled(
    "constant-8",
    slow=("*-14",),
)
@pytest.mark.parametrize("rows", [3, 8, 14, 60, 130])
@pytest.mark.parametrize("name", degenerate_series(4))
def test_a_degenerate_series_has_a_finite_forecast_or_one_sentence(tmp_path: Path, name: str, rows: int) -> None:
    file, model, selection = tmp_path / "x.csv", tmp_path / "x.joblib", Selection()
    cells = ["" if np.isnan(value) else repr(float(value)) for value in degenerate_series(rows)[name]]
    days = np.datetime64("2021-01-01") + np.arange(rows)
    file.write_text("ds,y\n" + "".join(f"{day},{cell}\n" for day, cell in zip(days, cells, strict=True)))
    with usual_numpy(), warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            train([str(file)], selection=selection, specification=Specification(), output=model)
            requests = (Request(horizon=70, explain=True), Request(samples=9))
            found = [predict(model, selection=selection, request=request) for request in requests]
            found += [predict_table([str(file)], selection=selection, request=requests[0])]
        except InputRefusedError as error:
            assert "\n" not in str(error)  # noqa: PT017 - a forecast or a sentence is right
            return
    for each in found:
        assert np.isfinite(each.frame.select_dtypes("number").to_numpy(np.float64)).all()
