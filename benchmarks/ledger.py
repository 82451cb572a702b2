"""What does a ledger cost: its size, a night, the scores of all forecasts, and does a kill lose or double anything?

Nights of a batch are simulated without the forecasts: daily series with a week and noise, forecasts of five steps with
two intervals each, and a new model for a series every twenty nights. The entries go the way of a batch: through the
journal into the ledger. The script prints the size of the file, the wall and processor time of the process that writes
it, for the median and the last night, and the time to read all scores, one series, and to remove the first year.

With `--kills N` a process that does such nights is killed N times at random moments and started again each time. Then
its ledger is compared with one that was never disturbed: each forecast, value and sum must be there, and only once.
Linux and macOS.

    python benchmarks/ledger.py --series 10000 --nights 730
    python benchmarks/ledger.py --kills 30
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import random
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from cells import setting, table

from forecaster.batch.ledger_of_run import LedgerOfRun
from forecaster.ledger.connection import NAME, open_to_read, open_to_write, transaction
from forecaster.ledger.details import read_actuals, read_details
from forecaster.ledger.entry import Entry, SeriesEntry
from forecaster.ledger.prune import prune
from forecaster.ledger.records import series_rows
from forecaster.ledger.scores import mean_scores, read_sums, scores_of_sums

HORIZON, SEASON, LEVELS = 5, 7, (80.0, 95.0)
BEFORE = 30
"""Values before the first night."""
DAY, FIRST_DAY = 86_400 * 10**6, 20_000
"""Microseconds of a day, and the first day, counted from 1970."""
NIGHTS_OF_MODEL = 20
"""Nights after which a series has a new model, as `--retrain-after 10%` gives one of 200 rows."""
NIGHTS_OF_KILLS, SERIES_OF_KILLS = 40, 300
NIGHTS_TO_KILL = 4
"""Nights in which a process is killed, at most."""
QUANTILES = np.array([-1.2816, 1.2816, -1.96, 1.96])
YEAR = 365 * 86_400.0
DONE_NIGHTS = "nights.txt"


class Simulation:
    """Values and forecasts of series, the same at each call."""

    def __init__(self, series: int, nights: int, seed: int) -> None:
        """Draw the values of all nights."""
        self.seed, self.series = seed, series
        rng = np.random.default_rng(seed)
        steps = np.arange(BEFORE + nights + 1)
        week = rng.normal(size=(series, SEASON))[:, steps % SEASON]
        self.sigma = rng.uniform(0.5, 5, size=series)
        level = rng.uniform(20, 2000, size=(series, 1))
        noise = rng.normal(size=(series, len(steps)))
        self.mean = level + 2 * self.sigma[:, None] * week
        self.values = np.round(self.mean + self.sigma[:, None] * noise, 2)
        self.widths = rng.uniform(0.8, 1.2, size=(series, HORIZON, len(QUANTILES)))

    def entries(self, night: int, ledger: LedgerOfRun, known: dict[str, int]) -> list[Entry]:
        """Return the entries of a night; `known` has the last known time of each series."""
        rng = np.random.default_rng([self.seed, night])
        origin = BEFORE + night
        point = self.mean[:, [origin - SEASON + 1 + step for step in range(HORIZON)]]
        point = point + 0.3 * self.sigma[:, None] * rng.normal(size=point.shape)
        scale = self.sigma * rng.uniform(0.9, 1.1, size=self.series)
        ends = point[:, :, None] + scale[:, None, None] * self.widths * QUANTILES
        naive = self.values[:, origin - SEASON + 1 :][:, :HORIZON]
        targets = [(FIRST_DAY + origin + step) * DAY for step in range(1, HORIZON + 1)]
        entries = []
        for i in range(self.series):
            name = f"series-{i:06}"
            newer = known.get(name, (FIRST_DAY + origin) * DAY) // DAY - FIRST_DAY + 1
            rows = range(max(0, min(newer, origin + 1) - HORIZON), origin + 1)
            series = SeriesEntry(
                name=name,
                dated=True,
                step="day",
                season=SEASON,
                origin=(FIRST_DAY + origin) * DAY,
                base=float(self.values[i, origin]),
                targets=targets,
                point=point[i].tolist(),
                naive=naive[i].tolist(),
                ends=ends[i].tolist(),
                times=[(FIRST_DAY + row) * DAY for row in rows],
                values=self.values[i, rows.start : rows.stop].tolist(),
            )
            digest = hashlib.sha256(f"{i} {(night + i) // NIGHTS_OF_MODEL}".encode()).hexdigest()
            entries.append(Entry(ledger.journal.run, name, f"/in/{name}.csv", digest, LEVELS, (series,)))
        return entries


def known_times(path: Path) -> dict[str, int]:
    """Return the last known time of each series of one source."""
    with open_to_read(path) as connection:
        return {row.name: row.last_time for row in series_rows(connection) if row.last_time is not None}


def do_night(simulation: Simulation, folder: Path, night: int, *, one_by_one: bool = False) -> tuple[float, float]:
    """Do a night, and return wall and processor seconds that the process of the ledger takes."""
    began, busy = time.perf_counter(), time.process_time()
    ledger = LedgerOfRun.begin(folder / NAME, folder, datetime.now(UTC), None)
    known = known_times(folder / NAME)
    begun = time.perf_counter() - began, time.process_time() - busy
    entries = simulation.entries(night, ledger, known)
    if one_by_one:
        for entry in entries:
            ledger.journal.append(entry)
    else:  # as a worker leaves it
        lines = b"".join(entry.to_line() for entry in entries)
        (ledger.journal.folder / f"{ledger.journal.run.token}.jsonl").write_bytes(lines)
    began, busy = time.perf_counter(), time.process_time()
    ledger.take()
    return begun[0] + time.perf_counter() - began, begun[1] + time.process_time() - busy


def timed(work: object) -> str:
    """Return the seconds that a function takes."""
    began = time.perf_counter()
    work()  # type: ignore[operator]
    return f"{time.perf_counter() - began:.2f}"


def measure(series: int, nights: int, seed: int) -> dict[str, object]:
    """Return the row of a ledger of simulated nights."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulation = Simulation(series, nights, seed)
        seconds = []
        for night in range(nights):
            seconds.append(do_night(simulation, folder, night))
            if night % 50 == 0:
                size = (folder / NAME).stat().st_size
                print(f"night {night}: {size / 1e6:.1f} MB, {seconds[-1][0]:.1f} s", file=sys.stderr, flush=True)
        size = (folder / NAME).stat().st_size
        wall, busy = np.array(seconds).T
        with open_to_read(folder / NAME) as connection:
            all_scores = timed(lambda: mean_scores(read_sums(connection)))
            one_series = timed(lambda: list(read_details(connection, 1, 1)))
        with open_to_write(folder / NAME) as connection, transaction(connection):
            pruned = timed(lambda: prune(connection, max(nights - 365, 1) * YEAR / 365))
        return {
            "series": series,
            "nights": nights,
            "mb": f"{size / 1e6:.0f}",
            "bytes_a_forecast": f"{size / series / nights:.0f}",
            "night_s": f"{np.median(wall):.2f}",
            "last_s": f"{np.median(wall[-10:]):.2f}",
            "night_cpu_s": f"{np.median(busy):.2f}",
            "last_cpu_s": f"{np.median(busy[-10:]):.2f}",
            "scores_s": all_scores,
            "one_series_s": one_series,
            "prune_s": pruned,
        }


