"""Make data/torch_values.npz: what PyTorch computes for small recurrent networks and for AdamW.

    python -m venv torch && torch/bin/pip install torch==2.13.0 numpy && torch/bin/python tests/nn/make_torch_values.py

The arrays of all cases stand one behind the other in one vector a precision; `index` has their names, `case.array`,
and shapes. Weights keep PyTorch's names and layout, with / for its dots, and the gradient of v is called d_v.
Sequences are (T, B, features), states (layers and directions, B, H). What is differentiated is the sum of every output
times its stored gradient.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

T, B, I, H, O = 4, 2, 3, 2, 3
CELLS = {
    "rnn tanh": (torch.nn.RNN, {"nonlinearity": "tanh"}),
    "rnn relu": (torch.nn.RNN, {"nonlinearity": "relu"}),
    "gru": (torch.nn.GRU, {}),
    "lstm": (torch.nn.LSTM, {}),
}
NETWORKS = {
    "many-to-one": {"layers": 2, "embedding": 4},
    "many-to-one, both ways, residual": {"layers": 3, "both": True, "residual": True},
    "many-to-one, context": {"context": 3},
    "many-to-one, context, dense layer before the outputs": {"context": 3, "before_head": 4},
    "many-to-many": {"layers": 2, "embedding": 4},
    "many-to-many, residual": {"layers": 3, "residual": True},
    "encoder-decoder": {},
    "encoder-decoder, two layers, residual": {"layers": 2, "residual": True},
    "encoder-decoder, two layers, both ways": {"layers": 2, "both": True},
    "one-to-many": {"layers": 2},
    "one-to-one": {"embedding": 4},
}

Values = dict[str, torch.Tensor]


def gradients(module: torch.nn.Module, inputs: Values, outputs: Values) -> Values:
    """Draw a gradient for each output; return all inputs, outputs and weights with their gradients."""
    found = inputs | outputs
    slopes = {f"d_{key}": torch.randn_like(value) for key, value in outputs.items()}
    sum((value * slopes[f"d_{key}"]).sum() for key, value in outputs.items()).backward()
    leaves = inputs | {key.replace(".", "/"): value for key, value in module.named_parameters()}
    return found | slopes | leaves | {f"d_{key}": value.grad for key, value in leaves.items()}


def leaf(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, requires_grad=True)


def layers_values(cell: str, layers: int, *, both: bool = False, start: bool = False) -> Values:
    """Return what PyTorch's own layers compute, from zeros or from a start whose gradient is asked for."""
    make, options = CELLS[cell]
    module = make(I, H, num_layers=layers, bidirectional=both, **options)
    inputs = {"x": leaf(T, B, I)}
    if start:
        inputs |= {f"{part}_0": leaf(layers, B, H) for part in ("hc" if cell == "lstm" else "h")}
    states = [value for key, value in inputs.items() if key != "x"]
    y, ends = module(inputs["x"], (tuple(states) if cell == "lstm" else states[0]) if start else None)
    ends = dict(zip(("h_n", "c_n"), ends if cell == "lstm" else (ends,), strict=False))
    return gradients(module, inputs, {"y": y} | ends)


