"""The rows of one target as they stand in the file, with its covariates, before anything is repaired.

There are R rows, in the order of the file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.text import shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.errors import Place
    from forecaster.reading.column_roles import ColumnRoles
    from forecaster.reading.tables.table import Table


@dataclass(frozen=True)
class TargetRows:
    """The rows of one target as they stand in the file, R of them.

    Attributes:
        table: The columns of the file.
        columns: The columns that are used, P observed and K known ones among them.
        target: The column of the values.
        ds: Time stamps, (R,).
        numbers: The values and behind them the observed and the known columns, (1 + P + K, R), NaN where one is
            missing.

    """

    table: Table
    columns: ColumnRoles
    target: int
    ds: NDArray[Any]
    numbers: Floats

    @property
    def values(self) -> Floats:
        """The values, (R,)."""
        values: Floats = self.numbers[0]
        return values

    @property
    def observed(self) -> Floats:
        """The observed columns, (P, R)."""
        return self.numbers[1 : 1 + len(self.columns.observed)]

    @property
    def known(self) -> Floats:
        """The known columns, (K, R)."""
        return self.numbers[1 + len(self.columns.observed) :]

    def differ(self, rows: Ints, others: Ints) -> Bools:
        """Return whether rows have other numbers than others, (r,)."""
        one, two = self.numbers[:, rows], self.numbers[:, others]
        differ: Bools = ((one != two) & ~(np.isnan(one) & np.isnan(two))).any(axis=0)
        return differ

    def place(self, name: str, row: int | None = None, column: int | None = None) -> Place:
        """Return where the series `name`, one of the rows or another column than the target is."""
        place = self.table.columns[self.target if column is None else column].place(row)
        return replace(place, series=self.series_label(name))

    def series_label(self, name: str) -> str:
        """Return the name of a series for messages; nothing where the file has one series."""
        return shown(name) if self.columns.series is not None else ""
