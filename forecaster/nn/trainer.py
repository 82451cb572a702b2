"""Make the updates of an epoch, and remember what training needs from one epoch to the next.

That is the weights, the optimiser, the order of the windows, the random generator and the epochs so far. It can be
taken between two epochs and restored later: training then goes on as if it had never stopped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.nn.decoder import TrainingContext, forced_share
from forecaster.nn.network import NetworkWorkspace, network
from forecaster.nn.optimiser import AdamW, clip, rate_factor
from forecaster.nn.training_records import TrainingState

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.nn.architecture import Architecture
    from forecaster.nn.parameters import Array, Parameters
    from forecaster.nn.training_records import Epoch, Settings, WindowSource


class Trainer:
    """Updates of one network, and everything that lasts from one epoch to the next.

    Attributes:
        epochs: The epochs so far, number 0 first.
        best_epoch: The best of them, the earliest of equals; None before the first.
        best: Weights after the best epoch, (P,); before the first, those at the start.
        broken_off: Whether the latest epoch ended early, because training had to end.
        latest: Weights after the latest epoch, (P,).
        chance: State of the random generator after the latest epoch.

    """

    def __init__(  # noqa: PLR0913, PLR0917 - as `forecaster.nn.fit.fit`
        self,
        architecture: Architecture,
        parameters: Parameters,
        source: WindowSource,
        settings: Settings,
        rng: np.random.Generator,
        weights: Array | None,
    ) -> None:
        """Start a training of `parameters`; `weights` say how much each window counts, (windows,)."""
        self.parameters, self.source, self.settings, self.rng = parameters, source, settings, rng
        self.weights = weights
        self.ws = NetworkWorkspace(architecture, min(settings.batch, len(source)), parameters.vector.dtype)
        self.y = np.empty(self.ws.target_shape, parameters.vector.dtype)
        self.optimiser = AdamW(parameters.vector, settings.decay)
        self.order = np.empty(0, np.int64)
        self.chosen = self.order
        self.halvings = 0
        self.epochs: list[Epoch] = []
        self.best_epoch: Epoch | None = None
        self.best = parameters.vector.copy()
        self.broken_off = False
        self.latest, self.chance = parameters.vector.copy(), rng.bit_generator.state

    @property
    def complete(self) -> bool:
        """Whether training has reached its end: all epochs, or no better one for as long as patience lasts."""
        number, best, patience = len(self.epochs) - 1, self.best_epoch, self.settings.patience
        waited = best is not None and patience is not None and number - best.number >= patience
        return not self.broken_off and (number >= self.settings.epochs or waited)

    def is_stopped(self) -> bool:
        """Return whether training must end now, complete or not."""
        return self.settings.stop is not None and self.settings.stop()

    def record(self, epoch: Epoch) -> None:
        """Add an epoch, after which the weights are as they are now."""
        self.epochs.append(epoch)
        self.latest[:] = self.parameters.vector
        self.chance = self.rng.bit_generator.state
        if epoch.best:
            self.best_epoch = epoch
            self.best[:] = self.parameters.vector

    def state(self) -> TrainingState:
        """Return a copy of everything that training needs to go on after the latest epoch."""
        o = self.optimiser
        return TrainingState(
            tuple(self.epochs),
            self.latest.copy(),
            self.best.copy(),
            o.mean.copy(),
            o.square.copy(),
            self.order.copy(),
            o.steps,
            self.halvings,
            self.chance,
        )

    def restore(self, state: TrainingState) -> None:
        """Go on from a state of the same training.

        Raises:
            ValueError: It is the state of another training.

        """
        o, vector = self.optimiser, self.parameters.vector
        states = (state.weights, state.best, state.mean, state.square)
        if any(each.shape != vector.shape or each.dtype != vector.dtype for each in states):
            raise ValueError("its network has other sizes")
        if not 0 < len(state.epochs) <= self.settings.epochs + 1:
            raise ValueError("it has another number of epochs")
        if state.order.ndim != 1 or not np.isin(state.order, np.arange(len(self.source))).all():
            raise ValueError("it was trained on other windows")
        self.rng.bit_generator.state = state.chance
        self.chance = state.chance
        for own, saved in zip((self.latest, self.best, o.mean, o.square), states, strict=True):
            own[:] = saved
        vector[:] = self.latest
        self.order, o.steps, self.halvings = state.order, state.updates, state.halvings
        self.epochs = list(state.epochs)
        self.best_epoch = next((epoch for epoch in reversed(self.epochs) if epoch.best), None)

    def snapshot(self) -> tuple[Array, Array, int]:
        """Return copies of what the optimiser remembers."""
        o = self.optimiser
        return o.mean.copy(), o.square.copy(), o.steps

    def roll_back(self, good: tuple[Array, Array, int]) -> None:
        """Go back to the end of the latest epoch, when what the optimiser remembers was `good`."""
        o = self.optimiser
        self.parameters.vector[:] = self.latest
        o.mean[:], o.square[:], o.steps = good

    def _next_batch(self) -> NDArray[np.int64]:
        """Return the next batch of window numbers.

        When fewer windows are left than a batch takes, all windows are shuffled again and those few are skipped.
        """
        if len(self.order) < self.ws.batch:
            self.order = self.rng.permutation(len(self.source))
        self.chosen, self.order = self.order[: self.ws.batch], self.order[self.ws.batch :]
        return self.chosen

    def suspect(self) -> int:
        """Return the number of the window with the most extreme input, context or target in the latest batch."""
        inputs = self.ws.inputs
        batch = [inputs.window, self.y] + ([] if inputs.context is None else [inputs.context])
        return int(self.chosen[np.max([largest_by_window(array) for array in batch], axis=0).argmax()])

    def run_epoch(self, number: int) -> tuple[float, float, float]:
        """Make the updates of epoch `number`; return mean loss, last learning rate, share of clipped updates.

        If training must end now, the epoch ends after the update in hand.

        Raises:
            FloatingPointError: The loss or the gradient is not finite.

        """
        s = self.settings
        loss_sum, clipped, first = 0.0, 0, (number - 1) * s.steps
        for step in range(first, first + s.steps):
            loss = self._backpropagate(forced_share(step, s.epochs * s.steps))
            gradient = self.ws.gradient.vector
            norm = clip(gradient, s.clip)
            if not np.isfinite(norm):
                raise FloatingPointError("the gradient is not finite")
            rate = s.rate * rate_factor(step, s.epochs * s.steps) / 2**self.halvings
            self.optimiser.update(self.parameters.vector, gradient, rate)
            loss_sum += loss
            clipped += norm > s.clip
            if self.is_stopped():
                break
        updates = step - first + 1
        self.broken_off = updates < s.steps
        return loss_sum / updates, rate, clipped / updates

    def _backpropagate(self, forced: float) -> float:
        """Fill the gradient from the next batch and return its loss."""
        chosen, ws = self._next_batch(), self.ws
        self.source.inputs(chosen, ws.inputs)
        self.source.targets(chosen, self.y)
        weights = None if self.weights is None else self.weights[chosen]
        forecast, backprop = network(self.parameters, ws.inputs.window, ws, TrainingContext(self.rng, self.y, forced))
        loss, dy = self.settings.loss(forecast, *without_unknown(self.y, weights))
        # losses are means over the targets; with an output at every step they are summed over the steps
        steps = len(forecast) if forecast.ndim == 3 else 1
        backprop(dy * steps if steps > 1 else dy)
        return loss * steps


def largest_by_window(array: Array) -> Array:
    """Return the largest absolute value of each window, (B,), of an array whose last axis is B; NaN counts as 0."""
    sizes: Array = np.nan_to_num(np.abs(array), nan=0.0, posinf=np.inf).reshape(-1, array.shape[-1]).max(axis=0)
    return sizes


def without_unknown(y: Array, weights: Array | None) -> tuple[Array, Array | None]:
    """Return targets with 0 in place of each NaN, and weights that are 0 there, so that it does not count."""
    unknown = np.isnan(y)
    if not unknown.any():
        return y, weights
    mask = (~unknown).astype(y.dtype)
    return np.where(unknown, 0, y).astype(y.dtype), mask if weights is None else mask * weights.astype(y.dtype)
