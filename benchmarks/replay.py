"""Two years of nights: do intervals that learn hold, what do they cost, and what does a training by live scores bring?

Ten series of prices and twenty simulated shops are forecast every night by models that are trained as `forecast batch`
trains them (`replay_forecasts.py`). Every night a real ledger takes the forecasts and the values that came, and adapts
the intervals of the next night. The script prints the share of values inside the intervals of 80 and 95 %, over all
series in windows of 250 nights, before and after adaptation; the weighted quantile loss (WQL) of each kind of series
and its change; and with `--retrain-if` the trainings of each file and the errors, against models that are never trained
again (only of files whose models learn from training: others follow their rows anyway).

    python benchmarks/replay.py --data FOLDER --cache FOLDER
    python benchmarks/replay.py --data FOLDER --cache FOLDER --only prices --retrain-if 'drift or coverage < 60'
    python benchmarks/replay.py --data FOLDER --cache FOLDER --validation    # other shops, and earlier years of prices
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from cells import table
from replay_forecasts import HORIZON, NIGHTS, Night, replays

from forecaster.batch.file_stamps import FileStamp, WrittenFile
from forecaster.batch.live_measures import find_drift, measure_source
from forecaster.batch.records import ModelRecord
from forecaster.batch.retraining_conditions import parse_condition
from forecaster.ledger.adapted_forecast import adapt_ends
from forecaster.ledger.adaptive_intervals import Pool, factors
from forecaster.ledger.connection import open_to_read, open_to_write, transaction
from forecaster.ledger.entry import Entry, RunStamp, SeriesEntry
from forecaster.ledger.live_read import NightStart, read_live_series
from forecaster.ledger.writer import take_entries
from forecaster.spec import LEVELS
from forecaster.workflow.chart_series import row_noun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from replay_forecasts import Replay

    from forecaster.batch.retraining_conditions import Condition

WINDOW = 250
"""Nights of a window of the table."""
MICROSECONDS = 1_000_000
COLUMNS = ("series", "target", "actual", "point", *(f"{end}{level}" for level in LEVELS for end in ("low", "high")))
"""What is kept of each value of each forecast, for the model's own intervals and for adapted ones."""


@dataclass
class Outcome:
    """What became of all forecasts of a replay.

    Attributes:
        own, adapted: Rows of `COLUMNS`, one for each step of each forecast that has a value.
        kinds: Name and kind of each series.
        trained: Nights of trainings, with the reason, by file.

    """

    own: list[np.ndarray] = field(default_factory=list)
    adapted: list[np.ndarray] = field(default_factory=list)
    kinds: dict[int, tuple[str, str]] = field(default_factory=dict)
    trained: dict[str, list[tuple[int, str]]] = field(default_factory=dict)


class File:
    """One file of a replay: its nights, its model, and the numbers of its series."""

    def __init__(self, replay: Replay, first_number: int, *, scheduled: bool) -> None:
        """Take the nights of the usual schedule of training, or of the first model."""
        self.replay, self.name, self.trained = replay, replay.file.stem, 0
        nights = replay.default_nights() if scheduled else replay.nights(0, 0, NIGHTS)
        self._nights = {each.day: each for each in nights}
        _, source = replay._model(0)  # noqa: SLF001 - a part of this benchmark
        self.panel = source.panel
        self.numbers = [first_number + i for i in range(len(self.panel))]
        self.steps = [row_noun(each) for each in self.panel.calendars]
        self.last: dict[int, int] = {}

    @property
    def model(self) -> str:
        """What tells the model."""
        return f"{self.name} of night {self.trained}"

    def runs(self, day: int) -> bool:
        """Return whether a night has new rows."""
        return day in self._nights

    def night(self, day: int) -> Night:
        """Return the forecast of a night, with the model of that night."""
        return self._nights[day] if not self.trained else self.replay.nights(self.trained, day, day + 1)[0]

    def entry(self, night: Night, ends: dict[float, tuple[np.ndarray, np.ndarray]], run: RunStamp) -> Entry:
        """Return what the ledger is told of a night."""
        start = np.datetime64(self.replay.start, "us").astype(int)
        origin = int(start + night.day * 86_400 * MICROSECONDS)
        series = []
        for i, name in enumerate(self.panel.ids):
            ds = self.panel.ds[self.panel.slice(i)].astype("datetime64[us]").astype(int)
            values = self.panel.observed_values[self.panel.slice(i)]
            known = (ds <= origin) & (ds > self.last.get(i, origin - 1)) & ~np.isnan(values)
            self.last[i] = origin
            # a day without a row stays one: no value comes at its time, which lies half a day from all others
            days = np.where(night.target[i] >= 0, night.target[i], night.day + np.arange(1, HORIZON + 1) + 0.5)
            stacked = np.stack([end[i] for level in LEVELS for end in ends[level]], axis=1)
            series.append(
                SeriesEntry(
                    name=name,
                    dated=True,
                    step=self.steps[i],
                    season=1,
                    origin=origin,
                    base=float(values[ds <= origin][-1]),
                    targets=(start + np.round(days * 86_400).astype(int) * MICROSECONDS).tolist(),
                    point=night.point[i].tolist(),
                    naive=night.naive[i].tolist(),
                    ends=stacked.tolist(),
                    times=ds[known].tolist(),
                    values=values[known].tolist(),
                )
            )
        return Entry(run, self.name, str(self.replay.file), self.model, tuple(map(float, LEVELS)), tuple(series))


