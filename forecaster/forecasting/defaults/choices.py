"""What the two derivations of a network share: the task that is set, and the log of decisions.

A rule returns a value with its reason; the log keeps both, or what the user requested in its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from forecaster.nn.architecture import MANY_TO_ONE, Architecture
from forecaster.spec import Decision

if TYPE_CHECKING:
    from forecaster.series.panel import Panel
    from forecaster.spec import Specification


class ForecastTask(NamedTuple):
    """What is decided before the network.

    `covariates` is the number of columns that help the forecast, `beside_tuned` whether a fine-tuned network helps.
    """

    panel: Panel
    requested: Specification
    season: int
    horizon: int
    mode: str
    covariates: int
    beside_tuned: bool = False

    @property
    def plain(self) -> bool:
        """Whether the network is the default kind: it reads equal steps and answers after the last one."""
        return self.requested.arch == MANY_TO_ONE and not self.requested.irregular


@dataclass(frozen=True)
class DecisionLog:
    """The decisions so far, in the order in which they were made; many have the name of a field of the recipe."""

    decisions: list[Decision] = field(default_factory=list)

    def choose(self, name: str, requested: Any, derived: tuple[Any, str]) -> Any:
        """Record a decision and return its value: the requested one, or if that is None the derived one."""
        value, reason = derived if requested is None else (requested, "requested")
        self.decisions.append(Decision(name, value, reason))
        return value


def architecture_of(requested: Specification, **sizes: Any) -> Architecture:
    """Return the network of the requested kind and these sizes."""
    return Architecture(
        layers=requested.layers,
        cell=requested.cell,
        activation=requested.activation,
        arch=requested.arch,
        bidirectional=requested.bidirectional,
        dropout=requested.dropout,
        residual=requested.residual,
        irregular=requested.irregular,
        **sizes,
    )
