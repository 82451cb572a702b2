"""The numbers of all series of a report, as compact text for its page.

There are N series and K forecasts of each, of h steps: one of the future, or one a fold of the past. A series has n
rows of history; for a page of many series only the latest rows are kept, so that it can be mailed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.reading.cells.time_style import write_times
from forecaster.report.encoding import encode_array, float_kind
from forecaster.text import shown
from forecaster.workflow.chart_series import history_rows, row_noun

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Floats, Ints
    from forecaster.reading.cells.time_style import TimeStyle
    from forecaster.series.panel import Panel
    from forecaster.workflow.number_formats import NumberFormat

MOST_ROWS = 10_000
"""Rows of history of a series at most, chosen by hand: 40 years of business days."""
MOST_BYTES = 8_500_000
"""Bytes of all values at most: as base64 and with names and times, the page is smaller than 15 MB, the limit of many
mail servers being 20 or 25 MB."""
FEWEST_ROWS = 24
"""Rows of history of a series at least, chosen by hand: fewer show no course."""
LONGEST_NAME = 200
"""Characters of a name that a page shows: longer ones fill it."""
BYTES_OF_KIND = {"f4": 4, "f8": 8}


class Forecasts(NamedTuple):
    """K forecasts of N series: time stamps and points, (K, N, h), ends of intervals by level, and other methods'."""

    ds: NDArray[Any]
    point: Floats
    low: Mapping[float, Floats]
    high: Mapping[float, Floats]
    others: Mapping[str, Floats]

    def values_of(self, i: int) -> Floats:
        """Return the numbers of series `i`: of each forecast its point, then ends of intervals and other methods."""
        ends = [each[level] for level in self.low for each in (self.low, self.high)]
        return np.stack([each[:, i] for each in (self.point, *ends, *self.others.values())], axis=1).ravel()


@dataclass(frozen=True)
class SeriesNumbers:
    """The series of a report, as they are written into its page.

    Attributes:
        names: Names of the series that are kept, N of them.
        document: Everything about them in text, numbers, lists and dicts, as JSON has them.
        rows_left_out: Rows of history that the longest series has and the page has not.
        series_left_out: Series that the page has no numbers of.

    """

    names: tuple[str, ...]
    document: Mapping[str, Any]
    rows_left_out: int
    series_left_out: int


@dataclass(frozen=True)
class _Kept:
    """What is kept of one series: times, (n + h,) or (n,), rows, (n,), where forecasts begin, (K,), all its values."""

    ds: NDArray[Any]
    rows: int
    begins: Ints
    values: Floats
    kind: str


class Writing(NamedTuple):
    """How the numbers of series are written, and what else the page says of them.

    Attributes:
        formats: How the numbers of each series are written.
        style: How times are written.
        season: Steps in a season.
        skill: By how many percent the error of each series' forecast is smaller than that of the naive one, (N,); NaN
            where it is not known, None where no series has one.
        naive: What the naive forecast repeats, in words.

    """

    formats: Mapping[str, NumberFormat]
    style: TimeStyle
    season: int
    skill: Floats | None = None
    naive: str = ""


