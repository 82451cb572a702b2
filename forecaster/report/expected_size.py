"""Estimate the size of a report before the work, so that a disk without space for it can be refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.report.evaluation import MOST_FOLDS
from forecaster.report.page import size_of_assets
from forecaster.report.series_numbers import MOST_BYTES, MOST_ROWS
from forecaster.spec import LEVELS

if TYPE_CHECKING:
    from forecaster.workflow.request import Extent

TEXT = 16_384
"""Bytes of sections besides the numbers of the series: scores, findings, decisions and small charts; reports of one
series without networks of their own hold 9 to 14 KB of it."""
BYTES_OF_VALUE, BYTES_OF_TIME, BYTES_OF_SERIES = 8 * 4 / 3, 40, 80
"""Bytes of a number in base64, of a time as number and text with its place, and of a series without its values: its
name, skill, places and formats."""

VALUES_OF_STEP = 2 + 2 * len(LEVELS)
"""Numbers of each step of a forecast: the point forecast, the ends of its intervals and the naive forecast."""


def estimate_report_size(extent: Extent) -> int:
    """Return the bytes that the report of work of this extent will take, about.

    Series are expected to be about equally long, and to have their times in common.
    """
    series, rows = extent.series, min(extent.rows // extent.series, MOST_ROWS)
    ahead = extent.steps * min(extent.folds, MOST_FOLDS) * VALUES_OF_STEP
    values = min(BYTES_OF_VALUE * series * (rows + ahead), MOST_BYTES * 4 / 3)
    return round(size_of_assets() + TEXT + values + BYTES_OF_TIME * (rows + extent.steps) + BYTES_OF_SERIES * series)
