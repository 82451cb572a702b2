"""Parse the times of `--at`: ISO dates, or whole numbers for counted steps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.durations import write_time
from forecaster.calendars.units import EARLIEST_YEAR, LATEST_YEAR
from forecaster.errors import AllSeriesFailedError, InputRefusedError, Place, UsageError
from forecaster.reading.cells.dates import INTEGER
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.panel import Panel

ISO = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)?)?")


def check_times_can_be_requested(recipe: Recipe, horizon: int | None) -> None:
    """Check that a model takes requested times, and that nothing else says what to forecast.

    Raises:
        UsageError: The model is one of equal steps, or a horizon is given too.

    """
    if not recipe.irregular:
        raise UsageError(
            "--at is for models that were trained with --irregular", "use --horizon, or train with --irregular"
        )
    if horizon is not None:
        raise UsageError("--at and --horizon both say what to forecast", "leave one of them out")


def requested_times(texts: Sequence[str], panel: Panel) -> NDArray[Any]:
    """Return the requested times in rising order and each once, (M,), of the data type of the panel's times.

    Raises:
        UsageError: One is not a time of the panel's kind.

    """
    parse = _parse_count if panel.ds.dtype.kind == "i" else _parse_date
    return np.unique(np.array([parse(text.strip()) for text in texts], panel.ds.dtype))


def late_series(requested: NDArray[Any], panel: Panel) -> dict[str, str]:
    """Return the series whose last row is not before all requested times, each with a sentence that says so.

    Raises:
        InputRefusedError: The only series is one of them.

    """
    what = f"--at {write_time(requested[0])} is not after the last row, "
    ends = zip(panel.ids, panel.ds[panel.last], strict=True)
    late = {name: what + write_time(end) for name, end in ends if requested[0] <= end}
    if len(panel) == 1 and late:
        raise InputRefusedError(late[panel.ids[0]], "give a later time", Place(series=shown(panel.ids[0])))
    return late


def drop_late_series(fitted: FittedForecaster, panel: Panel, late: Mapping[str, str]) -> tuple[FittedForecaster, Panel]:
    """Return the forecaster and the panel without the series named in `late`.

    Raises:
        AllSeriesFailedError: None is left.

    """
    kept = [i for i, name in enumerate(panel.ids) if name not in late]
    if not kept:
        raise AllSeriesFailedError("every series already has rows after a requested time", "give later times with --at")
    return (fitted.take(kept), panel.take(kept)) if late else (fitted, panel)


def _parse_count(text: str) -> int:
    """Return the whole number that `text` is."""
    if not INTEGER.fullmatch(text):
        raise UsageError(f"--at '{shown(text)}' is not a whole number like 120", "write times as in the training file")
    return int(text)


def _parse_date(text: str) -> np.datetime64:
    """Return the time that `text` names, within the years that files may have."""
    stamp = _parse_iso(text)
    if np.isnat(stamp):
        remedy = "write dates as 2024-01-31 or 2024-01-31 09:30:00, without a time zone"
        raise UsageError(f"--at '{shown(text)}' is not a date like 2024-01-31", remedy)
    if not EARLIEST_YEAR <= int(text[:4]) <= LATEST_YEAR:
        raise UsageError(f"--at {text} is not between the years {EARLIEST_YEAR} and {LATEST_YEAR}", "check the year")
    return stamp


def _parse_iso(text: str) -> np.datetime64:
    """Return the time that ISO text names; NaT if there is no such time."""
    try:
        return np.datetime64(text if ISO.fullmatch(text) else "NaT", "us")
    except ValueError:
        return np.datetime64("NaT", "us")