def do_nights(folder: Path, seed: int) -> None:
    """Do the nights of a check of kills, from the one that was not done."""
    simulation, done = Simulation(SERIES_OF_KILLS, NIGHTS_OF_KILLS, seed), folder / DONE_NIGHTS
    for night in range(int(done.read_text()) if done.exists() else 0, NIGHTS_OF_KILLS):
        do_night(simulation, folder, night, one_by_one=True)
        written = folder / f"{DONE_NIGHTS}.new"
        written.write_text(str(night + 1))
        written.replace(done)


def content(path: Path) -> dict[str, object]:
    """Return all that a ledger knows of each series, without the numbers that depend on the order of the work."""
    found: dict[str, object] = {}
    with open_to_read(path) as connection:
        models = dict(connection.execute("SELECT id, digest FROM models"))
        for row in series_rows(connection):
            forecasts = []
            for details in read_details(connection, row.id, row.id):
                part = details.forecasts
                for i in range(len(part)):
                    arrays = (part.targets, part.point, part.naive, part.ends, details.actual)
                    numbers = [each[i].tobytes() for each in arrays]
                    forecasts.append((int(part.origin[i]), models[int(part.model[i])], *numbers))
            scores = scores_of_sums(read_sums(connection, series=[row.id]))
            sums = (scores.scored.tolist(), np.round(scores.mae, 9).tolist(), np.round(scores.wql, 12).tolist())
            values = read_actuals(connection, row.id, row.id)[["time", "value"]].tolist()
            found[row.name] = (sorted(forecasts), values, row.last_time, row.recent, sums)
        found["revisions"] = connection.execute("SELECT count(*) FROM revisions").fetchone()
    return found


def kill(kills: int, seed: int) -> dict[str, object]:
    """Kill nights at random moments, compare the ledger with an undisturbed one, and return the row of the table."""
    moments = random.Random(seed)  # noqa: S311 - moments of a benchmark
    with tempfile.TemporaryDirectory() as name:
        calm, disturbed = Path(name) / "calm", Path(name) / "disturbed"
        for folder in (calm, disturbed):
            folder.mkdir()
        began = time.perf_counter()
        do_nights(calm, seed)
        whole = time.perf_counter() - began
        processes = multiprocessing.get_context("fork")  # a new process would import the libraries each time
        killed = during = 0
        while killed < kills:
            process = processes.Process(target=do_nights, args=(disturbed, seed))
            process.start()
            process.join(moments.uniform(0, NIGHTS_TO_KILL * whole / NIGHTS_OF_KILLS))
            if process.is_alive():
                process.kill()
                killed += 1
                process.join()
                during += (disturbed / f"{NAME}-journal").exists()
            else:
                (disturbed / DONE_NIGHTS).unlink()  # all nights are done: doing them again must change nothing
        do_nights(disturbed, seed)
        same = content(calm / NAME) == content(disturbed / NAME)
    return {"kills": killed, "in_a_transaction": during, "same_content": same}


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=1000, help="series of each night")
    parser.add_argument("--nights", type=int, default=60, help="nights")
    parser.add_argument("--kills", type=int, default=0, help="kill a process this often, and measure nothing")
    parser.add_argument("--seed", type=int, default=0, help="seed of values, forecasts and moments")
    given = parser.parse_args()
    row = kill(given.kills, given.seed) if given.kills else measure(given.series, given.nights, given.seed)
    print(table({"rows": [row], **setting()}))
    if not row.get("same_content", True):
        sys.exit("a kill changed the ledger")


if __name__ == "__main__":
    main()
