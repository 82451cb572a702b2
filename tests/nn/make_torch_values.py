"""Make data/torch_values.npz: what PyTorch computes for small recurrent networks and for AdamW.

    python -m venv torch && torch/bin/pip install torch==2.13.0 numpy && torch/bin/python tests/nn/make_torch_values.py

Names in the file are `cell/layers/precision/array`. Weights and their gradients keep PyTorch's names and layout,
sequences are (T, B, features). What is differentiated is sum(dh * h) over the states h of the top layer.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

T, B, I, H = 7, 5, 3, 4
CELLS = {
    "rnn tanh": (torch.nn.RNN, {"nonlinearity": "tanh"}),
    "rnn relu": (torch.nn.RNN, {"nonlinearity": "relu"}),
    "gru": (torch.nn.GRU, {}),
    "lstm": (torch.nn.LSTM, {}),
}


def cell_values(name: str, layers: int, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Return weights, inputs, states and gradients of one network."""
    make, options = CELLS[name]
    module = make(I, H, num_layers=layers, dtype=dtype, **options)
    x = torch.randn(T, B, I, dtype=dtype, requires_grad=True)
    dh = torch.randn(T, B, H, dtype=dtype)
    h, _ = module(x)
    h.backward(dh)
    weights = dict(module.named_parameters())
    found = {"x": x, "dh": dh, "h": h, "dx": x.grad} | weights
    return found | {f"d_{key}": weight.grad for key, weight in weights.items()}


def adamw_values(updates: int = 20, size: int = 12) -> dict[str, torch.Tensor]:
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
    values = {f"adamw/{key}": value for key, value in adamw_values().items()}
    for name in CELLS:
        for layers in (1, 2):
            for precision in ("float32", "float64"):
                arrays = cell_values(name, layers, getattr(torch, precision))
                values |= {f"{name}/{layers}/{precision}/{key}": value for key, value in arrays.items()}
    file = Path(__file__).parent / "data" / "torch_values.npz"
    np.savez_compressed(file, **{key: value.detach().numpy() for key, value in values.items()})


if __name__ == "__main__":
    main()
