"""Columns of yes and no to numbers: TRUE and FALSE, yes and no, or their first letters, are 1 and 0.

Only covariates are read so: a target of yes and no is no series of numbers. Other categories are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import Code
from forecaster.reading.cells.numbers import is_missing, looks_numeric, parse_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forecaster.arrays import Floats
    from forecaster.reading.cells.column import Column

FLAGS = ({"true": 1.0, "false": 0.0}, {"yes": 1.0, "no": 0.0}, {"t": 1.0, "f": 0.0}, {"y": 1.0, "n": 0.0})
"""Pairs of words in small letters, as databases, spreadsheets and R write them; a column has one pair."""


def parse_covariate(column: Column, decimal: str | None = None, others: Iterable[Column] = ()) -> Floats:
    """Return the numbers of a covariate, (R,), as `parse_numbers` does; words for yes and no are 1 and 0.

    Raises:
        InputRefusedError: See `parse_numbers`.

    """
    words = {text.lower() for text in column.texts if not is_missing(text)}
    pair = next((flags for flags in FLAGS if words and words <= flags.keys()), None)
    if pair is None:
        _refuse_categories(column)
        return parse_numbers(column, decimal, others)
    numbers = np.array([pair.get(text.lower(), np.nan) for text in column.texts])
    return numbers[column.codes]


def _refuse_categories(column: Column) -> None:
    """Refuse a covariate of which no cell is a number: it names categories."""
    words = [i for i, text in enumerate(column.texts) if not is_missing(text)]
    if words and not any(looks_numeric(column.texts[i]) for i in words):
        remedy = "write a column of 1 and 0 for each category"
        raise column.refusal(words, lambda _: "is a word, and covariates are numbers", remedy, Code.NUMBER)
