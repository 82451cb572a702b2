"""Years that end in the next one, such as the seasons 1999-00 and 2000-01: their last two digits are no months."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import Code

if TYPE_CHECKING:
    from forecaster.reading.cells.column import Column

YEAR_SPAN = re.compile(r"([0-9]{4})[-/]([0-9]{2})")
FEWEST_SPANS = 3
"""Different cells that show it. Chosen by hand: two months, such as 2001-02 and 2002-03, may be just such months."""


def refuse_year_spans(column: Column) -> None:
    """Refuse cells of which each has a year and the last two digits of the next one: 2000-01 is no January there."""
    if len(column.texts) < FEWEST_SPANS or not all(map(_ends_in_next_year, column.texts)):
        return
    fault = "is a year that ends in the next one, not a month"
    remedy = (
        f"write only the first year, such as {column.texts[0][:4]}, or use --date-format YYYY-MM if these are months"
    )
    raise column.refusal(np.arange(len(column.texts)), lambda _: fault, remedy, Code.DATE)


def _ends_in_next_year(text: str) -> bool:
    match = YEAR_SPAN.fullmatch(text)
    return match is not None and (int(match[1]) + 1) % 100 == int(match[2])