def replay_nights(files: Sequence[File], ledger: Path, condition: Condition | None, *, adapt: bool) -> Outcome:
    """Return what becomes of two years of nights."""
    outcome = Outcome(trained={file.name: [] for file in files})
    for file in files:
        kind = "shops" if file.name.startswith("shops") else "prices"
        outcome.kinds |= {
            number: (f"{file.name} {name}", kind) for number, name in zip(file.numbers, file.panel.ids, strict=True)
        }
    with open_to_write(ledger):
        pass
    for day in range(NIGHTS):
        tonight = [file for file in files if file.runs(day)]
        with open_to_read(ledger) as connection:
            start, live = NightStart.read(connection), read_live_series(connection, {file.name for file in tonight})
        run, entries = RunStamp(f"night {day}", f"{day}"), []
        for file in tonight:
            if condition is not None and (reason := reason_to_train(file, day, live[file.name], condition)):
                outcome.trained[file.name].append((day, reason))
                file.trained = day
            night = file.night(day)
            own = {level: (night.low[k], night.high[k]) for k, level in enumerate(LEVELS)}
            ends = adapted_ends(file, night, live[file.name], start) if adapt else own
            keep(outcome.own, file, night, own)
            keep(outcome.adapted, file, night, ends)
            entries.append(file.entry(night, ends, run))
        take(ledger, entries, adapt=adapt)
    return outcome


def take(ledger: Path, entries: Sequence[Entry], *, adapt: bool) -> None:
    """Take the entries of a night."""
    with open_to_write(ledger) as connection, transaction(connection):
        take_entries(connection, entries, adapt=adapt)


def adapted_ends(file: File, night: Night, live: dict, start: NightStart) -> dict[float, tuple[np.ndarray, np.ndarray]]:
    """Return the ends of adapted intervals by level, as `forecaster.ledger.adapted_forecast` makes them."""
    each = []
    for i, name in enumerate(file.panel.ids):
        known = live.get(name)
        own = known.widths if known is not None and known.model == file.model else {}
        each.append(factors(start.pools.get(file.steps[i], Pool()), own, LEVELS, HORIZON))
    factor = {level: np.stack([one[level] for one in each]) for level in LEVELS}
    low, high = ({level: end[k] for k, level in enumerate(LEVELS)} for end in (night.low, night.high))
    return adapt_ends(night.point, low, high, factor, np.zeros((len(each), 1)), np.inf)


def reason_to_train(file: File, day: int, live: dict, condition: Condition) -> str:
    """Return why a model is trained again in a night, as `forecaster.batch.decisions` decides; empty if it is not."""
    now, trained = (np.datetime64(file.replay.start) + np.timedelta64(each, "D") for each in (day, file.trained))
    stop = np.add.reduceat((file.panel.ds <= now).astype(int), file.panel.indptr[:-1])
    known = file.panel.cut(np.zeros_like(stop), stop)
    last = known.ds[known.ds <= trained].max()
    record = ModelRecord(WrittenFile(FileStamp(1, 1), file.model), "", 0, str(last), "")
    drift = find_drift(record, known, live, 7 if file.name.startswith("shops") else 1, file.name)
    values = measure_source(record, known, live, drift)
    judged = condition.judge(values)
    return " and ".join(judged.because) if judged.truth and values["rows"] else ""


def keep(rows: list[np.ndarray], file: File, night: Night, ends: dict[float, tuple[np.ndarray, np.ndarray]]) -> None:
    """Add the values of a night that came within the nights of the replay."""
    there = (night.target >= 0) & (night.target < NIGHTS) & ~np.isnan(night.actual)
    series = np.broadcast_to(np.array(file.numbers)[:, None], night.target.shape)
    columns = [series, night.target, night.actual, night.point, *(end for level in LEVELS for end in ends[level])]
    rows.append(np.stack([each[there] for each in columns], axis=1))


def coverage_rows(outcome: Outcome) -> list[dict[str, object]]:
    """Return the shares of values inside the intervals in windows of nights, over all series."""
    found = []
    own, adapted = (np.concatenate(each) for each in (outcome.own, outcome.adapted))
    for begin in (*range(0, NIGHTS, WINDOW), None):
        chosen = np.ones(len(own), bool) if begin is None else own[:, 1] // WINDOW == begin // WINDOW
        row: dict[str, object] = {"nights": "all" if begin is None else f"{begin + 1} to {min(begin + WINDOW, NIGHTS)}"}
        for number, level in enumerate(LEVELS):
            for name, rows in (("own", own), ("adapted", adapted)):
                actual, low, high = rows[chosen, 2], rows[chosen, 4 + 2 * number], rows[chosen, 5 + 2 * number]
                row[f"{level} % {name}"] = 100 * float(((actual >= low) & (actual <= high)).mean())
        found.append({**row, "values": int(chosen.sum())})
    return found


