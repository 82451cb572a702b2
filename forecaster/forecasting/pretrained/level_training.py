"""Train the level network on simulated series, which belong to nobody, without end of new ones: none is seen twice.

Each batch mixes series of all kinds, seasons and lengths from three rows on. A target far from the last value counts
less, so that no exploding series rules, and near steps count more than far ones: they are requested more often.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.blas import one_thread
from forecaster.forecasting.pretrained import simulated_kinds as kinds
from forecaster.forecasting.pretrained.grid import Grid, Season, counted_phases
from forecaster.forecasting.pretrained.level_inputs import CANDIDATES, HORIZON, level_inputs
from forecaster.forecasting.pretrained.level_network import ARCHITECTURE, read_answer
from forecaster.forecasting.pretrained.structural import PLAIN, simulate_structural
from forecaster.forecasting.uncertainty.calibration import TAUS
from forecaster.nn.architecture import initial_parameters, shapes
from forecaster.nn.fit import fit
from forecaster.nn.losses import median_and_quantiles
from forecaster.nn.parameters import Parameters
from forecaster.nn.training_records import SampleWeights, Settings
from forecaster.series.transforms import OFFSET_SHARE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.nn.network import NetworkInputs
    from forecaster.nn.parameters import Array

BATCH, RATE, DECAY = 256, 2e-3, 1e-3
"""Series in an update, the peak learning rate and weight decay."""
LAST_PHASE = 77
"""Second part of the seed of the last phase, whose chance is its own."""
SEASONS = (
    ((), 0.27),
    ((4,), 0.16),
    ((12,), 0.2),
    ((7,), 0.1),
    ((5,), 0.03),
    ((6,), 0.02),
    ((13,), 0.02),
    ((24,), 0.05),
    ((26,), 0.02),
    ((48,), 0.02),
    ((52,), 0.06),
    ((7, 28), 0.01),
    ((4, 12), 0.01),
    ((24, 168), 0.03),
)
"""Seasons of simulated series, and their shares."""
STRUCTURAL, CURVES, ARIMA, COUNTS, RARE, STEPWISE = range(6)


class Mix(NamedTuple):
    """The shares of the kinds of series, and of plain series among the structural ones."""

    kinds: tuple[float, ...]
    plain: float


LEARNING, SETTLING = Mix((0.6, 0.12, 0.08, 0.07, 0.07, 0.06), PLAIN), Mix((0.76, 0.04, 0.04, 0.06, 0.05, 0.05), 0.12)
"""What a network learns from at first, all kinds, and at last, mostly series like those of economic statistics: that
made errors on last horizons of training files 1 to 2 % smaller where series are short."""
SETTLING_RATE = 6e-4
"""Peak learning rate of the last phase."""
SHORTEST, USUAL_LONGEST, SEASONS_LONGEST = 3, 200, 6
"""Rows of simulated series: from 3 to 200 or 6 seasons, short ones more often."""
CHUNK, CHUNKS = 512, 8
"""Series of one kind, length and season, and such chunks that are shuffled together."""
FAR = 10.0
"""Units from the last value at which a target counts half."""
LARGEST_TARGET = 200.0
"""Series that go further, in units of their changes, are left out."""
FADING = 24.0
"""Steps ahead after which a step counts half."""


class TrainingSeries(NamedTuple):
    """W series to train on: window (T, S, W), context (C, W), candidates (K, h, W), targets (h, W) and weights (W,)."""

    window: NDArray[np.float32]
    context: NDArray[np.float32]
    candidates: NDArray[np.float32]
    targets: NDArray[np.float32]
    weights: NDArray[np.float32]


class RefilledSeries:
    """A source of windows for `forecaster.nn.fit` whose series are replaced by new ones after each epoch."""

    def __init__(self, size: int, draw: Callable[[int], TrainingSeries]) -> None:
        """Draw the first series: `draw` returns as many as it is told."""
        self.size, self.draw = size, draw
        self.weights = np.ones(size, np.float32)
        self.refill()

    def refill(self) -> None:
        """Replace all series by new ones."""
        self.series = self.draw(self.size)
        self.weights[:] = self.series.weights

    def __len__(self) -> int:
        """Return the number of series."""
        return self.size

    def inputs(self, chosen: Ints, inputs: NetworkInputs) -> None:
        """Write the series numbered `chosen`."""
        inputs.window[:] = self.series.window[:, :, chosen]
        inputs.context[:] = self.series.context[:, chosen]  # type: ignore[index]  # the network has a context

    def targets(self, chosen: Ints, y: Array) -> None:
        """Write their targets and, after these, the candidates, which the loss needs."""
        y[:] = 0
        y[:HORIZON] = self.series.targets[:, chosen]
        y[HORIZON : HORIZON * (1 + CANDIDATES)] = self.series.candidates[:, :, chosen].reshape(-1, len(chosen))


def join_series(parts: Sequence[TrainingSeries]) -> TrainingSeries:
    """Return the series of all parts."""
    return TrainingSeries(*(np.concatenate(arrays, axis=-1) for arrays in zip(*parts, strict=True)))


def simulate_series(count: int, mix: Mix, rng: np.random.Generator) -> TrainingSeries:
    """Return `count` simulated series, in chunks of one kind, length and season."""
    return join_series([_chunk(rng, mix) for _ in range(count // CHUNK)])


def _chunk(rng: np.random.Generator, mix: Mix) -> TrainingSeries:
    """Return simulated series of one kind, length and season."""
    seasons = SEASONS[rng.choice(len(SEASONS), p=[share for _, share in SEASONS])][0]
    longest = max(USUAL_LONGEST, SEASONS_LONGEST * max(seasons, default=1) if len(seasons) < 2 else 3 * seasons[-1])
    rows = round(SHORTEST * (longest / SHORTEST) ** rng.beta(1.8, 1.4))
    x, logarithmic = _simulate(mix, rows, seasons, rng)
    history = x[:rows].copy()
    if rng.random() < 0.2 and rows > 2 * SHORTEST:
        history[:-1][rng.random((rows - 1, CHUNK)) < rng.beta(1, 8, CHUNK)] = np.nan
    phases = tuple(Season(m, counted_phases(rows, HORIZON, m, CHUNK)) for m in seasons)
    return training_series(Grid(history, logarithmic, phases, HORIZON), x[rows:], rng)


def training_series(grid: Grid, ahead: Floats, rng: np.random.Generator) -> TrainingSeries:
    """Return inputs and targets of the series of a grid and of what came after, (h, N), NaN where it is not known.

    A series that is too wild to learn from is replaced by a copy of another.
    """
    inputs = level_inputs(grid)
    targets = (ahead - inputs.last - inputs.season) / inputs.scale
    known = ~np.isnan(ahead)
    size = np.abs(np.where(known, targets, 0))
    good = known.any(axis=0) & (size.max(axis=0) < LARGEST_TARGET)
    good &= np.isfinite(inputs.window).all(axis=(0, 1)) & np.isfinite(inputs.context).all(axis=0)
    chosen = np.flatnonzero(good) if good.any() else np.zeros(1, np.int64)
    chosen = np.concatenate([chosen, rng.choice(chosen, len(good) - len(chosen))])
    y = targets[:, chosen].astype(np.float32) if good.any() else np.zeros((len(targets), len(good)), np.float32)
    count = np.maximum(known.sum(axis=0), 1)
    # a loss is a mean over all targets that are known: so each series counts alike, however many it has
    weights = (len(ahead) / count / (1 + size.sum(axis=0) / count / FAR))[chosen].astype(np.float32)
    of_series = inputs.window[:, :, chosen], inputs.context[:, chosen], inputs.candidates[:, :, chosen]
    return TrainingSeries(*of_series, y, weights)


def _simulate(mix: Mix, rows: int, seasons: tuple[int, ...], rng: np.random.Generator) -> tuple[Floats, Bools]:
    """Return series of one kind with their steps ahead, (rows + h, CHUNK), and which are logarithms."""
    kind, steps = rng.choice(len(mix.kinds), p=mix.kinds), rows + HORIZON
    if kind == STRUCTURAL:
        return simulate_structural(steps, CHUNK, seasons, rng, mix.plain)
    if kind == CURVES:
        return kinds.simulate_curves(steps, CHUNK, seasons, rng)
    if kind == ARIMA:
        return kinds.simulate_arima(steps, CHUNK, seasons, rng)
    if kind == COUNTS:
        y = kinds.simulate_counts(steps, CHUNK, seasons, rng, mix.plain)
    else:
        simulate = kinds.simulate_rare_demand if kind == RARE else kinds.simulate_steps
        y = simulate(steps, CHUNK, seasons, rng)
    mean = y[:rows].mean(axis=0)
    offset = np.where((y[:rows] > 0).all(axis=0), 0, OFFSET_SHARE * mean)
    least = OFFSET_SHARE * (y[:rows] + offset).min(axis=0)
    return np.log(np.maximum(np.maximum(y + offset, least), 1e-9)), np.ones(CHUNK, bool)


def mixture_loss(answer: Array, truth: Array, weight: Array | None = None) -> tuple[float, Array]:
    """Return the loss of the quantiles and the median, and its gradient; the steps further ahead count less.

    With m = sum of w_k c_k, a softmax w of the answers a, and the quantiles m + b_q:

        db_q = dquantile_q,    dm = sum over q of db_q,    da_k = w_k (c_k - m) dm

    Args:
        answer: The network's outputs, (O, B).
        truth: Targets, (h, B), the candidates, (K h, B), and rows that are not used, as many as outputs.
        weight: Of each series, (B,), or of each row of `truth`, (O, B).

    """
    B = truth.shape[1]
    target, candidates = truth[:HORIZON], truth[HORIZON : HORIZON * (1 + CANDIDATES)].reshape(CANDIDATES, HORIZON, B)
    near = (1 / (1 + np.arange(HORIZON) / FADING)).astype(target.dtype)[:, None]
    mixture = read_answer(answer, candidates)
    if weight is not None:
        near = near * (weight if weight.ndim == 1 else weight[:HORIZON])
    loss, slope = median_and_quantiles(mixture.quantiles.reshape(-1, B), target, near, quantiles=TAUS.tolist())
    db = slope.reshape(len(TAUS), HORIZON, B)
    mean = (mixture.weights * candidates).sum(axis=0)
    da = mixture.weights * (candidates - mean) * db.sum(axis=0)
    return loss, np.concatenate([slope, da.reshape(-1, B)])


def train_level_network(
    updates: int, seed: int, settled: NDArray[np.float32] | None = None
) -> Iterator[tuple[int, float, NDArray[np.float32]]]:
    """Train, and yield after each epoch the updates made, the loss, and the parameters, (P,), which change later.

    With the parameters of a trained network, `settled`, this is its last phase.
    """
    rng = np.random.default_rng(seed if settled is None else [seed, LAST_PHASE])
    mix = LEARNING if settled is None else SETTLING
    source = RefilledSeries(CHUNK * CHUNKS, lambda count: simulate_series(count, mix, rng))
    steps, rate = len(source) // BATCH, RATE if settled is None else SETTLING_RATE
    settings = Settings(max(1, updates // steps), steps, BATCH, rate, DECAY, patience=None, loss=mixture_loss)
    parameters = initial_parameters(ARCHITECTURE, rng) if settled is None else Parameters(shapes(ARCHITECTURE))
    if settled is not None:
        parameters.load(settled)
    weights = SampleWeights(training=source.weights)
    with one_thread():
        for epoch in fit(ARCHITECTURE, parameters, source, None, settings, rng, weights):
            yield epoch.number * steps, epoch.training, parameters.vector
            source.refill()
