"""Leave out the last row of each series, which the user says is of a period that is not over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from forecaster.calendars.durations import write_time
from forecaster.errors import Code, Finding, InputRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.errors import Place
    from forecaster.reading.series_rows import Series


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
    return [_without_last_row(each) for each in longer], refused, (Finding(Code.PARTIAL, text, place),)


def _without_last_row(series: Series) -> Series:
    """Return a series without its last row; what is known of that time stays."""
    return replace(
        series,
        ds=series.ds[:-1],
        values=series.values[:-1],
        lines=series.lines[:-1],
        observed=series.observed[:, :-1],
        empty=series.empty[series.empty < series.ds[-2]],
    )
