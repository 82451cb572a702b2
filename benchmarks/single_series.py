"""How accurate is a forecast of one short series alone, and what does it cost, beside the classical methods?

The series of the M1 competition, yearly, quarterly and monthly, are written each into a file of its own, and one
command forecasts all of them, each without any other:

    forecast predict 'files/*.csv' --horizon H --out out --jobs 1

Beside it, in the same run, are AutoETS, AutoTheta, AutoCES, AutoARIMA and the median of the four, if statsforecast is
installed. The script prints sMAPE, MASE, the coverage of the intervals, their mean width in units of MASE, the width
that ours would be of a method's if both covered as much as ours do, and processor time for each method.

    python benchmarks/single_series.py --data FOLDER
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass, replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from accuracy import unpack
from accuracy_scores import KEYS, competition_scores, is_within, seasonal_change
from cells import setting, table
from many_files import FAILURES, cost, failed_files, forecast_command, step_stamps, write_series

from forecaster.spec import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from many_files import Cost
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

OURS, MEDIAN = "forecast", "median of the four"
PEERS = ("AutoETS", "AutoTheta", "AutoCES", "AutoARIMA")
"""Classes of statsforecast."""
ROUNDS = 3
"""Processes that forecast a single file: their median is the time of the start."""


class Source(NamedTuple):
    """A data set: its step, as NumPy calls it but for Q, the steps in a season, and the steps of the test."""

    step: str
    season: int
    horizon: int


SOURCES = {"m1_yearly": Source("Y", 1, 6), "m1_quarterly": Source("Q", 4, 8), "m1_monthly": Source("M", 12, 18)}


@dataclass(frozen=True)
class Result:
    """The forecasts of one method.

    Attributes:
        frame: The columns `unique_id, ds, forecast`, and `forecast-lo-80` and the like for the ends of the intervals.
        cpu: Seconds of processor time a series.
        replaced: Series that have no forecast of the method, but the last value instead.

    """

    frame: pd.DataFrame
    cpu: float
    replaced: int = 0


@dataclass(frozen=True)
class Run:
    """What the program did with all files, and with one."""

    result: Result
    all_files: Cost
    one_file: Cost


def ends(level: float) -> tuple[str, str]:
    """Return the names of the columns with the lower and the upper ends of an interval."""
    return f"forecast-lo-{level:g}", f"forecast-hi-{level:g}"


COLUMNS = ["forecast", *(name for level in LEVELS for name in ends(level))]


def frame_of(name: str, last: int, columns: Mapping[str, Values]) -> pd.DataFrame:
    """Return the forecast of one series, whose last known row has the number `last`, as rows."""
    steps = last + 1 + np.arange(len(columns["forecast"]))
    return pd.DataFrame({"unique_id": name, "ds": steps, **{column: columns[column] for column in COLUMNS}})


def known_series(train: pd.DataFrame) -> Iterator[tuple[str, int, Values]]:
    """Yield the name of each series, the number of its last row, and its values, (n,)."""
    for name, rows in train.groupby("unique_id", sort=False):
        yield str(name), int(rows["ds"].iloc[-1]), rows["y"].to_numpy(float)


def forecast_with_program(train: pd.DataFrame, source: Source, work: Path) -> Run:
    """Write a file for each series, forecast all of them with one command, and read what it wrote.

    The competition numbers its rows; the files have dates instead, so that the program knows the step, and with it the
    season. The start of a process, to which the first forecast counts, is not part of the time a series.
    """
    (work / "files").mkdir(parents=True)
    known = {name: (last, values) for name, last, values in known_series(train)}
    for name, (_, values) in known.items():
        write_series(work / "files" / f"{name}.csv", step_stamps(source.step, len(values)), values.tolist())
    words = ("--horizon", str(source.horizon), "--jobs", "1", "--out")
    single = forecast_command("predict", f"files/{next(iter(known))}.csv", *words, "single")
    one = [cost(single, work) for _ in range(ROUNDS)]
    all_files = cost(forecast_command("predict", "files/*.csv", *words, "out"), work)
    if failed_files(work / "out"):
        sys.exit(f"{(work / 'out' / FAILURES).read_text()}these files are not forecast")
    frames = []
    for name, (last, _) in known.items():
        found = pd.read_csv(work / "out" / f"{name}.csv")
        frames.append(frame_of(name, last, {column: found[column].to_numpy(float) for column in COLUMNS}))
    one_file = replace(
        one[0], seconds=statistics.median(each.seconds for each in one), cpu=statistics.median(each.cpu for each in one)
    )
    cpu = (all_files.cpu - one_file.cpu) / (len(known) - 1) if len(known) > 1 else float("nan")
    return Run(Result(pd.concat(frames, ignore_index=True), cpu), all_files, one_file)


def forecast_with_peer(peer: str, train: pd.DataFrame, source: Source) -> Result:
    """Forecast each series with a method of statsforecast, in this process; the last value where the method cannot."""
    from statsforecast import models  # here, because it takes seconds, and is not needed

    method, fallback = getattr(models, peer)(season_length=source.season), models.Naive()
    wanted = {"h": source.horizon, "level": [int(level) for level in LEVELS]}
    frames, replaced, cpu = [], 0, 0.0
    for number, (name, last, values) in enumerate(known_series(train)):
        if not number:
            _forecast_or_none(method, values, wanted)  # what is compiled or loaded at first is not counted
        begin = time.process_time()
        found = _forecast_or_none(method, values, wanted)
        cpu += time.process_time() - begin
        if found is None:
            replaced += 1
            found = fallback.forecast(y=values, **wanted)
        interval = {
            column: found[f"{side}-{level:g}"]
            for level in LEVELS
            for side, column in zip(("lo", "hi"), ends(level), strict=True)
        }
        frames.append(frame_of(name, last, {"forecast": found["mean"], **interval}))
    return Result(pd.concat(frames, ignore_index=True), cpu / len(frames), replaced)


def _forecast_or_none(method: Any, values: Values, wanted: Mapping[str, object]) -> Mapping[str, Values] | None:
    """Return the forecast of a method of statsforecast; None where it fails or is not finite."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of a search that was stopped early, and the like
            found = method.forecast(y=values, **wanted)
    except Exception:  # noqa: BLE001 - the package has no error of its own for series that are too short
        return None
    return found if all(np.isfinite(column).all() for column in found.values()) else None


