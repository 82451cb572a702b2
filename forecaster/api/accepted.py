"""What is no data for the library, and how it becomes data."""

from __future__ import annotations

from typing import Any

from forecaster.errors import UsageError

ACCEPTED = "give a frame of pandas, Polars or PyArrow, a Series, or the name of a file"
CONVERSIONS = {
    "LazyFrame": "call collect() first",
    "RecordBatch": "use pyarrow.Table.from_batches([batch])",
    "list": "give a frame of pandas, Polars or PyArrow, or a Series, such as pd.Series(values)",
    "ndarray": "give a frame of pandas, Polars or PyArrow, or a Series, such as pd.Series(values)",
    "dict": "give a frame of pandas, Polars or PyArrow, such as pd.DataFrame(columns)",
}
"""By the class of what is given, how to make data of it."""


def refusal_of(data: Any) -> UsageError:
    """Return the error that refuses what is no data, with the way to convert it."""
    kind = type(data).__name__
    what = f"{kind} is no table"
    return UsageError(what, CONVERSIONS[kind]) if kind in CONVERSIONS else UsageError(what, ACCEPTED)
