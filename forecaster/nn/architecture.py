"""The sizes of a network, the shapes of its parameters, and their starting values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.nn import continuous_time, dense, initialise
from forecaster.nn.layer import ACTIVATIONS, CELLS, Stack
from forecaster.nn.parameters import Parameters, count
from forecaster.nn.stack import fill_stack, stack_shapes

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

MANY_TO_ONE, MANY_TO_MANY, ENCODER_DECODER = "many-to-one", "many-to-many", "encoder-decoder"
ONE_TO_MANY, ONE_TO_ONE = "one-to-many", "one-to-one"
ARCHES = (MANY_TO_ONE, MANY_TO_MANY, ENCODER_DECODER, ONE_TO_MANY, ONE_TO_ONE)
ONE_STEP = frozenset({ONE_TO_MANY, ONE_TO_ONE})
BOTH_WAYS = frozenset({MANY_TO_ONE, ENCODER_DECODER})
"""Architectures that may read the window both ways: with outputs at every step, earlier outputs would see their own
targets."""


@dataclass(frozen=True)
class Architecture:
    """The sizes of a network.

    Attributes:
        inputs: Values fed at each step, S.
        steps: Recurrent steps, T; 1 for `one-to-many` and `one-to-one`.
        outputs: Values that the network forecasts, O.
        hidden: Hidden units of each recurrent layer and direction, H.
        layers: Recurrent layers, N.
        cell: `rnn`, `gru` or `lstm`.
        activation: `tanh` or `relu`; only the rnn cell has a choice.
        embedding: Units of the dense layer on each step's input; 0 for none.
        skip: Whether the window also reaches the output by a linear map.
        arch: Where the outputs come from: after the last step (`many-to-one`, `one-to-one`), after every step
            (`many-to-many`), or from a decoder (`encoder-decoder`, `one-to-many`).
        bidirectional: Whether the window is read both ways.
        dropout: Share of a layer's outputs that training hides from the next layer: after each dense layer, and after
            each recurrent layer but the last.
        residual: Whether a recurrent layer adds its input to its output where sizes agree.
        irregular: Whether steps are unequal: the last input of each is the time since the step before.
        quantiles: Quantiles among the outputs, Q; the O / Q outputs of a quantile are adjacent, and all quantiles share
            one skip.
        head: Units of a dense layer before the outputs; 0 for none.
        context: Values known for the window as a whole, C, which are read after the recurrent layers; 0 for none.

    """

    inputs: int
    steps: int
    outputs: int
    hidden: int
    layers: int = 1
    cell: str = "gru"
    activation: str = "tanh"
    embedding: int = 0
    skip: bool = True
    arch: str = MANY_TO_ONE
    bidirectional: bool = False
    dropout: float = 0.0
    residual: bool = False
    irregular: bool = False
    quantiles: int = 1
    head: int = 0
    context: int = 0

    def __post_init__(self) -> None:
        """Check that the sizes describe a network.

        Raises:
            ValueError: A name is not known, or parts do not fit together.

        """
        if self.cell not in CELLS or self.activation not in ACTIVATIONS:
            raise ValueError(f"no cell {self.cell!r} with activation {self.activation!r}")
        if self.arch not in ARCHES:
            raise ValueError(f"no architecture {self.arch!r}")
        plain = self.arch == MANY_TO_ONE and not self.irregular
        even = self.quantiles > 0 and self.outputs % self.quantiles == 0
        broken = {
            f"no dropout of {self.dropout}": not 0 <= self.dropout < 1,
            f"{self.arch} has one step": self.one_step and self.steps != 1,
            f"{self.arch} does not read both ways": self.bidirectional and self.arch not in BOTH_WAYS,
            f"{self.arch} has no unequal steps": self.irregular and self.arch != MANY_TO_ONE,
            f"{self.outputs} outputs are not {self.quantiles} quantiles": not even,
            "quantiles, a dense layer before the outputs and context are for many-to-one, with equal steps": not plain
            and (self.quantiles > 1 or self.head > 0 or self.context > 0),
            "unequal steps are read one way, without embedding": self.irregular
            and (self.bidirectional or self.embedding > 0),
        }
        for reason, holds in broken.items():
            if holds:
                raise ValueError(reason)

    @property
    def one_step(self) -> bool:
        """Whether all inputs come in one step."""
        return self.arch in ONE_STEP

    @property
    def readout_inputs(self) -> int:
        """Values that the first dense layer after the recurrent ones reads: their outputs and the context."""
        return self.encoder.width + self.context

    @property
    def decodes(self) -> bool:
        """Whether a second stack writes the outputs one after the other."""
        return self.arch in {ENCODER_DECODER, ONE_TO_MANY}

    @property
    def every_step(self) -> bool:
        """Whether each step has outputs."""
        return self.arch == MANY_TO_MANY

    @property
    def encoder(self) -> Stack:
        """The recurrent layers that read the window."""
        return Stack(
            name="layer",
            inputs=self.embedding or self.inputs,
            hidden=self.hidden,
            layers=self.layers,
            cell=self.cell,
            activation=self.activation,
            bidirectional=self.bidirectional,
            dropout=self.dropout,
            residual=self.residual,
        )

    @property
    def decoder(self) -> Stack:
        """The recurrent layers that write the forecast; they start from the encoder's states, so they are as wide."""
        return Stack(
            name="decoder",
            inputs=1,
            hidden=self.encoder.width,
            layers=self.layers,
            cell=self.cell,
            activation=self.activation,
            dropout=self.dropout,
            residual=self.residual,
        )


