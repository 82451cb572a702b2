"""Up to which lag does each cell learn something that only the first word of a sentence decides?

"they wanted more for ..." asks for "themselves", and "he ..." for "himself". A sentence is a pronoun and `lag` random
filler words; after the last word the network names the reflexive pronoun of the first. A word is a fixed vector of
values of unit variance, like the values of a standardised series. All cells have the same number of hidden units, the
same updates, batches, sentences and learning rates; the figures are for the better rate of each cell. The rows called
chrono start with gates that are open for about as long as the lag (Tallec & Ollivier 2018); a vanilla cell has none.

    python benchmarks/recall.py
"""

from __future__ import annotations

import argparse
import json
from collections import deque
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import threadpoolctl

from forecaster.nn.architecture import Architecture, initial_parameters, shapes
from forecaster.nn.fit import fit, predict
from forecaster.nn.initialise import glorot
from forecaster.nn.losses import cross_entropy
from forecaster.nn.network import NetworkWorkspace, network
from forecaster.nn.parameters import Parameters
from forecaster.nn.training_records import Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.nn.network import NetworkInputs
    from forecaster.nn.parameters import Array

REFLEXIVE = {"he": "himself", "she": "herself", "it": "itself", "they": "themselves"}
FILLERS = ("wanted", "asked", "had", "more", "less", "something", "for", "about")
CHANCE = 1 / len(REFLEXIVE)
WIDTH, HIDDEN, BATCH, FRESH = 16, 16, 32, 1000
"""Values of a word, hidden units, sentences of an update, and of the test."""

CELLS = ("rnn", "gru", "lstm", "gru chrono", "lstm chrono")
LAGS = (10, 20, 40)
RATES = (0.003, 0.01)


class Sentences:
    """Random sentences as a source of training."""

    def __init__(self, lag: int, count: int, vectors: Array, rng: np.random.Generator) -> None:
        """Draw `count` sentences of words from `vectors`, (words, WIDTH), which begin with the pronouns."""
        pronouns = rng.integers(0, len(REFLEXIVE), (1, count))
        self.words = np.vstack([pronouns, rng.integers(len(REFLEXIVE), len(vectors), (lag, count))])
        self.vectors = vectors

    def __len__(self) -> int:
        """Return how many sentences there are."""
        return self.words.shape[1]

    def inputs(self, chosen: NDArray[np.int64], inputs: NetworkInputs) -> None:
        """Write the word vectors of the chosen sentences, (T, WIDTH, B)."""
        inputs.window[:] = self.vectors[self.words[:, chosen]].swapaxes(1, 2)

    def targets(self, chosen: NDArray[np.int64], y: Array) -> None:
        """Write 1 for the right answer of each chosen sentence and 0 for the others to y, (C, B)."""
        y[:] = np.arange(len(y))[:, None] == self.words[0, chosen]


@dataclass(frozen=True)
class Plan:
    """The settings that all cells share: lags, seeds, updates, and the standard deviation of the words."""

    lags: tuple[int, ...]
    seeds: int
    updates: int
    scale: float


@dataclass(frozen=True)
class Trial:
    """One training: its accuracy, and the norms of dL/dh by lag relative to lag 0, (T,), before and after it."""

    accuracy: float
    before: Array
    after: Array


@dataclass(frozen=True)
class Row:
    """One cell at one lag, at its better learning rate.

    Attributes:
        cell: Name of the cell and its start.
        lag: Steps from the pronoun to the answer.
        rate: The learning rate.
        accuracy: Median over the seeds.
        accuracies: Of every seed.
        before: Gradient of the first state relative to the last one, before training; median over the seeds.
        after: The same after training.

    """

    cell: str
    lag: int
    rate: float
    accuracy: float
    accuracies: list[float]
    before: float
    after: float


def start(cell: str, lag: int, rng: np.random.Generator) -> tuple[Architecture, Parameters]:
    """Return a fresh network."""
    kind, _, chrono = cell.partition(" ")
    architecture = Architecture(WIDTH, lag + 1, len(REFLEXIVE), HIDDEN, cell=kind, skip=False)
    W = initial_parameters(architecture, rng)
    # with a head of zeros, the default start of the package, there would be no gradient at first
    W["head.W"][:, :-1] = glorot(len(REFLEXIVE), HIDDEN, rng)
    if chrono:
        keep = np.log(rng.uniform(1, lag, HIDDEN))
        W["layer0.W"][HIDDEN : 2 * HIDDEN, HIDDEN] = keep
        if kind == "lstm":
            W["layer0.W"][:HIDDEN, HIDDEN] = -keep
    return architecture, W


def flow(architecture: Architecture, parameters: Parameters, source: Sentences) -> Array:
    """Return the norm of dL/dh by lag, (T,), relative to lag 0, in float64: in float32 its squares would vanish too."""
    W, ws = Parameters(shapes(architecture), np.float64), NetworkWorkspace(architecture, len(source), np.float64)
    W.load(parameters.vector)
    (cell,) = ws.encoder_cells[0].cells
    cell.record_flow()
    everything, target = np.arange(len(source)), np.empty(ws.output_shape)
    source.inputs(everything, ws.inputs)
    source.targets(everything, target)
    y, backprop = network(W, ws.inputs.window, ws)
    backprop(cross_entropy(y, target)[1])
    return cell.flow[::-1] / cell.flow[-1]


