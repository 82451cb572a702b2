"""Keywords: numbers of NumPy, one value or several, flags, and what is refused by its declared type."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import forecaster
from forecaster import Forecaster
from forecaster.api.keywords import (
    FIELDS,
    checked_count,
    levels_of_keyword,
    record_of_keywords,
    request_of_keywords,
    several,
)
from forecaster.errors import UsageError
from forecaster.evaluation.statsforecast_models import METHODS, named_methods
from forecaster.spec import Selection, Specification

FRAME = pd.DataFrame({"a": [1.0], "b": [2.0]})
DEFAULTS = {name: field.default for name, field in FIELDS.items()}


def selection(**keywords: Any) -> Selection:
    return record_of_keywords(Selection, DEFAULTS | keywords)


def specification(**keywords: Any) -> Specification:
    return record_of_keywords(Specification, DEFAULTS | keywords)


def test_defaults_are_those_of_the_records() -> None:
    assert selection() == Selection()
    assert specification() == Specification()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"horizon": np.int64(5)}, 5),
        ({"season": 12.0}, 12),
        ({"seed": np.uint8(3)}, 3),
        ({"minimum": np.float32(2)}, 2.0),
        ({"maximum": float("inf")}, float("inf")),
        ({"irregular": np.True_}, True),
        ({"zero_shot": None}, None),
    ],
)
def test_numbers_and_flags_of_numpy_become_those_of_python(given: dict[str, Any], expected: float | None) -> None:
    name, value = next(iter(given.items()))
    keyword = {"minimum": "min", "maximum": "max"}.get(name, name)
    made = specification(**{keyword: value})
    assert made == replace(Specification(), **{name: expected})
    assert type(getattr(made, name)) is type(expected)


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"horizon": 1.5}, "horizon=1.5 is no whole number; give a whole number from 1 to 10000"),
        ({"horizon": True}, "horizon=True is no number"),
        ({"seed": 1.5}, "seed=1.5 is no whole number"),
        ({"seed": None}, "seed=None is no number"),
        ({"season": float("nan")}, "season=nan is no number"),
        ({"min": "0"}, "min='0' is no number; give a number"),
        ({"header": "no"}, "header='no' is no number; give a whole number at least 0"),
        ({"drop_last": "no"}, "drop_last='no' is not possible; use drop_last=True or drop_last=False"),
        ({"zero_shot": "yes"}, "zero_shot='yes' is not possible; use zero_shot=True or zero_shot=False"),
        ({"cell": None}, "cell=None is not possible; use one of rnn, gru, lstm"),
        ({"encoding": 5}, "encoding=5 is not possible; give a text"),
        ({"known": FRAME}, "known= takes names of columns, not a DataFrame; name columns of the data"),
        ({"target": [["a"]]}, "target= takes names of columns, not a list of list"),
    ],
)
def test_a_value_of_another_type_is_refused(keywords: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        (selection(**keywords), specification(**keywords))
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [
        ({"series": ["store", "item"]}, Selection(series="store+item")),
        ({"series": "store"}, Selection(series="store")),
        ({"time": 0}, Selection(time="0")),
        ({"time": ("day", "hour")}, Selection(time="day+hour")),
        ({"target": 1}, Selection(targets=("1",))),
        ({"target": FRAME.columns[1:]}, Selection(targets=("b",))),
        ({"known": [2, "x"]}, Selection(known=("2", "x"))),
        ({"observed": None}, Selection()),
    ],
)
def test_a_keyword_takes_one_column_or_several(keywords: dict[str, Any], expected: Selection) -> None:
    assert selection(**keywords) == expected


def test_one_value_is_several() -> None:
    assert several("theta") == ("theta",)
    assert several(np.array(80)) == (80,)
    assert several(None) == several([]) == ()


def test_times_may_be_of_pandas_and_numpy() -> None:
    day = pd.Timestamp("2025-01-01")
    given: list[Any] = ["2025-01-01", [day], pd.DatetimeIndex([day]), np.array(["2025-01-01"], "datetime64[ns]"), 120]
    made = [np.datetime64(text) for each in given[:-1] for text in request_of_keywords(at=each).at]
    assert made == 4 * [np.datetime64(day)]
    assert request_of_keywords(at=given[-1]).at == ("120",)


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"horizon": 1.5}, "horizon=1.5 is no whole number"),
        ({"samples": 1.5}, "samples=1.5 is no whole number"),
        ({"seed": -1}, "seed=-1 is out of range"),
        ({"explain": "no"}, "explain='no' is not possible"),
        ({"members": 1}, "members=1 is not possible"),
        ({"level": "80"}, "level='80' is no number"),
    ],
)
def test_a_request_of_another_type_is_refused(keywords: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        request_of_keywords(**keywords)
    assert str(refused.value).startswith(said)


def test_levels_are_in_percent() -> None:
    assert levels_of_keyword(np.array([90, 80])) == (80, 90)
    assert levels_of_keyword(None) == ()
    with pytest.raises(UsageError, match=r"level=0\.8 is below 1; levels are in percent: write 80$"):
        levels_of_keyword([95, 0.8])
    with pytest.raises(UsageError, match=r"level=0\.001 is out of range; give a number from 1"):
        levels_of_keyword(0.001)


def test_counts_are_whole() -> None:
    assert checked_count("folds", 2.0) == 2
    for jobs in (0, 2.5):
        with pytest.raises(UsageError, match=f"jobs={jobs} is"):
            Forecaster(jobs=jobs).fit(FRAME)  # type: ignore[arg-type]  # that is what is refused


def test_baselines_have_the_names_of_the_package_too() -> None:
    assert named_methods([*METHODS.values(), "auto_arima", "ets"]) == (*METHODS, "auto-arima", "ets")


def test_windows_are_of_any_frame() -> None:
    values = list(range(8))
    frame = pd.DataFrame({"y": values})
    expected = forecaster.windows(frame, lookback=3, horizon=2)
    for other in (pl.from_pandas(frame), pa.table({"y": values})):
        assert np.array_equal(forecaster.windows(other, lookback=3, horizon=2).x, expected.x)
    with pytest.raises(UsageError, match="list is no table; give a frame of pandas"):
        forecaster.windows(values, 3, 2)
    with pytest.raises(UsageError, match="LazyFrame is no table; call collect"):
        forecaster.windows(pl.from_pandas(frame).lazy(), 3, 2)
    for lookback, said in (("5", "is no number"), (0, "is out of range")):
        with pytest.raises(UsageError, match=f"lookback={lookback!r} {said}; give a whole number at least 1"):
            forecaster.windows(frame, lookback, 2)  # type: ignore[arg-type]  # that is what is refused
