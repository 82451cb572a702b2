"""Central differences over every number, and the distance between them and what backpropagation says.

The scalar that is differentiated is sum(dy * y) for a random dy, so backpropagation of dy must give its gradient.
A layer's module is an argument, so that a copy of it with a planted mistake goes through the very same check.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.nn.decoder import TrainingContext
from forecaster.nn.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from forecaster.nn.architecture import Architecture
    from forecaster.nn.parameters import Array

STEP = 2.0**-16
"""About the cube root of the precision of float64, where rounding and curvature cost the same."""


def differences(outputs: Callable[[], Array], array: Array, dy: Array) -> Array:
    """Return the gradient of sum(dy * outputs()) by every entry of `array`, which is moved in place and put back."""
    gradient = np.empty(array.shape)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + STEP
        above = np.array(outputs())
        array[index] = kept - STEP
        gradient[index] = np.sum(dy * (above - outputs())) / (2 * STEP)
        array[index] = kept
    return gradient


def block_error(one: Array, other: Array) -> float:
    """Return |one - other| / (|one| + |other|) in Euclidean norms, and 0 when both vanish."""
    total = np.linalg.norm(one) + np.linalg.norm(other)
    return float(np.linalg.norm(one - other) / total) if total else 0.0


def near_kink(W: Array, ws: Any) -> bool:
    """Return whether a step of a differences quotient could cross the corner of a relu layer that has just run."""
    return ws.relu and np.abs(W @ ws.z[: len(ws.dx)]).min() < 1e-3


def layer_errors(  # noqa: PLR0917 - the sizes are given in the order of their letters
    module: ModuleType,
    name: str,
    T: int,
    B: int,
    I: int,
    H: int,
    seed: int,
    *,
    relu: bool = False,
    last: bool = False,
    dropout: float = 0.0,
) -> Iterator[tuple[str, float]]:
    """Yield the name and the error of each block of the layer `name`; `last` sends back the last state's alone.

    With `dropout`, which the dense layer has, every call drops the same. Whoever has seen enough saves the rest.
    """
    rng = np.random.default_rng(seed)
    shapes = module.shapes(I, H)
    W, dW = Parameters(shapes, np.float64), Parameters(shapes, np.float64)
    make = getattr(module, {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM", "dense": "Dense"}[name] + "Workspace")
    if name == "rnn":
        make = partial(make, activation="relu" if relu else "tanh")
    elif name == "dense":
        make = partial(make, relu=relu, dropout=dropout)
    ws = make(T, B, dW.views, wants_dx=True)

    def run(x: Array, ws: Any) -> tuple[Array, Callable[..., Any]]:
        chance = {"rng": np.random.default_rng(seed)} if dropout else {}
        return getattr(module, name)(W.views, x, ws, **chance)

    while True:
        W.vector[:] = rng.normal(0, 0.7, W.vector.shape)
        x = rng.normal(size=(T, I, B))
        y, backprop = run(x, ws)
        if not (relu and near_kink(W["W"], ws)):
            break
    dy = rng.normal(size=y.shape)
    if last:
        dy[:-1] = 0
    dW.vector[:] = 7  # backpropagation adds to what is there
    dx = backprop(dy[-1] if last else dy).copy()

    def outputs() -> Array:
        return run(x, ws)[0]

    dW.vector -= 7
    for key in shapes:
        yield key, block_error(dW[key], differences(outputs, W[key], dy))
    yield "x", block_error(dx, differences(outputs, x, dy))


def network_errors(
    module: ModuleType, architecture: Architecture, B: int, seed: int, forced: float | None = None
) -> Iterator[tuple[str, float]]:
    """Yield the name and the error of each block of the network; in training, `forced` is the share of targets fed.

    The random numbers are drawn from one seed at each call, so that every call drops and feeds the same. Whoever has
    seen enough saves the rest.
    """
    rng = np.random.default_rng(seed)
    a = architecture
    W = Parameters(module.shapes(a), np.float64)
    ws = module.NetworkWorkspace(a, B, np.float64, wants_dx=True)
    target = rng.normal(size=ws.output_shape)
    x, dy = np.empty((a.steps, a.inputs, B)), np.empty(ws.output_shape)

    def run() -> Any:
        chance = np.random.default_rng(seed)
        return module.network(W, x, ws, None if forced is None else TrainingContext(chance, target, forced))

    def draw() -> Array | None:
        W.vector[:] = rng.normal(0, 0.7, W.vector.shape)
        x[:] = rng.normal(size=x.shape)
        if a.irregular:
            x[:, -1] = rng.exponential(size=(a.steps, B))
            ws.inputs.lead_times[:] = rng.exponential(size=ws.inputs.lead_times.shape)
        if a.context:
            ws.inputs.context[:] = rng.normal(size=ws.inputs.context.shape)
        y, backprop = run()
        dy[:] = rng.normal(size=y.shape)
        corner = any(near_kink(W[key], layer) for key, layer in corners(ws))
        ws.gradient.vector[:] = 7  # backpropagation must replace what an earlier batch left
        dx = np.array(backprop(dy))
        norms = [np.linalg.norm(view) for view in ws.gradient.views.values()]
        # where a block of the gradient nearly vanishes, differences are rounding
        return None if corner or any(0 < norm < 1e-3 for norm in norms) else dx

    while (dx := draw()) is None:
        pass
    dcontext = np.array(ws.dcontext)
    for key, view in W.views.items():
        yield key, block_error(ws.gradient[key], differences(lambda: run()[0], view, dy))
    if a.context:
        yield "context", block_error(dcontext, differences(lambda: run()[0], ws.inputs.context, dy))
    yield "x", block_error(dx, differences(lambda: run()[0], x, dy))


def corners(ws: Any) -> list[tuple[str, Any]]:
    """Return the layers that have a relu, each with the name of its weights."""
    stacks = list(getattr(getattr(ws, "observer", None), "steps", []))
    stacks += [ws.encoder] if hasattr(ws, "encoder") else []
    stacks += ws.decoder.steps if hasattr(ws, "decoder") else []
    cells = [
        (f"{part}.W", cell)
        for stack in stacks
        for layer in stack.layers
        for part, cell in zip(layer.parts, layer.cells, strict=True)
        if getattr(cell, "relu", False)
    ]
    dense = [(f"{part}.W", getattr(ws, part, None)) for part in ("embedding", "before_head")]
    return cells + [(name, layer) for name, layer in dense if layer]
