"""Report the gradients of a forecaster's networks: how far back in a window they learn, and advice for choosing them.

Norms of gradients are (T,): one for each lag, 0 to T - 1 steps before the end of a window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.blas import one_thread
from forecaster.forecasting.method import TINY
from forecaster.forecasting.methods.ensemble import settings_of
from forecaster.forecasting.methods.network_windows import NetworkWindows
from forecaster.forecasting.methods.window_sets import cut_windows
from forecaster.forecasting.prices.empirical_moves import move_loss
from forecaster.forecasting.prices.features import KNOTS
from forecaster.forecasting.views import read_panel
from forecaster.nn.architecture import shapes
from forecaster.nn.gradient_flow import BATCH, flows
from forecaster.nn.losses import absolute
from forecaster.nn.parameters import Parameters
from forecaster.series.elapsed import lead_times_to
from forecaster.series.windows import Windows, ends, origins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Floats
    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.forecasting.prices.features import VolatilityWindows
    from forecaster.forecasting.recipe import Recipe
    from forecaster.nn.gradient_flow import Flow
    from forecaster.nn.losses import Loss
    from forecaster.nn.parameters import Array
    from forecaster.nn.training_records import WindowSource
    from forecaster.series.panel import Panel

MOST_WINDOWS = 512
"""Windows measured at most: more would change no figure that a person reads."""
VANISHED, EXPLODED = 1e-3, 1e3
"""Ratios to the gradient at lag 0 from which it is called vanished or exploded: a step of training changes what happens
at such a lag a thousand times less, or more, than at lag 0."""
DEAD, OFTEN = 0.5, 0.5
"""Shares of dead units and of clipped updates from which advice mentions them: more than half."""


@dataclass(frozen=True)
class LayerGradients:
    """The gradients of one layer and direction, as means over the networks.

    Attributes:
        name: `layer 1`, `layer 1 reverse`, ...
        norms, memory: Norms of dL/dh and, for the LSTM, of dL/dc by lag, (T,), lag 0 first; relative to lag 0.
        first: The norm of dL/dh at lag 0.
        radius: Spectral radius of the recurrent weights.
        saturation: Share of activations at which a nonlinearity is nearly flat, by gate or `state`.
        dead: Share of units that are always 0; None for other activations than relu.

    """

    name: str
    norms: Floats
    memory: Floats | None
    first: float
    radius: float
    saturation: dict[str, float]
    dead: float | None


@dataclass(frozen=True)
class GradientReport:
    """The gradients of a forecaster by layer and direction, and the number of windows that they were measured on.

    `targets` says whether the targets of these were known, `silent` whether ones replaced heads that were still zero.
    """

    layers: tuple[LayerGradients, ...]
    windows: int
    targets: bool
    silent: bool


def report_gradients(fitted: FittedForecaster, panel: Panel) -> GradientReport:
    """Measure the gradients over windows of a panel, evenly spread.

    Where no window has its targets in the panel, the last window of each series is taken, with a loss that falls as
    each forecast rises.
    """
    panel = read_panel(panel, fitted.recipe, fitted.effects)
    windows, targets = _windows_to_measure(fitted, panel)
    recipe, volatility = fitted.recipe, fitted.components.volatility
    weights = [member.weights for member in fitted.members] if volatility is None else list(volatility.weights)
    loss: Loss = absolute
    if targets:
        loss = settings_of(recipe).loss if isinstance(windows, NetworkWindows) else move_loss(windows, recipe.horizon)
    with one_thread():
        found = [_network_flows(recipe, each, windows, loss, targets=targets) for each in weights]
    layers = tuple(_mean_over_networks(list(each)) for each in zip(*[flow for flow, _ in found], strict=True))
    return GradientReport(layers, len(windows), targets, all(silent for _, silent in found))


def _windows_to_measure(fitted: FittedForecaster, panel: Panel) -> tuple[NetworkWindows | VolatilityWindows, bool]:
    """Return windows with targets if there are any, else the last ones."""
    recipe, volatility = fitted.recipe, fitted.components.volatility
    ahead = recipe.horizon if volatility is None else int(KNOTS[-1])
    chosen = origins(panel.indptr, ahead, shortest=recipe.lookback)
    targets = len(chosen.last) > 0
    if not targets:
        chosen = ends(panel.indptr)
    windows: Windows | VolatilityWindows
    if volatility is None:
        lead_times = lead_times_to(panel, panel.future(recipe.horizon)) if recipe.irregular and not targets else None
        windows = cut_windows(recipe, fitted.scaling, panel, chosen, lead_times=lead_times, hold_last=targets)
    else:
        windows = volatility.moves.windows(panel, chosen)
    count = min(MOST_WINDOWS, len(windows))
    windows = windows.subsample(count - count % BATCH or count)
    return NetworkWindows(windows) if isinstance(windows, Windows) else windows, targets


def _network_flows(
    recipe: Recipe, weights: NDArray[np.float32], windows: WindowSource, loss: Loss, *, targets: bool
) -> tuple[list[Flow], bool]:
    """Return the flows of the network with these weights, (P,), and whether its head was zero."""
    parameters = Parameters(shapes(recipe.architecture), np.float64)
    parameters.load(weights)
    silent = not parameters["head.W"].any()
    if silent:
        # no gradient passes a head of zeros; relative to lag 0 any other head gives the same
        parameters["head.W"][:] = 1
    return flows(recipe.architecture, parameters, windows, targets=targets, loss=loss), silent


def _mean_over_networks(flow: list[Flow]) -> LayerGradients:
    """Return the mean of one layer's flow over the networks."""
    name = f"layer {flow[0].layer}" + (" reverse" if flow[0].reverse else "")
    memories = [each.memory for each in flow if each.memory is not None]
    return LayerGradients(
        name,
        _relative_to_lag_0([each.norms for each in flow]),
        _relative_to_lag_0(memories) if memories else None,
        float(np.mean([each.norms[0] for each in flow])),
        float(np.mean([each.radius for each in flow])),
        {gate: float(np.mean([each.saturation[gate] for each in flow])) for gate in flow[0].saturation},
        None if flow[0].dead is None else float(np.mean([each.dead for each in flow if each.dead is not None])),
    )


