"""What a user gives becomes sources, and results have its kind, its names and its types; nothing is trained here."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from forecaster.api.given import FrameForm, as_given, given_data
from forecaster.errors import Code, InputRefusedError, UsageError
from forecaster.reading.tables.table import Table
from forecaster.spec import Selection

DAYS = pd.date_range("2024-01-01", periods=4)
LONG = pd.DataFrame({"unique_id": ["a", "a", "b", "b"], "ds": [*DAYS[:2], *DAYS[:2]], "y": [1.0, 2.0, 3.0, 4.0]})
RESULT = pd.DataFrame({"unique_id": ["1", "2"], "ds": DAYS[2:], "forecast": [5.0, 6.0], "strategy": ["direct"] * 2})
NAMES = {"unique_id": "unique_id", "ds": "ds"}


def table_of(data: Any) -> Table:
    (table,) = given_data(data, Selection()).sources
    assert isinstance(table, Table)
    return table


@pytest.mark.parametrize(
    ("ids", "names", "kind"),
    [
        ([1, 1, 2, 2], ["1", "2"], "int"),
        ([1.0, 1.0, 2.0, 2.0], ["1.0", "2.0"], "float|double"),
        (pd.Categorical(["1", "1", "2", "2"]), ["1", "2"], "category|categorical|dictionary"),
        (["1", "1", "2", "2"], ["1", "2"], "str|object"),
    ],
    ids=["whole", "float", "category", "text"],
)
@pytest.mark.parametrize("convert", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas])
def test_names_of_series_have_the_type_that_they_had(ids: Any, names: list[str], kind: str, convert: Any) -> None:
    form = given_data(convert(LONG.assign(unique_id=ids)), Selection()).form
    found = as_given(RESULT.assign(unique_id=names), form, NAMES)["unique_id"]
    assert re.search(kind, str(found.type if convert == pa.Table.from_pandas else found.dtype).lower())


def test_a_name_that_is_no_number_stays_text() -> None:
    form = given_data(LONG.assign(unique_id=[1, 1, 2, 2]), Selection()).form
    assert as_given(RESULT.assign(unique_id=["1", "x"]), form, NAMES)["unique_id"].tolist() == ["1", "x"]


@pytest.mark.parametrize("kind", [pl.Date, pl.Datetime("ns"), pl.Datetime("us")])
def test_times_of_polars_have_the_type_that_they_had(kind: Any) -> None:
    given = pl.from_pandas(LONG).with_columns(pl.col("ds").cast(kind))
    assert as_given(RESULT, given_data(given, Selection()).form, NAMES).schema["ds"] == kind


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_a_name_that_a_result_has_too_replaces_none_of_its_columns(backend: str) -> None:
    found = as_given(RESULT, FrameForm(backend), {"unique_id": "strategy", "ds": "forecast"})
    names = found.column_names if isinstance(found, pa.Table) else list(found.columns)
    assert names == list(RESULT.columns)


@pytest.mark.parametrize(("column", "value"), [("unique_id", "a"), ("unique_id", 7), ("Ticker", "a")])
def test_one_series_has_the_name_in_its_column(column: str, value: Any) -> None:
    one = LONG[:2].drop(columns="unique_id").assign(**{column: value})
    assert table_of(one).file == str(value)
    assert table_of(pl.from_pandas(one)).file == str(value)


@pytest.mark.parametrize("changed", [{"id": 7}, {"unique_id": ["a", "b"]}, {"unique_id": ["a", None]}, {"shop": "a"}])
def test_other_columns_do_not_name_a_series(changed: dict[str, Any]) -> None:
    assert table_of(LONG[:2].drop(columns="unique_id").assign(**changed)).file == "frame"


@pytest.mark.parametrize(
    "index",
    [DAYS, DAYS.strftime("%Y-%m-%d"), pd.Index([day.date() for day in DAYS]), DAYS.strftime("%d.%m.%Y")],
    ids=["times", "ISO", "dates", "German"],
)
def test_an_index_of_dates_is_the_column_of_times(index: pd.Index[Any]) -> None:
    assert table_of(pd.Series(range(4), index=index)).header == ("ds", "y")
    assert table_of(pd.DataFrame({"a": 1.0, "b": 2.0}, index=index)).header == ("ds", "a", "b")
    assert table_of(pd.DataFrame({"ds": 1.0, "b": 2.0}, index=index)).header == ("time", "ds", "b")


@pytest.mark.parametrize("index", [pd.RangeIndex(4), pd.Index([3, 5, 8, 9]), pd.Index(list("abcd"))])
def test_another_index_is_left_out(index: pd.Index[Any]) -> None:
    assert table_of(pd.DataFrame({"day": DAYS, "sales": 1.0}).set_axis(index)).header == ("day", "sales")


def test_an_index_of_time_spans_and_columns_of_one_name_are_refused() -> None:
    spans = pd.Series(range(4), index=pd.to_timedelta(np.arange(4), unit="h"))
    with pytest.raises(UsageError, match="make it times"):
        given_data(spans, Selection())
    with pytest.raises(InputRefusedError, match="2 columns are called y") as refused:
        given_data(pd.concat([LONG, LONG[["y"]]], axis=1), Selection())
    assert refused.value.code == Code.DUPCOL
