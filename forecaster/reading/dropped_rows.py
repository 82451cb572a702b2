"""Leave out rows of periods that are not complete: the last one of each series, and the first one of newer rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.durations import write_time
from forecaster.errors import Code, Finding, InputRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.errors import Place
    from forecaster.reading.series_rows import Series
    from forecaster.series.panel import Panel


def drop_last_rows(
    series: Sequence[Series], place: Place
) -> tuple[list[Series], dict[str, InputRefusedError], tuple[Finding, ...]]:
    """Return series without their last rows, the errors of those that have no other row, and the finding."""
    longer = [each for each in series if len(each.ds) > 1]
    what = "the series has a single row, which --drop-last leaves out"
    alone = [each for each in series if len(each.ds) == 1]
    refused = {each.name: InputRefusedError(what, "give more rows", each.place(0), code=Code.SHORT) for each in alone}
    if not longer:
        return [], refused, ()
    last = max(each.ds[-1] for each in longer)
    of_series = f" of each of {len(longer)} series" if len(longer) > 1 else ""
    text = f"the last row{of_series} was left out with --drop-last, at {write_time(last)}"
    return [_rows_of(each, slice(None, -1)) for each in longer], refused, (Finding(Code.PARTIAL, text, place),)


def drop_continued_periods(series: Sequence[Series], continued: Panel) -> list[Series]:
    """Return aggregated series without a first period that the series that they continue already have.

    Newer rows begin anywhere in it. Only the last period of a continued series may not have been over, so that the
    newer rows count if they hold its beginning.
    """
    number = {name: i for i, name in enumerate(continued.ids)}
    if len(series) == len(continued) == 1:
        number = {series[0].name: 0}
    rows = []
    for each in series:
        i = number.get(each.name)
        kept = continued.ds[:0] if i is None else continued.ds[continued.slice(i)]
        again = len(each.ds) > 1 and bool(np.isin(each.ds[0], kept))
        drops = again and (each.begins_partial or each.ds[0] < kept[-1])
        rows.append(_rows_of(each, slice(1, None)) if drops else each)
    return rows


def _rows_of(series: Series, rows: slice) -> Series:
    """Return some rows of a series; what is known of the times of the others stays."""
    ds = series.ds[rows]
    within = (series.empty > ds[0]) & (series.empty < ds[-1])
    return replace(
        series,
        ds=ds,
        values=series.values[rows],
        lines=series.lines[rows],
        observed=series.observed[:, rows],
        empty=series.empty[within],
    )