def shapes(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    """Return the shape of every parameter by name."""
    a = architecture
    parts: dict[str, dict[str, tuple[int, ...]]] = {}
    if a.embedding:
        parts["embedding"] = dense.shapes(a.inputs, a.embedding)
    parts |= stack_shapes(a.encoder)
    if a.irregular:
        parts |= continuous_time.shapes(a.encoder, a.steps * a.inputs, skip=a.skip)
    else:
        parts |= stack_shapes(a.decoder) if a.decodes else {}
        parts |= {"before_head": dense.shapes(a.readout_inputs, a.head)} if a.head else {}
        parts["head"] = dense.shapes(a.head or a.readout_inputs, 1 if a.decodes else a.outputs)
        parts |= (
            {"skip": {"W": (a.outputs // a.quantiles, a.inputs * (1 if a.every_step else a.steps))}} if a.skip else {}
        )
    return {f"{part}.{name}": shape for part, arrays in parts.items() for name, shape in arrays.items()}


def values_per_window(architecture: Architecture) -> int:
    """Return how many values the layers of a network keep of each window, about: its memory grows with them.

    These are the inputs and outputs of the layers at every step, and at every output where each is computed by a step
    of its own. Where steps are unequal, each has workspaces for its share of the gradient, too, which all windows of a
    batch share; they are counted as if a batch had eight.
    """
    a = architecture
    recurrent = a.layers * a.encoder.width
    kept = a.steps * (a.inputs + a.embedding + recurrent)
    if a.decodes or a.irregular:
        kept += a.outputs * recurrent
    if a.every_step:
        kept += a.steps * a.outputs
    if a.irregular:
        kept += a.steps * sum(count(layer) for layer in stack_shapes(a.encoder).values()) // 8
    return kept


def parameter_count(**sizes: Any) -> int:
    """Return the number of parameters of `Architecture(**sizes)`."""
    return count(shapes(Architecture(**sizes)))


def initial_parameters(
    architecture: Architecture, rng: np.random.Generator, dtype: DTypeLike = np.float32
) -> Parameters:
    """Return fresh parameters: see `forecaster.nn.initialise`; head and skip are zero."""
    a = architecture
    parameters = Parameters(shapes(a), dtype)
    if a.embedding:
        parameters["embedding.W"][:, :-1] = initialise.glorot(a.embedding, a.inputs, rng)
    fill_stack(parameters, a.encoder, rng)
    if a.head:
        parameters["before_head.W"][:, :-1] = initialise.glorot(a.head, a.readout_inputs, rng)
    if a.decodes:
        fill_stack(parameters, a.decoder, rng)
    if a.irregular:
        continuous_time.fill_decays(parameters, rng)
    return parameters
