"""The sections about how the forecast is made: weights, networks, the learning curve, and how far back it learns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.errors import counted
from forecaster.evaluation.method_sentence import LEAST_SHARE, NAMES
from forecaster.evaluation.sentences import capitalised
from forecaster.forecasting.methods.training_session import FINAL, FINE_TUNED, JUDGED, NETWORK, VALIDATED
from forecaster.report.document import Column, Details, Line, LineChart, Section, Share, Shares, Table, Text
from forecaster.workflow.number_formats import MISSING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.forecasting.methods.learning_curve import LearningCurve
    from forecaster.report.document import Block
    from forecaster.workflow.results import Diagnosis

MOST_CURVES = 4
"""Trainings whose losses are drawn, chosen by hand: two rows of charts; the table has all."""
KINDS = {NETWORK: "network", FINE_TUNED: "fine-tuned network"}
PARTS = {VALIDATED: "stopped by validation rows", JUDGED: "before the held-out rows", FINAL: "on all rows"}
"""Trainings in words, by the parts of their names."""


def method_section(method: str, weights: Mapping[str, float], more: Sequence[Block] = ()) -> Section:
    """Return what the forecast is made of: a sentence, the weights of the methods, and what else is said of them."""
    shares = sorted(((weight, name) for name, weight in weights.items() if weight >= LEAST_SHARE), reverse=True)
    parts = tuple(Share(capitalised(NAMES.get(name, name.replace("_", " "))), weight) for weight, name in shares)
    blocks: list[Block] = [Text((f"{capitalised(method)}.",))] if method else []
    if len(parts) > 1:
        blocks.append(Shares("Weights of the methods in the point forecast", parts))
    return Section("method", "How the forecast is made", (*blocks, *more))


def networks_table(fitted: FittedForecaster) -> tuple[Block, ...]:
    """Return the networks that were trained from random weights; nothing where there are none."""
    members = fitted.members
    if not members:
        return ()
    losses = [MISSING if each.loss is None else f"{each.loss:.4g}" for each in members]
    clipped = [MISSING if each.clipped is None else f"{100 * each.clipped:.0f} %" for each in members]
    columns = (
        Column("Network", [str(number) for number in range(1, len(members) + 1)]),
        Column("Epochs", [str(each.epochs) for each in members], numeric=True),
        Column("Best epoch", [str(each.best_epoch) for each in members], numeric=True),
        Column("Loss on validation rows", losses, numeric=True),
        Column("Clipped updates", clipped, numeric=True),
    )
    return (Table(f"The {counted(len(members), 'network')} of the ensemble", columns),)


def curves_of(fitted: FittedForecaster) -> tuple[LearningCurve, ...]:
    """Return the losses of all trainings of a forecaster, in the order of its networks."""
    components = fitted.components
    own = [curve for member in fitted.members for curve in member.curves]
    tuned = components.levels.curves if components.levels else ()
    return (*own, *tuned, *(components.volatility.curves if components.volatility else ()))


def learning_section(curves: Sequence[LearningCurve]) -> Section:
    """Return the losses of the trainings by epoch: a chart for each of the first ones, and all as a table."""
    told = [curve for curve in curves if len(curve.training) > 1]
    if not told:
        return Section("learning", "Learning curve", ())
    validated = [curve for curve in told if np.isfinite(curve.validation).any()] or told
    best = counted(validated[0].best, "epoch")
    first = f"{_training_title(validated[0].name)} was best after {best} of {len(validated[0].training) - 1}."
    charts = tuple(_learning_chart(curve) for curve in validated[:MOST_CURVES])
    table = Details("The losses of all trainings, as numbers", tuple(_learning_table(curve) for curve in told))
    return Section("learning", "Learning curve", (Text((first,)), *charts, table))


def gradient_section(found: Diagnosis | None) -> Section:
    """Return how far back the networks learn: advice, the norm of the gradient by lag, and the layers."""
    title = "Gradient health"
    if found is None:
        return Section("gradients", title, ())
    networks, windows = (counted(found.facts[f"{noun}s"], noun) for noun in ("network", "window"))
    about = f"The norm of dL/dh by lag, relative to lag 0: the geometric mean of {networks} over {windows}."
    blocks: list[Block] = [Text((*found.advice, about))]
    lags = found.by_lag["lag"].to_numpy(np.float64)
    if len(lags) > 1:
        lines = tuple(
            Line(capitalised(str(name)), found.by_lag[name].to_numpy(np.float64), place == 0)
            for place, name in enumerate(each for each in found.by_lag if each != "lag")
        )
        blocks.append(LineChart("Gradient by lag, relative to lag 0", "Lag in rows", lags, lines, logarithmic=True))
    blocks.append(_layers_table(found))
    if found.clipped is not None:
        blocks.append(Text((f"{100 * found.clipped:.1f} % of the updates were clipped.",)))
    return Section("gradients", title, tuple(blocks))


def _layers_table(found: Diagnosis) -> Table:
    """Return the layers with the norms, spectral radii and shares of saturated activations."""
    columns = [
        Column(str(name).replace("_", " ").capitalize(), _cells(found.layers[name]), numeric=str(name) != "layer")
        for name in found.layers
    ]
    return Table("The recurrent layers", tuple(columns))


def _cells(values: Any) -> list[str]:
    """Return the cells of a column of a frame with names or with numbers."""
    return [value if isinstance(value, str) else f"{value:.3g}" for value in values]


def _learning_chart(curve: LearningCurve) -> LineChart:
    """Return the losses of a training by epoch."""
    lines = [Line("Training rows", np.array(curve.training))]
    if np.isfinite(curve.validation).any():
        lines.insert(0, Line("Validation rows", np.array(curve.validation), main=True))
    else:
        lines[0] = Line("Training rows", np.array(curve.training), main=True)
    title = f"Loss of {_training_title(curve.name)[0].lower()}{_training_title(curve.name)[1:]}"
    x = np.arange(float(len(curve.training)))
    return LineChart(title, "Epoch", x, tuple(lines), from_zero=False)


def _learning_table(curve: LearningCurve) -> Table:
    """Return the losses of a training as a table."""
    columns = [Column("Epoch", [str(number) for number in range(len(curve.training))])]
    for title, losses in (("Training rows", curve.training), ("Validation rows", curve.validation)):
        if np.isfinite(losses).any():
            cells = [MISSING if np.isnan(loss) else f"{loss:.4g}" for loss in losses]
            columns.append(Column(f"Loss on {title.lower()}", cells, numeric=True))
    return Table(_training_title(curve.name), tuple(columns))


def _training_title(name: str) -> str:
    """Return what a training is called: `network-1-judged` is `Network 1, before the held-out rows`."""
    kind, number, part = name.rsplit("-", 2)
    return f"{capitalised(KINDS[kind])} {number}, {PARTS[part]}"
