"""How long does one training step take, compared with the same cell in textbook NumPy and in PyTorch?

A step consists of the forward pass, squared loss, backward pass and AdamW update, for one recurrent layer with a linear
head on its last state, in float32 on one thread. The programs take turns in every round, so that other work on the
machine affects all of them equally, and the median over the rounds is printed. PyTorch is left out if it is not
installed. Next to the times stands the share of the peak rate: the operations per second in the matrix products of the
step, divided by the best rate that NumPy reaches on one large product.

    python benchmarks/cells.py --rounds 30
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import runpy
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import threadpoolctl

from forecaster.nn.architecture import Architecture, initial_parameters
from forecaster.nn.layer import CELLS
from forecaster.nn.losses import squared
from forecaster.nn.network import NetworkWorkspace, network
from forecaster.nn.optimiser import AdamW

if TYPE_CHECKING:
    from collections.abc import Callable

    Step = Callable[[], None]

PLAIN = runpy.run_path(str(Path(__file__).parents[1] / "tests" / "nn" / "plain.py"))
RATE, DECAY = 1e-3, 0.1
GATES = {"rnn": 1, "gru": 3, "lstm": 4}
PEAK_SIZE, PEAK_ROUNDS = 2048, 5
"""Rows of the square matrices whose product shows the peak, and how often it is taken."""
TIMED = 3
"""Steps in a row that a contender is timed over, after one that warms its caches."""


@dataclass(frozen=True)
class Size:
    """The sizes of a network and its batch."""

    batch: int
    steps: int
    inputs: int
    hidden: int
    outputs: int


SIZES = (
    Size(32, 24, 1, 32, 5),
    Size(64, 30, 4, 64, 5),
    Size(128, 60, 8, 64, 10),
    Size(256, 48, 8, 128, 24),
    Size(64, 48, 8, 256, 24),
)


def numpy_step(cell: str, size: Size) -> Step:
    """Return a training step of the package."""
    rng = np.random.default_rng(0)
    architecture = Architecture(size.inputs, size.steps, size.outputs, size.hidden, cell=cell, skip=False)
    W, ws = initial_parameters(architecture, rng), NetworkWorkspace(architecture, size.batch)
    x = rng.standard_normal(ws.inputs.window.shape, np.float32)
    target = rng.standard_normal((size.outputs, size.batch), np.float32)
    optimiser = AdamW(W.vector, DECAY)

    def step() -> None:
        y, backprop = network(W, x, ws)
        backprop(squared(y, target)[1])
        optimiser.update(W.vector, ws.gradient.vector, RATE)

    return step


def plain_step(cell: str, size: Size) -> Step:
    """Return a training step of the textbook form with which the tests compare the package."""
    rng = np.random.default_rng(0)
    architecture = Architecture(size.inputs, size.steps, size.outputs, size.hidden, cell=cell, skip=False)
    W = initial_parameters(architecture, rng)
    layer, head = W.part("layer0"), W["head.W"]
    x = rng.standard_normal((size.steps, size.batch, size.inputs), np.float32)
    target = rng.standard_normal((size.batch, size.outputs), np.float32)
    optimisers = {name: AdamW(view, DECAY) for name, view in W.views.items()}

    def step() -> None:
        h, backward = PLAIN[cell](layer, x)
        dy = squared(h[-1] @ head[:, :-1].T + head[:, -1], target)[1]
        dh = np.zeros_like(h)
        dh[-1] = dy @ head[:, :-1]
        gradients = {f"layer0.{name}": gradient for name, gradient in backward(dh)[0].items()}
        gradients["head.W"] = np.hstack([dy.T @ h[-1], dy.sum(axis=0)[:, None]])
        for name, gradient in gradients.items():
            optimisers[name].update(W[name], gradient, RATE)

    return step


def torch_step(cell: str, size: Size) -> Step:
    """Return a training step of PyTorch's own layers, with its fused AdamW."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    layer = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell](size.inputs, size.hidden)
    head = torch.nn.Linear(size.hidden, size.outputs)
    weights = [*layer.parameters(), *head.parameters()]
    optimiser = torch.optim.AdamW(weights, lr=RATE, weight_decay=DECAY, fused=True)
    x, target = torch.randn(size.steps, size.batch, size.inputs), torch.randn(size.batch, size.outputs)

    def step() -> None:
        optimiser.zero_grad()
        h, _ = layer(x)
        torch.nn.functional.mse_loss(head(h[-1]), target).backward()
        optimiser.step()

    return step


