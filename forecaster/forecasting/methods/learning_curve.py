"""The losses of a training by epoch, which say whether it went on long enough; model files do not hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.nn.training_records import Epoch


class LearningCurve(NamedTuple):
    """The losses of one training after each epoch, number 0 first, which is the network before it.

    Attributes:
        name: Name of the training, as `forecaster.forecasting.methods.training_session.training_name` makes it.
        training: Mean training loss of each epoch, (epochs + 1,); NaN for number 0.
        validation: Loss on validation rows after each epoch, (epochs + 1,); NaN without such rows.
        best: The epoch whose weights were the best ones.

    """

    name: str
    training: tuple[float, ...]
    validation: tuple[float, ...]
    best: int

    @classmethod
    def of_epochs(cls, name: str, epochs: Sequence[Epoch]) -> Self:
        """Return the curve of a training of this name."""
        best = [epoch.number for epoch in epochs if epoch.best]
        losses = tuple(epoch.training for epoch in epochs), tuple(epoch.validation for epoch in epochs)
        return cls(name, *losses, best[-1] if best else 0)
