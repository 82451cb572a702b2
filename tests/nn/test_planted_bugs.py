"""The check of gradients notices mistakes: each of these, planted into a copy of the source, fails it by far."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from forecaster.nn.network import Architecture

BY_FAR = 1e-3
"""Ten thousand times what a right gradient may be off by."""

LAYER_BUGS = {
    "rnn: slope of the state before": ("rnn", False, "h = z[t + 1, :H]", "h = z[t, :H]"),
    "rnn: tanh' = 1 - h": ("rnn", False, "np.multiply(h, h, out=da)", "np.copyto(da, h)"),
    "rnn: relu' = 1": ("rnn", True, "np.multiply(dh, h > 0, out=da)", "np.copyto(da, dh)"),
    "rnn: the first step is left out": ("rnn", False, "reversed(range(T))", "reversed(range(1, T))"),
    "rnn: steps in the wrong order": ("rnn", False, "reversed(range(T))", "range(T)"),
    "rnn: dW of an earlier batch stays": ("rnn", False, "        ws.dW[:] = 0\n", ""),
    "rnn: only the last step's dW": ("rnn", False, "ws.dW += np.matmul", "ws.dW[:] = np.matmul"),
    "rnn: truncated, no gradient through time": ("rnn", False, "np.matmul(weights[:, :H].T, da, out=dh)", "dh[:] = 0"),
    "rnn: recurrent weights not transposed": (
        "rnn",
        False,
        "weights[:, :H].T, da, out=dh",
        "weights[:, :H], da, out=dh",
    ),
    "gru: no carry past the weights": ("gru", False, "            dh += carry\n", ""),
    "gru: wrong sign in dn": ("gru", False, "dh -= carry", "dh += carry"),
    "gru: reset gate forgotten in dq": ("gru", False, "np.multiply(n, r, out=work)", "np.copyto(work, n)"),
    "gru: one bias without a gradient": ("gru", False, "ws.db[:, 0] = ws.n.sum(axis=(0, 2))", "ws.db[:, 0] = 0"),
    "gru: corner of W_p not replaced": (
        "gru",
        False,
        "            np.matmul(dp, z[t, H + 1 :].T, out=ws.dW_t[2 * H :, H + 1 :])\n",
        "",
    ),
    "gru: dh of earlier steps forgotten": (
        "gru",
        False,
        "            if every and t:\n                dh += dh_out[t - 1]\n",
        "",
    ),
    "gru: dh of the wrong step": ("gru", False, "dh += dh_out[t - 1]", "dh += dh_out[t]"),
    "lstm: dc_{t-1} = dc without the forget gate": (
        "lstm",
        False,
        "np.multiply(dc, f, out=work)",
        "np.copyto(work, dc)",
    ),
    "lstm: dc not carried": ("lstm", False, "dc += work", "dc[:] = work"),
    "lstm: slope of a sigmoid for the candidate": ("lstm", False, "np.subtract(1, slope[3]", "np.subtract(g, slope[3]"),
    "lstm: c_t for c_{t-1}": ("lstm", False, "np.multiply(dc, c[t], out=f)", "np.multiply(dc, c[t + 1], out=f)"),
    "lstm: gates in the wrong order": ("lstm", False, "i, f, o, g = gates\n", "f, i, o, g = gates\n"),
    "lstm: z_{t+1} for z_t": ("lstm", False, "np.matmul(da, z[t].T", "np.matmul(da, z[t + 1].T"),
    "lstm: halved weights in dx": ("lstm", False, "weights[:, H + 1 :].T, da", "ws.W[:, H + 1 :].T, da"),
    "dense: relu' = 1": ("dense", True, "np.multiply(dy, y > 0, out=ws.da) if ws.relu else dy", "dy"),
    "dense: dW of the last step": ("dense", False, ".sum(axis=0, out=ws.dW)", "[-1:].sum(axis=0, out=ws.dW)"),
}
NETWORK_BUGS = {
    "the skip passes no gradient on": ("return None if dh is None else dh + (W[", "return dh if W else (W["),
    "wrong sign in the gradient of the skip": ("np.matmul(dy, window.T", "np.matmul(-dy, window.T"),
    "the gradient of the skip is forgotten": ('        np.matmul(dy, window.T, out=ws.gradient["skip.W"])\n', ""),
    "a layer is left out on the way back": ("reversed(way_back)", "reversed(way_back[:1] + way_back[2:])"),
}


def planted(name: str, right: str, wrong: str) -> ModuleType:
    """Return a copy of the module `name` in which `right`, which stands there once, reads `wrong`."""
    source = Path(str(import_module(f"forecaster.nn.{name}").__file__)).read_text()
    changed = source.replace(right, wrong)
    assert source.count(right) == 1
    assert changed != source
    module = ModuleType(f"forecaster.nn.{name}")
    exec(compile(changed, f"{name} with a bug", "exec"), module.__dict__)  # noqa: S102 - our own source, one line changed
    return module


@pytest.mark.parametrize(("name", "relu", "right", "wrong"), LAYER_BUGS.values(), ids=LAYER_BUGS)
def test_a_bug_in_a_layer_is_caught(gradients: ModuleType, name: str, relu: bool, right: str, wrong: str) -> None:
    module = planted(name, right, wrong)
    for seed in range(5):
        assert max(gradients.layer_errors(module, name, 4, 3, 2, 3, seed, relu=relu).values()) > BY_FAR


@pytest.mark.parametrize(("right", "wrong"), NETWORK_BUGS.values(), ids=NETWORK_BUGS)
def test_a_bug_in_the_network_is_caught(gradients: ModuleType, right: str, wrong: str) -> None:
    module = planted("network", right, wrong)
    architecture = Architecture(inputs=2, steps=3, outputs=2, hidden=2, layers=3)
    for seed in range(5):
        assert max(gradients.network_errors(module, architecture, 2, seed).values()) > BY_FAR


@pytest.mark.parametrize("name", ["rnn", "gru", "lstm", "dense"])
def test_a_copy_without_a_bug_passes(gradients: ModuleType, name: str) -> None:
    module = planted(name, "from __future__ import annotations", "from __future__ import annotations  # copied")
    assert max(gradients.layer_errors(module, name, 4, 3, 2, 3, 0).values()) <= 1e-7
