"""Forged models for `benchmarks/hostile.py`: the digest fits, and the sizes are as large as the audit lets them be."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from hostile_files import Attack, kind

from forecaster.artifact import npz
from forecaster.artifact.document import FORMAT, content_digest, decode
from forecaster.artifact.schema import SCHEMA, audit_document
from forecaster.nn.architecture import parameter_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Change = Callable[[Any, Any], None]

GOLDEN = Path(__file__).parents[1] / "tests" / "artifact" / "golden"
ENDINGS = frozenset({0, 2, 65, 76})
"""The codes of runs that end in order; what else an attack must not do, `hostile.py` checks."""
MICROSECONDS = 1_000_000
DAY = 86_400 * MICROSECONDS
LONGEST = ("--horizon", "10000")


class Forged(NamedTuple):
    """A forged model, and how a forecast with it is requested.

    Attributes:
        changes: What is changed in the good model, one change after the other.
        good: The good model.
        options: Options of the forecast.

    """

    changes: tuple[Change, ...]
    good: str = "schema_9"
    options: tuple[str, ...] = ()


def _with_steps(steps: int, hidden: int, **network: Any) -> Change:
    def change(meta: Any, arrays: Any) -> None:
        meta["blend"] = {"network": 1.0}
        arrays.pop("ridge", None)
        meta["recipe"] |= {"steps": steps, "lookback": steps * meta["recipe"]["segment"]}
        meta["network"] |= {"steps": steps, "hidden": hidden, **network}
        arrays["weights"] = np.full((2, parameter_count(**meta["network"])), 0.01, np.float32)

    return change


def _with_series(count: int, rows: int) -> Change:
    def change(meta: Any, arrays: Any) -> None:
        meta["series"] = [f"s{n}" for n in range(count)]
        meta["effects"]["series"] = [None] * count
        for name in ("spread", "slope", "transform_kind", "transform_offset", "transform_size", "drawn", "calendar_of"):
            arrays[name] = np.repeat(arrays[name][:1], count)
        first = arrays["tail_ds"][0]
        arrays["tail_ds"] = np.tile(first + np.arange(rows) * 86_400 * MICROSECONDS // max(1, rows // 1000), count)
        arrays["tail_values"] = np.tile(np.resize(arrays["tail_values"], rows), count)
        arrays["tail_indptr"] = np.arange(count + 1) * rows

    return change


def _with_times(first: str, last: str, **calendar: Any) -> Change:
    def change(meta: Any, arrays: Any) -> None:
        meta["calendars"][0] |= calendar
        arrays["tail_ds"] = np.array([first, last], "datetime64[us]").astype(np.int64)
        arrays["tail_values"], arrays["tail_indptr"] = np.array([20.0, 21.0]), np.array([0, 2])
        arrays["drawn"][:] = 0

    return change


def _with_calendar(**fields: Any) -> Change:
    def change(meta: Any, _arrays: Any) -> None:
        meta["calendars"][0] |= fields

    return change


def _with_recipe(**fields: Any) -> Change:
    def change(meta: Any, _arrays: Any) -> None:
        meta["recipe"] |= fields

    return change


def _with_rows(step: int, first: str = "2024-01-01") -> Change:
    """Put the rows this many microseconds apart."""

    def change(_meta: Any, arrays: Any) -> None:
        begin = np.datetime64(first, "us").astype(np.int64)
        for start, stop in zip(arrays["tail_indptr"], arrays["tail_indptr"][1:], strict=False):
            arrays["tail_ds"][start:stop] = begin + np.arange(stop - start) * step

    return change


def _with_calendars(count: int, week: int) -> Change:
    """Give each of many series a calendar of its own, with a week of open seconds."""

    def change(meta: Any, arrays: Any) -> None:
        _with_series(count, 40)(meta, arrays)
        open_weeks = [{"step": 1, "phase": 0, "open": [[0, week - n]], "earlier": []} for n in range(count)]
        first = meta["calendars"][0] | {"kind": "intraday", "step": 1}
        meta["calendars"] = [first | {"week": each} for each in open_weeks]
        arrays["calendar_of"] = np.arange(count)

    return change


def _with_years(last: int) -> Change:
    def change(meta: Any, arrays: Any) -> None:
        years = range(last - len(arrays["tail_ds"]) + 1, last + 1)
        arrays["tail_ds"] = np.array([f"{year:04}-01-01" for year in years], "datetime64[us]").astype(np.int64)
        day = {"day": 1, "roll": "", "weekday": None}
        meta["calendars"][0] |= {"kind": "yearly", "step": 12, "anchor": day}

    return change


ZERO_SHOT = "schema_9_zero_shot"
SECOND_OF_A_WEEK = {"step": 1, "phase": 0, "open": [[0, 1]], "earlier": []}
FORGED: dict[str, Forged] = {
    "100,000 steps": Forged((_with_steps(100_000, 3),)),
    "many steps of wide layers": Forged((_with_steps(9000, 200),)),
    "too many steps of wide layers": Forged((_with_steps(100_000, 200),)),
    "many steps of many layers": Forged((_with_steps(10_000, 10, layers=16),)),
    "20,000 series": Forged((_with_series(20_000, 2),)),
    "10 million rows": Forged((_with_series(1, 10_000_000),)),
    "all years in two days": Forged((_with_times("0001-01-01", "9999-12-31"),)),
    "all years in two weeks": Forged((_with_times("0001-01-01", "9999-12-31", kind="weekly"),)),
    "a century of seconds": Forged((_with_times("1900-01-01", "2000-01-01", kind="intraday"),)),
    "two rows and a million steps": Forged(
        (_with_times("1900-01-01T00:00:00", "1900-01-12T13:46:00", kind="intraday"),)
    ),
    "the last day": Forged((_with_times("9999-12-30", "9999-12-31"),)),
    "a second of each week": Forged(
        (_with_rows(7 * DAY), _with_calendar(kind="intraday", week=SECOND_OF_A_WEEK)), ZERO_SHOT, LONGEST
    ),
    "a season of 100,000 steps": Forged((_with_recipe(season=100_000),), ZERO_SHOT, LONGEST),
    "30 weeks of seconds": Forged((_with_calendars(30, 604_799), _with_rows(MICROSECONDS)), ZERO_SHOT),
    "5,000 weeks of seconds": Forged((_with_calendars(5000, 604_799), _with_rows(MICROSECONDS)), ZERO_SHOT),
    "many steps ahead of many series": Forged((_with_series(250, 40),), ZERO_SHOT, LONGEST),
    "too many steps ahead of many series": Forged((_with_series(10_000, 40),), ZERO_SHOT, LONGEST),
    "many steps rolled forward": Forged((), "schema_9", LONGEST),
    "many steps of prices": Forged((), "schema_9_prices", LONGEST),
    "many steps with effects": Forged((), "schema_9_effects", LONGEST),
    "many steps of what is drawn": Forged((), "schema_9_drawn", LONGEST),
    "the year 9990": Forged((_with_years(9990),), ZERO_SHOT, ("--horizon", "20")),
    "the year 9990 and nine more": Forged((_with_years(9990),), ZERO_SHOT, ("--horizon", "9")),
}


@kind
def forged(folder: Path) -> Iterator[Attack]:
    """Models whose digest fits and whose sizes are as large as the audit lets them be, and their forecasts."""
    for number, (name, (changes, good, options)) in enumerate(FORGED.items()):
        path = folder / f"{number}.joblib"
        path.write_bytes(forged_model(changes, good))
        result = ["-o", str(folder / "result.csv")]
        yield Attack(name, ["predict", "--model", str(path), *options, *result], ENDINGS)
        yield Attack(f"{name}, inspected", ["inspect", str(path)], ENDINGS)


def forged_model(changes: tuple[Change, ...], good: str) -> bytes:
    """Return a good model after some changes, with a digest that fits."""
    document = audit_document(decode(GOLDEN / f"{good}.joblib"))
    meta, arrays = copy.deepcopy(document.meta), {key: array.copy() for key, array in document.arrays.items()}
    for change in changes:
        change(meta, arrays)
    meta = json.loads(json.dumps(meta))  # each value an object of its own, as in a file of the program
    content = {"format": FORMAT, "schema": SCHEMA, "meta": meta, "arrays": npz.pack_npz(arrays)}
    return pickle.dumps(content | {"sha256": content_digest(SCHEMA, meta, arrays)}, protocol=4)