def series_numbers(panel: Panel, forecasts: Forecasts, writing: Writing) -> SeriesNumbers:
    """Return the numbers of a panel with its forecasts, which are in the order of the panel."""
    formats = writing.formats
    count, horizon = len(panel), forecasts.point.shape[2]
    kinds = _kinds(panel, forecasts, formats)
    most, fitting = rows_and_series_that_fit(panel, forecasts, kinds)
    kept = [_keep(panel, forecasts, i, kinds[i], most) for i in range(fitting)]
    axis = np.unique(np.concatenate([each.ds for each in kept]))
    first, places = _places(axis, kept)
    names = tuple(shown(name, LONGEST_NAME) for name in panel.ids[:fitting])
    of_series = [formats[name] for name in panel.ids[:fitting]]
    document: dict[str, Any] = {
        "names": names,
        "unit": row_noun(panel.calendars[0]),
        "horizon": horizon,
        "forecasts": len(forecasts.point),
        "levels": [float(level) for level in forecasts.low],
        "others": [shown(name, LONGEST_NAME) for name in forecasts.others],
        "first_view": history_rows(horizon, writing.season),
        "naive": writing.naive,
        "axis": {
            "dated": axis.dtype.kind == "M",
            "values": encode_array(_axis_values(axis), "f8"),
            "texts": [str(text) for text in write_times(axis, writing.style)],
        },
        "decimals": encode_array(np.array([form.decimals for form in of_series]), "i1"),
        "exponent": encode_array(np.array([form.exponent for form in of_series]), "u1"),
        "wide": encode_array(np.array([each.kind == "f8" for each in kept]), "u1"),
        "rows": encode_array(np.array([each.rows for each in kept]), "i4"),
        "times": encode_array(np.array([len(each.ds) for each in kept]), "i4"),
        "first": encode_array(first, "i4"),
        "places": encode_array(places, "i4"),
        "begins": encode_array(np.stack([each.begins for each in kept]), "i4"),
        "values": [
            encode_array(np.concatenate([np.empty(0), *(each.values for each in kept if each.kind == kind)]), kind)
            for kind in BYTES_OF_KIND
        ],
    }
    if writing.skill is not None:
        document["skill"] = encode_array(writing.skill[:fitting], "f4")
    left = int(panel.lengths[:fitting].max()) - max(each.rows for each in kept)
    return SeriesNumbers(names, document, left, count - fitting)


def rows_and_series_that_fit(panel: Panel, forecasts: Forecasts, kinds: Sequence[str]) -> tuple[int, int]:
    """Return how many rows of history of each series fit into a page, and how many series."""
    sizes = np.array([BYTES_OF_KIND[kind] for kind in kinds])
    ahead = len(forecasts.values_of(0))
    least = min(FEWEST_ROWS, int(panel.lengths.max()))
    in_past = _steps_in_past(panel, forecasts)
    fitting = int(np.searchsorted(np.cumsum(sizes * (ahead + least + in_past)), MOST_BYTES, "right"))
    fitting = min(max(1, fitting), len(panel))
    room = MOST_BYTES / sizes[:fitting].sum() - ahead
    return int(np.clip(room, least + in_past, MOST_ROWS)), fitting


def _steps_in_past(panel: Panel, forecasts: Forecasts) -> int:
    """Return how many rows the earliest forecast begins before the end of the first series."""
    ds = panel.ds[panel.slice(0)]
    return len(ds) - int(np.searchsorted(ds, forecasts.ds[0, 0, 0]))


def _kinds(panel: Panel, forecasts: Forecasts, formats: Mapping[str, NumberFormat]) -> list[str]:
    """Return the type of the numbers of each series."""
    observed = panel.observed_values
    return [
        float_kind(np.concatenate([observed[panel.slice(i)][-MOST_ROWS:], forecasts.values_of(i)]), formats[name])
        for i, name in enumerate(panel.ids)
    ]


def _keep(panel: Panel, forecasts: Forecasts, i: int, kind: str, most: int) -> _Kept:
    """Return what is kept of series `i`, with at most this number of rows."""
    rows = panel.slice(i)
    ds, values = panel.ds[rows][-most:], panel.observed_values[rows][-most:]
    ahead = forecasts.ds[:, i]
    later = ahead[-1][ahead[-1] > ds[-1]]
    begins = np.searchsorted(ds, ahead[:, 0])
    return _Kept(np.concatenate([ds, later]), len(ds), begins, np.concatenate([values, forecasts.values_of(i)]), kind)


def _places(axis: NDArray[Any], kept: Sequence[_Kept]) -> tuple[Ints, Ints]:
    """Return the place of the first time of each series on the axis, (N,), and the places of all times of others.

    A series whose times are all those of a part of the axis needs its first place alone; others have -1 there.
    """
    first, others = np.full(len(kept), -1), [np.empty(0, np.int64)]
    for i, each in enumerate(kept):
        begin = int(np.searchsorted(axis, each.ds[0]))
        if np.array_equal(axis[begin : begin + len(each.ds)], each.ds):
            first[i] = begin
        else:
            others.append(np.searchsorted(axis, each.ds))
    return first, np.concatenate(others)


def _axis_values(axis: NDArray[Any]) -> Floats:
    """Return times as numbers: milliseconds since 1970, or steps."""
    numbers = axis.astype("datetime64[us]").astype(np.int64) / 1000.0 if axis.dtype.kind == "M" else axis
    return np.asarray(numbers, np.float64)
