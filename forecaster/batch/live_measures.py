"""What is known of a source when it is decided whether its model is trained again: live measures, age, and drift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.durations import write_time
from forecaster.errors import Code, Finding, Place
from forecaster.ledger.error_drift import NONE, WORDS
from forecaster.ledger.series_drift import SEASON, VARIATION, find_change

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from forecaster.batch.records import ModelRecord
    from forecaster.batch.retraining_conditions import Values
    from forecaster.ledger.live_read import LiveSeries
    from forecaster.series.panel import Panel

FEWEST_TIMES = 20
"""Times of which values came before live measures decide about a training, chosen by hand: the skill and the coverage
of fewer are mostly chance."""
CHANGED = {SEASON: "the season", VARIATION: "how much values vary"}
"""What has changed, in words; the level is the level."""


def measure_source(
    model: ModelRecord, panel: Panel, live: Mapping[str, LiveSeries], drift: Sequence[Finding]
) -> Values:
    """Return what is known of a source, see `forecaster.batch.retraining_conditions`.

    Scores of several series are the means of the scores of each, as in `forecaster.ledger.scores`.

    Args:
        model: Its model.
        panel: Its rows.
        live: What the ledger knows of the forecasts of each series.
        drift: Findings of drift.

    """
    before = time_of_training(model, panel)
    newer = max(int((panel.ds[panel.slice(i)] > before).sum()) for i in range(len(panel)))
    values: dict[str, float | bool | None] = {"rows": newer, "drift": bool(drift), "age": None}
    if panel.ds.dtype.kind == "M":
        values["age"] = max(0.0, float((panel.ds.max() - before) / np.timedelta64(1, "s")))
    known = [each for each in live.values() if each.model == model.file.sha256 and each.scored]
    values["scored"] = sum(each.scored for each in known)
    if max((each.times for each in known), default=0) < FEWEST_TIMES:
        return values
    return values | _scores(known)


def _scores(known: Sequence[LiveSeries]) -> dict[str, float | None]:
    """Return the mean scores of series."""
    scores: dict[str, float | None] = {
        "mae": _mean(each.sums["abs_error"] / each.scored for each in known),
        "bias": _mean(each.sums["error"] / each.scored for each in known),
        "skill": _mean(
            100 * (1 - each.sums["abs_error"] / each.sums["abs_naive"]) for each in known if each.sums["abs_naive"] > 0
        ),
        "wql": _mean(each.sums["loss"] / each.sums["abs_actual"] for each in known if each.sums["abs_actual"] > 0),
    }
    for level in sorted({level for each in known for level in each.hits}):
        shares = (100 * each.hits[level] / each.scored for each in known if level in each.hits)
        scores[f"coverage{level:g}"] = _mean(shares)
    return scores


def _mean(values: Iterable[float]) -> float | None:
    """Return the mean; None of nothing."""
    found = [*values]
    return sum(found) / len(found) if found else None


def time_of_training(model: ModelRecord, panel: Panel) -> Any:
    """Return the time of the newest row in training, as the times of the panel are."""
    return np.array(model.last if panel.ds.dtype.kind == "M" else int(model.last), dtype=panel.ds.dtype)


def find_drift(
    model: ModelRecord, panel: Panel, live: Mapping[str, LiveSeries], season: int, file: str
) -> tuple[Finding, ...]:
    """Return findings of drift since the model was trained, of the errors and of the series themselves."""
    before, found = time_of_training(model, panel), []
    for i, name in enumerate(panel.ids):
        known, ds = live.get(name), panel.ds[panel.slice(i)]
        place = Place(file, series=name if len(panel) > 1 else "")
        if known is not None and known.model == model.file.sha256 and known.drift != NONE:
            since = write_time(_first_after(ds, known.began))
            found.append(
                Finding(Code.DRIFT, f"{WORDS[known.drift]} since about {since}, more often than by chance", place)
            )
        values = panel.observed_values[panel.slice(i)]
        seen = ~np.isnan(values)
        change = find_change(values[seen], int((ds[seen] <= before).sum()), season)
        if change is not None:
            what = CHANGED.get(change.kind, f"the {change.kind}")
            since = write_time(ds[seen][change.row])
            text = f"{what} of the series has changed since about {since}, far more than before the training"
            found.append(Finding(Code.DRIFT, text, place))
    return tuple(found)


def _first_after(ds: NDArray[Any], time: int) -> Any:
    """Return the first of the times of a series, (n,) rising, after one as the ledger has it; the last if none is."""
    place = int(np.searchsorted(ds.astype(np.int64), time, side="right"))
    return ds[min(place, len(ds) - 1)]
