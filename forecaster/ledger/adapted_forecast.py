"""Make the intervals of a forecast wider or narrower by what the ledger has learned; points stay as they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.ledger.adaptive_intervals import Pool, factors
from forecaster.spec import COLUMNS
from forecaster.workflow.chart_series import forecasts_in_frame, row_noun
from forecaster.workflow.results import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.arrays import Floats
    from forecaster.ledger.adaptive_intervals import Pools
    from forecaster.ledger.live_read import LiveSeries
    from forecaster.series.limits import Limits
    from forecaster.series.panel import Panel
    from forecaster.workflow.results import Prediction


class Learned(NamedTuple):
    """What a ledger has learned about the intervals of a source.

    Attributes:
        pools: The pools of the ledger.
        series: What it knows of the series of the source, by name.

    """

    pools: Pools
    series: Mapping[str, LiveSeries]


def adapt_intervals(
    prediction: Prediction, learned: Learned, model: str, limits: Limits
) -> tuple[Prediction, dict[str, float]]:
    """Return a forecast with adapted intervals, and the mean factor of each level, which is written as text.

    A series' own part counts if it was learned from forecasts of the same model. Ends stay within the limits, and do
    not fall below zero where no value of the series did.

    Args:
        prediction: The forecast; without intervals or history it stays as it is.
        learned: What the ledger knows.
        model: SHA-256 of the model that made it.
        limits: The least and the largest value that can come.

    """
    if prediction.history is None or not len(prediction.frame) or SAMPLE in prediction.frame:
        return prediction, {}
    panel = prediction.history.panel
    found = forecasts_in_frame(prediction.frame, len(panel))
    levels, (count, steps) = sorted(found.low), found.point.shape
    if not levels:
        return prediction, {}
    pools = [learned.pools.get(row_noun(each), Pool()) for each in panel.calendars]
    own = [_own_widths(learned.series.get(name), model) for name in panel.ids]
    each = [factors(pool, widths, levels, steps) for pool, widths in zip(pools, own, strict=True)]
    floor = np.array([_floor(panel, i, limits) for i in range(count)])[:, None]
    stacked = {level: np.stack([one[level] for one in each]) for level in levels}
    ends = adapt_ends(found.point, found.low, found.high, stacked, floor, limits.maximum)
    columns: dict[str, Floats] = {}
    for level, (low, high) in ends.items():
        name = int(level) if float(level).is_integer() else level  # as in the frame
        columns[COLUMNS.low_column(COLUMNS.model, name)] = low.ravel()
        columns[COLUMNS.high_column(COLUMNS.model, name)] = high.ravel()
    means = {f"{level:g}": float(np.exp(np.mean([np.log(one[level]) for one in each]))) for level in levels}
    adapted = replace(prediction, frame=prediction.frame.assign(**columns))
    return adapted, {level: round(mean, 6) for level, mean in means.items()}


def adapt_ends(  # noqa: PLR0913, PLR0917 - a forecast and its bounds
    point: Floats,
    low: Mapping[float, Floats],
    high: Mapping[float, Floats],
    factor: Mapping[float, Floats],
    floor: Floats,
    ceiling: float,
) -> dict[float, tuple[Floats, Floats]]:
    """Return the ends of adapted intervals by level, (N, h) each, as are points, ends and factors; `floor` is (N, 1).

    Intervals lie within each other. An end that the model itself has beyond the floor stays there.
    """
    ends: dict[float, tuple[Floats, Floats]] = {}
    inner: tuple[Floats, Floats] | None = None
    for level in sorted(factor):
        below, above = scaled_ends(point, low[level], high[level], factor[level])
        below, above = np.maximum(below, np.minimum(floor, low[level])), np.minimum(above, ceiling)
        if inner is not None:
            below, above = np.minimum(below, inner[0]), np.maximum(above, inner[1])
        inner = ends[level] = below, above
    return ends


def scaled_ends(point: Floats, low: Floats, high: Floats, factor: Floats) -> tuple[Floats, Floats]:
    """Return the ends of intervals whose distances to the point are multiplied; a factor of 1 changes no digit."""
    return (
        np.where(factor == 1, low, point - factor * (point - low)),
        np.where(factor == 1, high, point + factor * (high - point)),
    )


def _own_widths(known: LiveSeries | None, model: str) -> Mapping[float, float]:
    """Return the own parts of a series by level; none if they were learned from forecasts of another model."""
    return known.widths if known is not None and known.model == model else {}


def _floor(panel: Panel, i: int, limits: Limits) -> float:
    """Return the least value that an interval of a series may reach."""
    least = np.nanmin(panel.observed_values[panel.slice(i)])
    return max(limits.minimum, 0.0 if least >= 0 else -np.inf)
