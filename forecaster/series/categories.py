"""Categories of covariates as columns of 1 and 0: one for each category but the first, whose rows are 0 in all of them.

The first category is the most frequent one. A column of categories is an array of codes, (n,): the number of each row's
category from 0, `UNKNOWN` for one that training did not see, and NaN where a cell is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Floats

Categories = Mapping[str, tuple[str, ...]]
"""The categories of each column that has categories, the most frequent one first."""
MOST_CATEGORIES = 50
"""Categories of a column at most: each is a column of its own, and a column with more holds names or remarks."""
UNKNOWN = -1.0
"""The code of a category that training did not see: its columns are all 0, as those of the most frequent one are."""


def indicator_names(column: str, categories: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the columns of 1 and 0 of one column; a single category has a column of its own."""
    return tuple(f"{column}={category}" for category in categories[1:] or categories)


def with_indicator_names(names: Sequence[str], categories: Categories) -> tuple[str, ...]:
    """Return names of columns of a file with those of their columns of 1 and 0 in the place of categories."""
    return tuple(
        each for name in names for each in (indicator_names(name, categories[name]) if name in categories else (name,))
    )


def columns_in_file(names: Sequence[str], categories: Categories) -> tuple[str, ...]:
    """Return the names of the columns of a file from which covariates of these names come, each once."""
    origin = {each: name for name, values in categories.items() for each in indicator_names(name, values)}
    return tuple(dict.fromkeys(origin.get(name, name) for name in names))


def indicators(codes: Floats, categories: Sequence[str]) -> Floats:
    """Return the columns of 1 and 0 of codes, (n,), as (k, n): NaN where a cell is empty."""
    numbered = np.arange(len(categories), dtype=np.float64)
    numbered = numbered[1:] if len(categories) > 1 else numbered
    return np.where(np.isnan(codes), np.nan, (codes == numbered[:, None]).astype(np.float64))


def codes_of_indicators(columns: Floats) -> Floats:
    """Return the codes, (n,), of two categories or more, which columns of 1 and 0 stand for, (k, n)."""
    return np.where(columns.any(axis=0), columns.argmax(axis=0) + 1.0, 0.0)