def loss_of_series(rows: np.ndarray, number: int) -> tuple[float, float]:
    """Return WQL and MAE of a series."""
    rows = rows[rows[:, 0] == number]
    actual, point = rows[:, 2], rows[:, 3]
    quantiles = [(point, 0.5)]
    for place, level in enumerate(LEVELS):
        tail = (100 - level) / 200
        quantiles += [(rows[:, 4 + 2 * place], tail), (rows[:, 5 + 2 * place], 1 - tail)]
    losses = [2 * np.maximum(tau * (actual - each), (tau - 1) * (actual - each)) for each, tau in quantiles]
    return float(np.mean(losses, axis=0).sum() / np.abs(actual).sum()), float(np.abs(actual - point).mean())


def loss_rows(outcome: Outcome, *, each: bool) -> list[dict[str, object]]:
    """Return the WQL of own and of adapted intervals by kind of series, or of each series, and its change."""
    own, adapted = (np.concatenate(rows) for rows in (outcome.own, outcome.adapted))
    losses = {number: (loss_of_series(own, number)[0], loss_of_series(adapted, number)[0]) for number in outcome.kinds}
    groups: dict[str, list[int]] = {}
    for number, (name, kind) in outcome.kinds.items():
        groups.setdefault(name if each else kind, []).append(number)
    groups |= {} if each else {"all": [*outcome.kinds]}
    return [
        {
            "series": name,
            "number": len(members),
            "WQL own": round(float(np.mean([losses[k][0] for k in members])), 5),
            "WQL adapted": round(float(np.mean([losses[k][1] for k in members])), 5),
            "change %": 100 * float(np.mean([losses[k][1] / losses[k][0] for k in members]) - 1),
            "largest %": 100 * float(np.max([losses[k][1] / losses[k][0] for k in members]) - 1),
        }
        for name, members in groups.items()
    ]


def training_rows(never: Outcome, ruled: Outcome) -> list[dict[str, object]]:
    """Return the trainings of each file, and its errors with and without them."""
    rows = []
    before, after = (np.concatenate(each.adapted) for each in (never, ruled))
    for file, trained in ruled.trained.items():
        members = [number for number, (name, _) in ruled.kinds.items() if name.startswith(f"{file} ")]
        scores = [(loss_of_series(before, k), loss_of_series(after, k)) for k in members]
        change = [[100 * (new[n] / old[n] - 1) for old, new in scores] for n in (0, 1)]
        rows.append(
            {
                "file": file,
                "trainings": len(trained),
                "WQL change %": float(np.mean(change[0])),
                "MAE change %": float(np.mean(change[1])),
                "first reasons": "; ".join(f"night {day}: {reason}" for day, reason in trained[:2]),
            }
        )
    return rows


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of accuracy.py")
    parser.add_argument("--cache", type=Path, help="where forecasts are kept for the next time")
    parser.add_argument("--only", choices=("prices", "shops"))
    parser.add_argument("--validation", action="store_true")
    parser.add_argument("--seed", type=int, help="of the shops; 1 by default, and 1000 with --validation")
    parser.add_argument(
        "--retrain-if", help="also replay with this condition, against models that are never trained again"
    )
    parser.add_argument("--per-series", action="store_true")
    arguments = parser.parse_args()
    seed = arguments.seed or (1000 if arguments.validation else 1)
    with tempfile.TemporaryDirectory() as temporary:
        cache = arguments.cache or Path(temporary) / "forecasts"

        def outcome(condition: Condition | None, name: str, *, scheduled: bool) -> Outcome:
            files, number = [], 0
            for replay in replays(cache, arguments.data, seed, validation=arguments.validation):
                kind = "shops" if replay.file.name.startswith("shops") else "prices"
                if arguments.only in {None, kind} and (scheduled or replay.learns()):
                    files.append(File(replay, number, scheduled=scheduled))
                    number += len(files[-1].panel)
            return replay_nights(files, Path(temporary) / f"{name}.sqlite", condition, adapt=True)

        if arguments.retrain_if:
            condition = parse_condition(arguments.retrain_if)
            never = outcome(None, "never", scheduled=False)
            print(table({"rows": training_rows(never, outcome(condition, "ruled", scheduled=False))}))
            return
        found = outcome(None, "usual", scheduled=True)
        print(table({"rows": coverage_rows(found)}))
        print()
        print(table({"rows": loss_rows(found, each=arguments.per_series)}))


if __name__ == "__main__":
    main()
