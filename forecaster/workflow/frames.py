"""Make data frames of records, for the files and screens of the command line: one row a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

FAILURE_COLUMNS = ("file", "series", "code", "exit_code", "text")
"""Columns of the list of failures; programs that read `failures.csv` rely on names and order."""


def failures_frame(failures: Sequence[object]) -> pd.DataFrame:
    """Return one row a failure, in the order given.

    Args:
        failures: Dataclass records or dicts with a field for each of `FAILURE_COLUMNS`.

    """
    return pd.DataFrame(list(failures), columns=list(FAILURE_COLUMNS))