def median_of(results: Sequence[Result]) -> Result:
    """Return the median of the point forecasts, and of the ends of the intervals, of several methods.

    Source: Petropoulos and Svetunkov (2020), Int. J. Forecasting 36:110-115.
    """
    frame = results[0].frame.copy()
    frame[COLUMNS] = np.median([each.frame[COLUMNS].to_numpy() for each in results], axis=0)
    return Result(frame, sum(each.cpu for each in results))


def coverage_by_step(test: pd.DataFrame, result: Result, level: float) -> Values:
    """Return the share of values inside their interval at each step of the horizon, (h,), in percent."""
    rows = test.merge(result.frame, on=KEYS, validate="one_to_one")
    low, high = (rows[name].to_numpy() for name in ends(level))
    inside = pd.Series(is_within(rows["y"].to_numpy(float), low, high))
    return np.asarray(100 * inside.groupby(rows.groupby("unique_id").cumcount()).mean())


def mean_width(train: pd.DataFrame, test: pd.DataFrame, result: Result, season: int, level: float) -> float:
    """Return the mean width of the intervals in units of the mean seasonal change of each series."""
    rows = test.merge(result.frame, on=KEYS, validate="one_to_one")
    scale = train.groupby("unique_id")["y"].agg(lambda y: seasonal_change(y.to_numpy(), season))
    low, high = (rows[name] for name in ends(level))
    widths = (high - low) / scale.where(scale > 0).reindex(rows["unique_id"]).to_numpy()
    return float(widths.groupby(rows["unique_id"]).mean().mean())


def widened(result: Result, factor: float) -> Result:
    """Return the result with both ends of its intervals this many times as far from the points."""
    frame = result.frame.copy()
    for column in COLUMNS[1:]:
        frame[column] = frame["forecast"] + factor * (frame[column] - frame["forecast"])
    return replace(result, frame=frame)


def factor_to_cover(test: pd.DataFrame, result: Result, level: float, share: float) -> float:
    """Return the factor by which intervals have to be widened to cover this share of the values, in percent."""
    rows = test.merge(result.frame, on=KEYS, validate="one_to_one")
    y, point, low, high = (rows[name].to_numpy(float) for name in ("y", "forecast", *ends(level)))
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = np.where(y > point, (y - point) / (high - point), (point - y) / (point - low))
    return float(np.quantile(np.where(y == point, 0.0, needed), share / 100))


