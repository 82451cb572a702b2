"""What a forecast of one source tells the ledger: the forecast of each series, and values that are new since the last.

An entry is plain text and numbers, so that it can be written to a journal, or sent by a worker that shares no disk with
the ledger. Times are integers, see `forecaster.ledger.schema`.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from uuid import uuid4

import numpy as np

from forecaster.forecasting.methods.baselines import SEASONAL_NAIVE, forecast_baseline, history_of, steps_ahead
from forecaster.ledger.trusted_rows import LARGEST_NUMBER
from forecaster.series.grid_steps import on_every_step, steps_to
from forecaster.text import json_value
from forecaster.workflow.chart_series import forecasts_in_frame, row_noun

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from forecaster.arrays import Floats
    from forecaster.series.panel import Panel
    from forecaster.workflow.results import Prediction

LONGEST_WINDOW = 100
"""Steps before the newest known value in which revisions are noticed, at most; otherwise it is the horizon."""
LARGEST_TIME = 2**63
TEXTS = ("source", "path", "model")
"""Fields of an entry that are text."""
ROWS_TO_FILL = 30
"""Rows besides three seasons that the naive forecast reads: holes are filled in from rows nearby."""


class RunStamp(NamedTuple):
    """A run: a text that tells it from all others, and when it began, in ISO 8601."""

    token: str
    started: str

    @classmethod
    def new(cls, started: datetime | None = None) -> Self:
        """Return the stamp of a run that begins."""
        return cls(uuid4().hex, (started or datetime.now(UTC)).isoformat(timespec="milliseconds"))


@dataclass(frozen=True)
class SeriesEntry:
    """The forecast of one series, of h steps and L levels, and its values.

    Attributes:
        name: The series.
        dated: Whether times are dates.
        step: What a row is called.
        season: Steps of the season that the naive forecast repeats.
        origin: Time of the last row that the forecast follows.
        base: The last observed value.
        targets: The times that are forecast, h of them.
        point, naive: The forecast, and the seasonal naive one.
        ends: Lower and upper ends of the intervals of each step, 2 L each.
        times, values: The values after the last time that the ledger knows, and a few before it.

    """

    name: str
    dated: bool
    step: str
    season: int
    origin: int
    base: float
    targets: list[int]
    point: list[float]
    naive: list[float]
    ends: list[list[float]]
    times: list[int]
    values: list[float]

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any], levels: int) -> Self:
        """Return the entry that these fields hold.

        Raises:
            KeyError, TypeError, ValueError: They are not those of an entry with this number of levels.

        """
        entry = cls(**fields)
        steps = len(entry.targets)
        if not len(entry.point) == len(entry.naive) == len(entry.ends) == steps > 0:
            raise ValueError("the forecast has parts of different lengths")
        if any(len(each) != 2 * levels for each in entry.ends) or len(entry.times) != len(entry.values):
            raise ValueError("intervals have other levels, or not each value has a time")
        numbers = [entry.base, *entry.point, *entry.naive, *chain.from_iterable(entry.ends), *entry.values]
        if {type(each) for each in numbers} - {float, int} or {*map(type, entry.times)} - {int}:
            raise TypeError("a value is not a number, or a time not a whole one")
        if {type(each) for each in (entry.origin, *entry.targets)} != {int}:
            raise TypeError("a time is not a whole number")
        if not all(abs(each) <= LARGEST_NUMBER for each in numbers):  # NaN compares as false
            raise ValueError("a value is missing, infinite or too large")
        if not all(abs(each) < LARGEST_TIME for each in (entry.origin, *entry.targets, *entry.times)):
            raise ValueError("a time is beyond all times")
        return entry


@dataclass(frozen=True)
class Entry:
    """The forecasts of a source in a run.

    Attributes:
        run: The run.
        source: Name of the source in the ledger, as `forecaster.text.json_value` writes text.
        path: Absolute path of its file, written in the same way.
        model: SHA-256 of the model file, or another text that tells the model.
        levels: Levels of the intervals in percent, rising.
        series: The series.

    """

    run: RunStamp
    source: str
    path: str
    model: str
    levels: tuple[float, ...]
    series: tuple[SeriesEntry, ...]

    def to_line(self) -> bytes:
        """Return the entry as a line of JSON."""
        fields = vars(self) | {"series": [vars(each) for each in self.series]}  # `asdict` would copy all numbers
        return json.dumps(fields, allow_nan=False).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Return the entry that `to_line` wrote.

        Raises:
            KeyError, TypeError, ValueError: It did not write this.

        """
        fields = json.loads(line)
        levels = tuple(float(each) for each in fields["levels"])
        series = tuple(SeriesEntry.from_dict(each, len(levels)) for each in fields["series"])
        source, path, model, *stamp = (str(each) for each in (*(fields[name] for name in TEXTS), *fields["run"]))
        return cls(RunStamp(*stamp), source, path, model, levels, series)


