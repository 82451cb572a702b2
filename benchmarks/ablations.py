"""How much each ingredient of networks from the start contributes, on the last horizons of the training rows.

    python benchmarks/ablations.py m1_monthly --data FOLDER [--docs docs/accuracy.md]

The folder is that of accuracy.py; the test rows are not used. Each line is the recipe with one change, trained up to
two cutoffs, one and two horizons before the end of the training rows. No pretrained network takes part. The figure is
the OWA of the final forecast, as the geometric mean over the cutoffs; lower is better.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np
import pandas as pd
from accuracy_scores import naive2, seasonal_change

from forecaster.forecasting import forecaster, plan
from forecaster.forecasting.blend import Blend
from forecaster.forecasting.defaults.derive import derive_recipe
from forecaster.forecasting.defaults.levels import MEMBERS
from forecaster.forecasting.methods import ensemble
from forecaster.forecasting.methods.network_windows import NetworkWindows
from forecaster.forecasting.recipe import Recipe
from forecaster.series.panel import panel_from_series
from forecaster.spec import Specification

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Series = Mapping[str, NDArray[np.float64]]
    Change = Callable[[Recipe], Recipe]

SETS = {
    "m1_yearly": (6, 1),
    "m1_quarterly": (8, 4),
    "m1_monthly": (18, 12),
    "m4_weekly": (13, 1),
    "m4_hourly": (48, 24),
}
"""Horizon and season of the scores of each data set."""
BEGIN, END = "<!-- ablations: begin -->", "<!-- ablations: end -->"
CUTS = (1, 2)
LEAST = 8
"""Rows that a series keeps at least, else it is left out."""


def network(**sizes: Any) -> Change:
    """Return a change of the network's sizes."""
    return lambda recipe: replace(recipe, architecture=replace(recipe.architecture, **sizes))


def with_(**fields: Any) -> Change:
    """Return a change of the recipe."""
    return lambda recipe: replace(recipe, **fields)


def no_quantiles(recipe: Recipe) -> Recipe:
    """Let the network forecast only the median."""
    return network(quantiles=1, outputs=recipe.horizon)(recipe)


def updates(factor: float) -> Change:
    """Return a change of the length of training."""
    return lambda recipe: replace(recipe, updates=max(1, round(factor * recipe.updates)))


CHANGES: dict[str, Change] = {
    "the recipe": lambda recipe: recipe,
    "no quantile head": no_quantiles,
    "no logarithms": with_(log=False),
    "no dense layer before the head": network(head=0),
    "no linear skip": network(skip=False),
    "LSTM": network(cell="lstm"),
    "vanilla RNN": network(cell="rnn"),
    "half of the hidden units": network(hidden=32, embedding=32, head=64),
    "dropout 0.1": network(dropout=0.1),
    "half of the updates": updates(0.5),
    "twice the updates": updates(2),
    "one network": with_(members=1),
    "eight networks": with_(members=8),
    "windows end at every step": with_(stride=1),
    "every row begins a forecast": with_(recent_rows=10**9),
}
PATCHES: dict[str, tuple[Any, str, Any]] = {
    "all windows seen alike": (ensemble, "member_view", lambda _, windows, __: NetworkWindows(windows)),
    "only windows with every target": (Recipe, "targets_needed", property(lambda recipe: recipe.horizon)),
    "the network alone": (forecaster, "choose_blend", lambda *_: Blend({"network": 1.0})),
}


def read(path: Path) -> Series:
    """Return the values of each series."""
    frame = pd.read_csv(path, dtype={"unique_id": str})
    return {str(name): rows["y"].to_numpy(float) for name, rows in frame.groupby("unique_id", sort=False)}


def owa(series: Series, name: str, cut: int, change: Change) -> float:
    """Return OWA at the cutoff `cut` horizons before the end of the series."""
    h, season = SETS[name]
    kept = {key: y for key, y in series.items() if len(y) - cut * h >= max(LEAST, 2 * season)}
    history = {key: y[: len(y) - cut * h] for key, y in kept.items()}
    panel = panel_from_series((key, np.arange(len(y)), y) for key, y in history.items())
    with mock.patch.object(plan, "derive_recipe", lambda panel, asked: change(derive_recipe(panel, asked))):
        own = Specification(horizon=h, members=MEMBERS["standard"])
        point = forecaster.BlendedForecaster(own).fit(panel).predict(panel, h).point
    scores = []
    for row, (key, y) in zip(point, kept.items(), strict=True):
        actual, scale = y[len(y) - cut * h :][:h], seasonal_change(history[key], season)
        for forecast in (row, naive2(history[key], h, season)):
            error = np.abs(actual - forecast)
            scores.append((np.mean(200 * error / (np.abs(actual) + np.abs(forecast))), error.mean() / scale))
    ours, theirs = np.nanmean(scores[::2], axis=0), np.nanmean(scores[1::2], axis=0)
    return float(np.mean(ours / theirs))


def main() -> None:
    """Print one line for each change, and write the lines into the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=SETS)
    parser.add_argument("--data", type=Path, required=True, help="folder with a folder for each data set")
    parser.add_argument("--docs", type=Path, help="page with the table of ablations")
    parser.add_argument("--only", nargs="*", help="changes to measure; all without it")
    asked = parser.parse_args()
    series = read(asked.data / asked.name / "train.csv.gz")
    found: dict[str, float] = {}
    for label in [*CHANGES, *PATCHES]:
        if asked.only and label not in {*asked.only, "the recipe"}:
            continue
        began = perf_counter()
        with ExitStack() as stack:
            if label in PATCHES:
                stack.enter_context(mock.patch.object(*PATCHES[label]))
            change = CHANGES.get(label, CHANGES["the recipe"])
            found[label] = float(np.exp(np.mean([np.log(owa(series, asked.name, cut, change)) for cut in CUTS])))
        print(f"{asked.name:13s} {label:32s} {found[label]:.4f} {perf_counter() - began:.0f} s", flush=True)
    if asked.docs:
        write(asked.docs, asked.name, found)


def write(page: Path, name: str, found: Mapping[str, float]) -> None:
    """Set the column of a data set in the table of the page."""
    text = page.read_text()
    before, rest = text.split(BEGIN)
    inside, after = rest.split(END)
    table: dict[str, dict[str, str]] = {}
    rows = [[cell.strip() for cell in line.strip()[1:-1].split("|")] for line in inside.splitlines() if "|" in line]
    for first, *cells in rows[2:]:
        table[first] = dict(zip(rows[0][1:], cells, strict=True))
    for label, figure in found.items():
        table.setdefault(label, {})[name] = f"{figure:.4f}"
    columns = [column for column in SETS if any(column in row for row in table.values())]
    lines = ["| one thing changed | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    for label, row in table.items():
        lines.append(f"| {label} | " + " | ".join(row.get(column, "") for column in columns) + " |")
    page.write_text(before + BEGIN + "\n" + "\n".join(lines) + "\n" + END + after)


if __name__ == "__main__":
    main()