def _relative_to_lag_0(norms: Sequence[Array]) -> Floats:
    """Return the geometric mean over the networks of norms relative to lag 0, without those that are zero there."""
    ratios = [each / each[0] for each in norms if each[0] > 0]
    if not ratios:
        return np.zeros(len(norms[0]))
    # norms differ by powers of ten: a plain mean would show the largest alone
    mean: Floats = np.exp(np.log(np.maximum(ratios, TINY)).mean(axis=0))
    return mean


def gradient_advice(recipe: Recipe, report: GradientReport, clipped: float | None) -> tuple[str, ...]:
    """Return advice on the choice of the network, in one to three sentences."""
    network = recipe.architecture
    if network.steps == 1:
        return ("The network has one step: nothing can vanish on the way back.",)
    if not report.targets:
        return ("The targets of these windows are not known yet: name a SOURCE for advice.",)
    paths = [path for layer in report.layers for path in (layer.norms, layer.memory) if path is not None]
    strongest = np.max(paths, axis=0)
    if not strongest[0]:
        return ("No gradient reaches the recurrent layers: none of their units is active.",)
    sentences = [_advice_on_reach(recipe, strongest)]
    dead = max((layer.dead for layer in report.layers if layer.dead is not None), default=0.0)
    if dead > DEAD:
        sentences.append(f"{dead:.0%} of the relu units are never active: use --activation tanh.")
    if clipped is not None and clipped > OFTEN:
        sentences.append(f"{clipped:.0%} of the updates were clipped, so most were made with a shorter step.")
    return tuple(sentences)


def _advice_on_reach(recipe: Recipe, strongest: Floats) -> str:
    """Return a sentence on how far back the strongest layer's gradient, (T,), reaches."""
    network, segment = recipe.architecture, recipe.segment
    exploded, reach = np.flatnonzero(strongest > EXPLODED), int(np.flatnonzero(strongest >= VANISHED)[-1]) + 1
    cure = ("--cell gru or " if network.cell == "rnn" else "") + "--lookback"
    if len(exploded):
        lag, values = int(exploded[0]), int(exploded[0]) * segment
        return f"At lag {values} the gradient is {strongest[lag]:.0e} of lag 0: it explodes; use {cure} {values}."
    if reach < len(strongest):
        furthest, learned = (len(strongest) - 1) * segment, reach * segment
        return (
            f"At lag {furthest} the gradient is {strongest[-1]:.0e} of lag 0, and below {VANISHED:g} from lag {learned}"
            f" on: this window is longer than the network remembers; use {cure} {learned}."
        )
    return f"The gradient reaches the whole window: at its far end it is {strongest[-1]:.2g} of lag 0."