def entry_of_prediction(  # noqa: PLR0913 - all that an entry is made of
    prediction: Prediction,
    *,
    run: RunStamp,
    source: str,
    path: str,
    model: str,
    known_until: Mapping[str, int],
    rows: Panel | None = None,
) -> Entry | None:
    """Return the entry of a forecast; None for a naive forecast, which has no history with it.

    Args:
        prediction: The forecast.
        run: The run that made it.
        source: Name of the source in the ledger.
        path: Its file.
        model: SHA-256 of the model file.
        known_until: The last time that the ledger has a value of, by series.
        rows: All rows that were read; None where the history of the prediction has them.

    """
    if prediction.history is None:
        return None
    panel, season = prediction.history
    found = forecasts_in_frame(prediction.frame, len(panel))
    naive = naive_points(panel, season, found.ds)
    levels = tuple(sorted(found.low))
    ends = [each[level] for level in levels for each in (found.low, found.high)]
    stacked = np.stack(ends, 2) if ends else np.empty((*found.point.shape, 0))
    window = min(found.point.shape[1], LONGEST_WINDOW)
    numbers = {name: i for i, name in enumerate((rows or panel).ids)}
    series = []
    for i, name in enumerate(panel.ids):
        known = (
            _known_rows(rows or panel, numbers[name], known_until.get(name), window) if name in numbers else ([], [])
        )
        observed = panel.observed_values[panel.slice(i)]
        observed = observed[~np.isnan(observed)]
        series.append(
            SeriesEntry(
                name=name,
                dated=panel.ds.dtype.kind == "M",
                step=row_noun(panel.calendars[i]),
                season=season,
                origin=int(panel.ds[panel.last[i]].astype(np.int64)),
                base=float(observed[-1]) if len(observed) else 0.0,
                targets=found.ds[i].astype(panel.ds.dtype).astype(np.int64).tolist(),
                point=found.point[i].tolist(),
                naive=naive[i].tolist(),
                ends=stacked[i].tolist(),
                times=known[0],
                values=known[1],
            )
        )
    place = json_value(os.path.abspath(path))  # noqa: PTH100 - a Path would refuse names that no file can have
    return Entry(run, json_value(source), place, model, levels, tuple(series))


def naive_points(panel: Panel, season: int, ds: NDArray[Any]) -> Floats:
    """Return the seasonal naive forecast of the time stamps `ds`, (N, h): the last season repeats.

    A season is counted on the calendar. The last value repeats where steps are unequal or the season is one step.
    """
    if panel.irregular:
        return np.repeat(panel.values[panel.last][:, None], ds.shape[1], axis=1)
    steps = steps_to(panel, ds)
    end = replace(panel, covariates=None).tail(3 * season + ROWS_TO_FILL)
    read = on_every_step(end, season)
    history = history_of(read.values, read.indptr[:-1], read.last)
    every = forecast_baseline(SEASONAL_NAIVE, history, steps_ahead(int(steps.max())), season)
    return np.take_along_axis(every, steps - 1, axis=1)


def _known_rows(panel: Panel, i: int, known_until: int | None, window: int) -> tuple[list[int], list[float]]:
    """Return times and observed values of a series after a time, and of some rows before it."""
    part = panel.slice(i)
    times, values = panel.ds[part].astype(np.int64), panel.observed_values[part]
    newer = len(times) if known_until is None else int(np.searchsorted(times, known_until, side="right"))
    begin = max(0, newer - window)
    observed = begin + np.flatnonzero(~np.isnan(values[begin:]))
    return times[observed].tolist(), values[observed].tolist()