def trial(cell: str, lag: int, rate: float, seed: int, plan: Plan) -> Trial:
    """Train one network on sentences that it sees only once each, and test it on new ones."""
    rng = np.random.default_rng([seed, lag])
    vectors = plan.scale * rng.standard_normal((len(REFLEXIVE) + len(FILLERS), WIDTH))
    training, fresh, few = (Sentences(lag, count, vectors, rng) for count in (plan.updates * BATCH, FRESH, BATCH))
    architecture, W = start(cell, lag, rng)
    before = flow(architecture, W, few)
    settings = Settings(epochs=1, steps=plan.updates, batch=BATCH, rate=rate, decay=0, loss=cross_entropy)
    deque(fit(architecture, W, training, None, settings, rng), maxlen=0)
    answers = predict(W, fresh, NetworkWorkspace(architecture, FRESH)).argmax(axis=0)
    return Trial(float(np.mean(answers == fresh.words[0])), before, flow(architecture, W, few))


def trials(cell: str, lag: int, plan: Plan) -> tuple[float, list[Trial]]:
    """Return the learning rate with the better median accuracy, the first of equals, and a trial of every seed."""
    found = {rate: [trial(cell, lag, rate, seed, plan) for seed in range(plan.seeds)] for rate in RATES}
    rate = max(found, key=lambda rate: np.median([each.accuracy for each in found[rate]]))
    return rate, found[rate]


def row(cell: str, lag: int, plan: Plan) -> tuple[Row, Array]:
    """Return the row of a cell at a lag, and its gradient by lag before training, (T,), the median over the seeds."""
    rate, found = trials(cell, lag, plan)
    accuracies = [each.accuracy for each in found]
    before = np.median([each.before for each in found], axis=0)
    after = np.median([each.after for each in found], axis=0)
    accuracy = float(np.median(accuracies))
    return Row(cell, lag, rate, accuracy, accuracies, float(before[-1]), float(after[-1])), before


def measure(plan: Plan) -> dict[str, object]:
    """Return the row of every cell and lag, and every cell's gradient before training in the longest sentences."""
    found = {(cell, lag): row(cell, lag, plan) for lag in plan.lags for cell in CELLS}
    longest = {cell: found[cell, max(plan.lags)][1] for cell in CELLS}
    return {
        "rows": [asdict(each) for each, _ in found.values()],
        "gradients": [
            {"cell": cell, "lag": lag, "norm": float(longest[cell][lag])} for lag in plan.lags for cell in CELLS
        ],
        "chance": CHANCE,
        **asdict(plan),
    }


def table(found: dict[str, object]) -> str:
    """Return the rows as text."""
    lines = ["lag  cell          rate  accuracy  of each seed     gradient, first / last: before  after"]
    for each in found["rows"]:
        seeds = " ".join(f"{accuracy:.2f}" for accuracy in each["accuracies"])
        lines.append(
            f"{each['lag']:3d}  {each['cell']:11s}  {each['rate']:5g}  {each['accuracy']:8.2f}  {seeds:14s}"
            f"  {each['before']:30.0e}  {each['after']:5.0e}"
        )
    settings = (f"{name} {found[name]}" for name in ("chance", "seeds", "updates", "scale"))
    return "\n".join([*lines, ", ".join(settings)])


def chart(found: dict[str, object]) -> str:
    """Return the gradients before training as bars: one # for each factor of 10^(1/2) above 1e-20."""
    lines = ["lag  cell         norm of dL/dh relative to lag 0, before training"]
    for each in found["gradients"]:
        signs = max(0, round(2 * (np.log10(each["norm"] or 1e-20) + 20)))
        lines.append(f"{each['lag']:3d}  {each['cell']:11s}  {each['norm']:5.0e}  {'#' * signs}".rstrip())
    return "\n".join(lines)


def main() -> None:
    """Run the benchmark and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lags", type=int, nargs="+", default=LAGS, help="steps from the pronoun to the answer")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of every cell, lag and learning rate")
    parser.add_argument("--updates", type=int, default=2000, help="updates of a training")
    parser.add_argument("--scale", type=float, default=1.0, help="standard deviation of the words' values")
    parser.add_argument("--quick", action="store_true", help="lag 5 alone, one seed, 200 updates")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args()
    lags, seeds, updates = ((5,), 1, 200) if asked.quick else (tuple(asked.lags), asked.seeds, asked.updates)
    with threadpoolctl.threadpool_limits(1):
        found = measure(Plan(lags, seeds, updates, asked.scale))
    print(json.dumps(found) if asked.json else f"{table(found)}\n\n{chart(found)}")


if __name__ == "__main__":
    main()