def milliseconds(step: Step) -> float:
    """Return the time of one step, after one that is not counted."""
    step()
    begin = time.perf_counter()
    for _ in range(TIMED):
        step()
    return (time.perf_counter() - begin) * 1000 / TIMED


def operations(cell: str, size: Size) -> float:
    """Return the additions and multiplications in the matrix products of one training step.

    Forward and the gradient of the weights multiply z = [h; 1; x], the gradient of the state h alone; the head's are
    left out, as are those of the first state, which has no gradient.
    """
    H, wide = size.hidden, size.hidden + 1 + size.inputs
    per_step = 2 * GATES[cell] * H * size.batch
    return per_step * (2 * wide * size.steps + H * (size.steps - 1))


def sgemm_peak() -> float:
    """Return the rate of the best of a few large float32 products, in billions of operations a second."""
    a = np.random.default_rng(0).standard_normal((PEAK_SIZE, PEAK_SIZE), np.float32)
    out, times = np.empty_like(a), []
    for _ in range(PEAK_ROUNDS):
        begin = time.perf_counter()
        np.matmul(a, a, out=out)
        times.append(time.perf_counter() - begin)
    return 2 * PEAK_SIZE**3 / min(times) / 1e9


def row(cell: str, size: Size, rounds: int, peak: float) -> dict[str, object]:
    """Return the medians of all programs for one cell and size; `peak` in billions of operations a second."""
    contenders = {"numpy": numpy_step(cell, size), "plain": plain_step(cell, size)}
    if find_spec("torch"):
        contenders["torch"] = torch_step(cell, size)
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, step in contenders.items():
            times[name].append(milliseconds(step))
    ours, plain = statistics.median(times["numpy"]), statistics.median(times["plain"])
    theirs = statistics.median(times["torch"]) if "torch" in times else None
    return {
        "cell": cell,
        **asdict(size),
        "numpy_ms": ours,
        "plain_ms": plain,
        "torch_ms": theirs,
        "plain_over_numpy": plain / ours,
        "torch_over_numpy": theirs / ours if theirs else None,
        "share_of_peak": operations(cell, size) / (ours * 1e6) / peak,
    }


def means(rows: list[dict[str, object]]) -> dict[str, float]:
    """Return the geometric means of the ratios to PyTorch, by cell and over all rows; none without PyTorch."""
    ratios = {cell: [row["torch_over_numpy"] for row in rows if row["cell"] == cell] for cell in CELLS}
    ratios["all"] = [row["torch_over_numpy"] for row in rows]
    return {name: statistics.geometric_mean(values) for name, values in ratios.items() if None not in values}


def setting() -> dict[str, object]:
    """Return what the times depend on apart from the code: libraries, kernels and the processor."""
    blas = [
        {key: library.get(key) for key in ("internal_api", "version", "architecture")}
        for library in threadpoolctl.threadpool_info()
        if library["user_api"] == "blas"
    ]
    versions = {"python": platform.python_version(), "numpy": np.__version__}
    if find_spec("torch"):
        import torch

        versions["torch"] = torch.__version__
    return {"blas": blas, "versions": versions, "processor": processor()}


def processor() -> str:
    """Return the name of the processor, as far as the system tells."""
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text(encoding="utf-8").splitlines() if listing.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def table(found: dict[str, object]) -> str:
    """Return the result as lines of text."""

    def cell(value: object) -> str:
        return "-" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)

    lines = [list(found["rows"][0]), *([cell(value) for value in each.values()] for each in found["rows"])]
    widths = [max(len(line[n]) for line in lines) for n in range(len(lines[0]))]
    text = ["  ".join(word.rjust(width) for word, width in zip(line, widths, strict=True)) for line in lines]
    return "\n".join([*text, *(f"{name}: {value}" for name, value in found.items() if name != "rows")])


def main() -> None:
    """Run the benchmark and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30, help="turns that every contender takes")
    parser.add_argument("--quick", action="store_true", help="the two smallest sizes and at most five rounds")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args()
    if "OPENBLAS_CORETYPE" in os.environ:
        print("OPENBLAS_CORETYPE is set: NumPy may not use the kernels made for this processor", file=sys.stderr)
    sizes, rounds = (SIZES[:2], min(asked.rounds, 5)) if asked.quick else (SIZES, asked.rounds)
    with threadpoolctl.threadpool_limits(1):
        peak = sgemm_peak()
        rows = [row(cell, size, rounds, peak) for size in sizes for cell in CELLS]
    found = {"rows": rows, "geometric_means": means(rows), "sgemm_gflops": peak, **setting()}
    print(json.dumps(found) if asked.json else table(found))


if __name__ == "__main__":
    main()
