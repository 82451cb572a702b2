"""Columns of yes and no to numbers: TRUE and FALSE, yes and no, or their first letters, are 1 and 0.

Only covariates are read so: a target of yes and no is no series of numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.reading.cells.missing_values import is_missing

if TYPE_CHECKING:
    from forecaster.arrays import Floats
    from forecaster.reading.cells.column import Column

FLAGS = ({"true": 1.0, "false": 0.0}, {"yes": 1.0, "no": 0.0}, {"t": 1.0, "f": 0.0}, {"y": 1.0, "n": 0.0})
"""Pairs of words in small letters, as databases, spreadsheets and R write them; a column has one pair."""


def parse_flags(column: Column) -> Floats | None:
    """Return the numbers of a column of words for yes and no, (R,), NaN where one is missing; None for another."""
    words = {text.lower() for text in column.texts if not is_missing(text)}
    pair = next((flags for flags in FLAGS if words and words <= flags.keys()), None)
    if pair is None:
        return None
    numbers = np.array([pair.get(text.lower(), np.nan) for text in column.texts])
    return numbers[column.codes]