class Network(torch.nn.Module):
    """A network of the package, joined from PyTorch's layers."""

    def __init__(
        self,
        cell: str,
        arch: str,
        *,
        layers: int = 1,
        both: bool = False,
        residual: bool = False,
        embedding: int = 0,
        before_head: int = 0,
        context: int = 0,
    ) -> None:
        """Make the layers."""
        super().__init__()
        self.arch, self.residual, self.steps = arch, residual, 1 if arch.startswith("one") else T
        make, options = CELLS[cell]
        width, decodes = H * (1 + both), arch in {"encoder-decoder", "one-to-many"}
        sizes = [embedding or I] + [width] * (layers - 1)
        self.embedding = torch.nn.Linear(I, embedding) if embedding else None
        self.layer = torch.nn.ModuleList(make(size, H, bidirectional=both, **options) for size in sizes)
        sizes[0] = 1
        self.decoder = torch.nn.ModuleList(make(size, width, **options) for size in sizes if decodes)
        self.before_head = torch.nn.Linear(width + context, before_head) if before_head else None
        self.head = torch.nn.Linear(before_head or width + context, 1 if decodes else O)
        self.skip = torch.nn.Linear(I * (1 if arch == "many-to-many" else self.steps), O, bias=False)

    def run(self, layers: torch.nn.ModuleList, x: torch.Tensor, starts: list) -> tuple[torch.Tensor, list]:
        """Return the outputs of the top layer and the last state of every layer."""
        ends = []
        for layer, start in zip(layers, starts, strict=True):
            y, end = layer(x, start)
            x = y + x if self.residual and x.shape == y.shape else y
            ends.append(end)
        return x, ends

    def forward(self, x: torch.Tensor, context: torch.Tensor | None = None) -> torch.Tensor:
        """Return the forecasts, (B, O), or (T, B, O) with an output at every step; `context` is (B, C)."""
        e = torch.relu(self.embedding(x)) if self.embedding else x
        h, ends = self.run(self.layer, e, [None] * len(self.layer))
        if self.arch == "many-to-many":
            return self.head(h) + self.skip(x)
        skip = self.skip(torch.cat(list(x), dim=1))
        if len(self.decoder):
            return self.decode(ends, skip)
        first_way, second_way = h[-1, :, :H], h[0, :, H:]
        known = torch.cat([first_way, second_way] + ([] if context is None else [context]), dim=1)
        return self.head(torch.relu(self.before_head(known)) if self.before_head else known) + skip

    def decode(self, ends: list, skip: torch.Tensor) -> torch.Tensor:
        """Write the forecast, fed with its own values."""
        states = [tuple(map(side_by_side, end)) if isinstance(end, tuple) else side_by_side(end) for end in ends]
        y = [torch.zeros(B, 1)]
        for k in range(O):
            h, states = self.run(self.decoder, y[-1][None], states)
            y.append(self.head(h[0]) + skip[:, [k]])
        return torch.cat(y[1:], dim=1)


def side_by_side(state: torch.Tensor) -> torch.Tensor:
    """Return the states of all directions, (D, B, H), as one, (1, B, D H)."""
    return torch.cat(list(state), dim=1)[None]


def network_values(cell: str, name: str) -> Values:
    """Return what a composed network computes."""
    module = Network(cell, name.partition(",")[0], **NETWORKS[name])
    inputs = {"x": leaf(module.steps, B, I)}
    if context := NETWORKS[name].get("context"):
        inputs["context"] = leaf(B, context)
    return gradients(module, inputs, {"y": module(**inputs)})


def cases() -> dict[str, Values]:
    """Return every case in PyTorch's present precision."""
    found = {}
    for cell in CELLS:
        for layers in (1, 2):
            found[f"{cell}, {layers}"] = layers_values(cell, layers)
            found[f"{cell}, {layers}, both ways"] = layers_values(cell, layers, both=True)
            found[f"{cell}, {layers}, from a start"] = layers_values(cell, layers, start=True)
        found |= {f"{cell}, {name}": network_values(cell, name) for name in NETWORKS}
    return found


def adamw_values(updates: int = 20, size: int = 12) -> Values:
    """Return gradients and the vector before and after each update with AdamW."""
    vector = torch.randn(size, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.AdamW([vector], lr=1e-2, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1)
    gradients, vectors = torch.randn(updates, size, dtype=torch.float64), [vector.detach().clone()]
    for gradient in gradients:
        vector.grad = gradient.clone()
        optimiser.step()
        vectors.append(vector.detach().clone())
    return {"gradients": gradients, "vectors": torch.stack(vectors)}


def main() -> None:
    """Write the file."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    file = {f"adamw_{key}": value.detach().numpy() for key, value in adamw_values().items()}
    for precision in ("float32", "float64"):
        torch.set_default_dtype(getattr(torch, precision))
        arrays = {
            f"{case}.{key}": value.detach().numpy() for case, values in cases().items() for key, value in values.items()
        }
        file[precision] = np.concatenate([array.ravel() for array in arrays.values()])
    file["index"] = np.array(json.dumps({name: array.shape for name, array in arrays.items()}))
    np.savez_compressed(Path(__file__).parent / "data" / "torch_values.npz", **file)


if __name__ == "__main__":
    main()