def rows_of_set(
    name: str, results: Mapping[str, Result], train: pd.DataFrame, test: pd.DataFrame
) -> list[dict[str, object]]:
    """Return the row of each method."""
    rows = []
    for method, result in results.items():
        scores = competition_scores(train, test, result.frame[[*KEYS, "forecast"]], SOURCES[name].season)
        inside, widths, season = {}, {}, SOURCES[name].season
        for level in LEVELS:
            inside[f"inside_{level:g}"] = f"{coverage_by_step(test, result, level).mean():.1f}"
            widths[f"width_{level:g}"] = f"{mean_width(train, test, result, season, level):.2f}"
            share = float(coverage_by_step(test, results[OURS], level).mean())
            equal = widened(result, factor_to_cover(test, result, level, share))
            ours = mean_width(train, test, results[OURS], season, level)
            widths[f"ours_{level:g}"] = f"{ours / mean_width(train, test, equal, season, level):.2f}"
        rows.append(
            {
                "set": name,
                "method": method,
                **{metric: f"{value:.3f}" for metric, value in scores.items()},
                **inside,
                **widths,
                "cpu_ms_each": f"{1000 * result.cpu:.1f}",
                "replaced": result.replaced,
            }
        )
    return rows


def lines_by_step(name: str, results: Mapping[str, Result], test: pd.DataFrame) -> list[str]:
    """Return the coverage of each method by step of the horizon, as lines of text."""
    width = max(map(len, results))
    lines = []
    for level in LEVELS:
        shares = {method: coverage_by_step(test, result, level) for method, result in results.items()}
        steps = np.arange(1, SOURCES[name].horizon + 1)
        lines.append(f"{name}, percent inside the {level:g} % interval at each step ahead:")
        lines.append(" " * width + "".join(f"{step:5d}" for step in steps))
        lines += [f"{method:>{width}}" + "".join(f"{share:5.0f}" for share in shares[method]) for method in results]
    return lines


def read_set(folder: Path, series: int | None, work: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the training and test rows of the first `series` series of a data set, or of all."""
    unpack(folder, work)
    train, test = (pd.read_csv(work / f"{part}.csv", dtype={"unique_id": str}) for part in ("train", "test"))
    chosen = train["unique_id"].unique()[:series]
    return train[train["unique_id"].isin(chosen)], test[test["unique_id"].isin(chosen)]


def arguments() -> argparse.Namespace:
    """Return the arguments of the command line; peers are compared by default if they are installed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="folder with a folder for each set")
    parser.add_argument("--sets", nargs="+", choices=list(SOURCES), default=list(SOURCES), help="data sets (all)")
    parser.add_argument("--series", type=int, metavar="N", help="only the first N series of each set, for a quick look")
    parser.add_argument("--peers", action=argparse.BooleanOptionalAction, help="compare with statsforecast")
    asked = parser.parse_args()
    installed = find_spec("statsforecast") is not None
    if asked.peers and not installed:
        parser.error("statsforecast is not installed: pip install -e '.[baselines]'")
    if asked.peers is None and not installed:
        print("the classical methods are left out: pip install -e '.[baselines]' installs them", file=sys.stderr)
    asked.peers = installed if asked.peers is None else asked.peers
    return asked


def main() -> None:
    """Run the benchmark, and print the scores of every method and their coverage by step."""
    asked = arguments()
    rows, lines, costs = [], [], {}
    for name in asked.sets:
        with tempfile.TemporaryDirectory() as temporary:
            work = Path(temporary)
            train, test = read_set(asked.data / name, asked.series, work)
            run = forecast_with_program(train, SOURCES[name], work / "run")
        results = {OURS: run.result}
        if asked.peers:
            results |= {peer: forecast_with_peer(peer, train, SOURCES[name]) for peer in PEERS}
            results[MEDIAN] = median_of([results[peer] for peer in PEERS])
        rows += rows_of_set(name, results, train, test)
        lines += lines_by_step(name, results, test)
        costs[name] = (
            f"{train['unique_id'].nunique()} files in {run.all_files.seconds:.2f} s, {run.all_files.cpu:.2f} s of CPU; "
            f"one file in {run.one_file.seconds:.2f} s, {run.one_file.cpu:.2f} s of CPU"
        )
    peers = {"statsforecast": version("statsforecast")} if asked.peers else {}
    print(table({"rows": rows, **costs, **peers, **setting()}))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
