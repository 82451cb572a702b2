"""The check of gradients notices mistakes: each of these, planted into a copy of the source, fails it by far."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from forecaster import nn
from forecaster.nn.architecture import Architecture

if TYPE_CHECKING:
    from collections.abc import Iterator

BY_FAR = 1e-3
"""Ten thousand times what a right gradient may be off by."""

LAYER_BUGS = {
    "rnn: slope of the state before": ("rnn", False, "ws.h_steps[t]", "ws.z_steps[t][:H]"),
    "rnn: tanh' = 1 - h": ("rnn", False, "np.multiply(h, h, out=da)", "np.copyto(da, h)"),
    "rnn: relu' = 1": ("rnn", True, "np.multiply(dh, h > 0, out=da)", "np.copyto(da, dh)"),
    "rnn: the first step is left out": ("rnn", False, "reversed(range(len(ws.h)))", "reversed(range(1, len(ws.h)))"),
    "rnn: steps in the wrong order": ("rnn", False, "reversed(range(len(ws.h)))", "range(len(ws.h))"),
    "rnn: dW replaces what was there": ("rnn", False, "ws.claim(use)\n", "ws.claim(use)\n        ws.dW[:] = 0\n"),
    "rnn: only the last step's dW": ("rnn", False, "ws.dW += np.dot", "ws.dW[:] = np.dot"),
    "rnn: truncated, no gradient through time": ("rnn", False, "np.dot(W_h, da, out=dh)", "dh[:] = 0"),
    "rnn: recurrent weights not transposed": ("rnn", False, "W_h[:] = weights[:, :H].T", "W_h[:] = weights[:, :H]"),
    "rnn: dh of earlier steps forgotten": ("rnn", False, "                ws.complete_dh(t - 1)\n", ""),
    "gru: no carry past the weights": ("gru", False, "                dh += carry\n", ""),
    "gru: wrong sign in dn": ("gru", False, "dh -= carry", "dh += carry"),
    "gru: reset gate forgotten in dq": ("gru", False, "np.multiply(dp, r, out=dq)", "np.copyto(dq, dp)"),
    "gru: slope of the gates forgotten": (
        "gru",
        False,
        "            da_sigmoids *= np.subtract(ws.one, sigmoids, out=rest)\n",
        "",
    ),
    "gru: one bias without a gradient": ("gru", False, "        ws.db += db_P[:, :1]\n", ""),
    "gru: corner of W_p not replaced": ("gru", False, "        ws.dW_sum[2 * H :, H + 1 :] = db_P[:, 1:]\n", ""),
    "gru: dW replaces what was there": ("gru", False, "ws.dW += ws.dW_sum", "ws.dW[:] = ws.dW_sum"),
    "gru: dx without the candidate": ("gru", False, "                ws.dx[t] += W_p @ dp\n", ""),
    "gru: dh of earlier steps forgotten": ("gru", False, "                ws.complete_dh(t - 1)\n", ""),
    "gru: dh of the wrong step": ("gru", False, "ws.complete_dh(t - 1)", "ws.complete_dh(t)"),
    "lstm: dc_{t-1} = dc without the forget gate": ("lstm", False, "            dc *= f\n", ""),
    "lstm: dc not carried": ("lstm", False, "dc += work", "dc[:] = work"),
    "lstm: tanh' = 1 - g": ("lstm", False, "np.multiply(written, g, out=work)", "np.copyto(work, written)"),
    "lstm: what is written for what is kept": ("lstm", False, "np.multiply(dc, kept,", "np.multiply(dc, written,"),
    "lstm: gates in the wrong order": ("lstm", False, "(da_i, da_f, da_o, da_g)", "(da_f, da_i, da_o, da_g)"),
    "lstm: z_{t+1} for z_t": ("lstm", False, "z, h = ws.z_steps[t]", "z, h = ws.z[t + 1]"),
    "lstm: scaled weights in dx": ("lstm", False, "W_x = ws.W_h, weights", "W_x = ws.W_h, ws.W"),
    "lstm: dh of earlier steps forgotten": ("lstm", False, "                ws.complete_dh(t - 1)\n", ""),
    "dense: relu' = 1": ("dense", True, "np.multiply(dy, y > 0, out=ws.da) if ws.relu else dy", "dy"),
    "dense: dW of the last step": ("dense", False, ".sum(axis=0)", "[-1]"),
    "dense: dW replaces what was there": ("dense", False, "ws.dW += np.matmul", "ws.dW[:] = np.matmul"),
}
"""Module, whether with relu, what stands there, what is planted."""

DECODER = {"arch": "encoder-decoder", "outputs": 3}
CONTEXT = {"context": 2}
DEEP_DECODER = DECODER | {"layers": 2}
BOTH_WAYS = {"layers": 2, "bidirectional": True}
RESIDUAL = {"layers": 3, "residual": True}
DROPOUT = {"layers": 3, "dropout": 0.4}
DENSE_DROPOUT = {"embedding": 5, "head": 5, "dropout": 0.4}
QUANTILES = {"outputs": 6, "quantiles": 3}
UNEQUAL = {"irregular": True, "layers": 2}
LSTM = {"cell": "lstm"}

NETWORK_BUGS = {
    "workspace: the gradient of the last state forgotten": (
        "workspace",
        DEEP_DECODER | {"arch": "many-to-many"},
        "        self.complete_dh(len(self.h) - 1)\n",
        "",
    ),
    "workspace: the gradient of the last state twice": (
        "workspace",
        BOTH_WAYS,
        "is None else 0",
        "is None else dh_out[-1]",
    ),
    "rnn: no gradient of the start": ("rnn", DECODER | {"cell": "rnn"}, "if t or start is not None", "if t"),
    "gru: no gradient of the start": ("gru", DECODER, "if t or start is not None", "if t"),
    "lstm: no gradient of the start": ("lstm", DECODER | LSTM, "if t or start is not None", "if t"),
    "lstm: gradient of the last c forgotten": ("lstm", DECODER | LSTM, "dc[:] = dc_out", "dc[:] = 0"),
    "bidirectional: reverse direction not turned round": ("bidirectional", BOTH_WAYS, "dy[::-1, H:]", "dy[:, H:]"),
    "bidirectional: its dx not turned round": ("bidirectional", BOTH_WAYS, "dx_reverse[::-1]", "dx_reverse"),
    "bidirectional: dx of one direction": (
        "bidirectional",
        BOTH_WAYS,
        "np.add(dx_forward, dx_reverse[::-1], out=ws.dx)",
        "ws.dx[:] = dx_forward",
    ),
    "bidirectional: directions exchanged": ("bidirectional", BOTH_WAYS, "(dy[:H], dy[H:])", "(dy[H:], dy[:H])"),
    "bidirectional: one direction's dc for both": (
        "bidirectional",
        DECODER | BOTH_WAYS | LSTM,
        "part[H:] for part in dc",
        "part[:H] for part in dc",
    ),
    "bidirectional: dc of one direction forgotten": (
        "bidirectional",
        DECODER | BOTH_WAYS | LSTM,
        "forward_back(df, *[part[:H] for part in dc])",
        "forward_back(df)",
    ),
    "stack: a layer is left out on the way back": (
        "stack",
        RESIDUAL,
        "reversed(range(len(backprops)))",
        "reversed((0, *range(2, len(backprops))))",
    ),
    "layer: residual gradient forgotten": (
        "layer",
        RESIDUAL,
        "dx = dx + dy if dy.ndim == 3 else add_to_last(dx, dy, bidirectional=both)",
        "pass",
    ),
    "layer: residual gradient of the last state forgotten": (
        "layer",
        RESIDUAL,
        "else add_to_last(dx, dy, bidirectional=both)",
        "else dx",
    ),
    "layer: dropout's mask forgotten": ("layer", DROPOUT, "dy = dy * mask", "pass"),
    "layer: dropout's scale forgotten": ("layer", DROPOUT, "dy = dy * mask", "dy = dy * (mask > 0)"),
    "layer: residual gradient past the mask": (
        "layer",
        DROPOUT | RESIDUAL,
        "dx = dx + dy if dy.ndim == 3",
        "dx = dx + dy * (1 if mask is None else mask) if dy.ndim == 3",
    ),
    "stack: gradient of the first layer's end forgotten": (
        "stack",
        DEEP_DECODER,
        "dends[n] if dends else None)",
        "dends[n] if dends and n else None)",
    ),
    "layer: gradient of the end forgotten for h": (
        "layer",
        DECODER | LSTM,
        "else add_to_last(dy, dend[0], bidirectional=both)",
        "else dy",
    ),
    "layer: gradient of the end forgotten for c": ("layer", DECODER | LSTM, "back(dh, *(dend or ())[1:])", "back(dh)"),
    "layer: end of the reverse direction at the last step": (
        "layer",
        DECODER | BOTH_WAYS,
        "total[0, H:] += dlast[H:]",
        "total[-1, H:] += dlast[H:]",
    ),
    "decoder: fed-back gradient forgotten": (
        "decoder",
        DECODER,
        "ws.dy[k - 1] += ws.own[k - 1] * dfed[0, 0]",
        "pass",
    ),
    "decoder: fed-back gradient of the wrong step": ("decoder", DECODER, "ws.dy[k - 1] += ", "ws.dy[k] += "),
    "decoder: truth passes a gradient on": ("decoder", DECODER | {"forced": 1.0}, "ws.own[k - 1] * dfed", "dfed"),
    "decoder: truncated, no gradient through its states": (
        "decoder",
        DECODER,
        "ws.dy[k : k + 1], dstarts)",
        "ws.dy[k : k + 1], None)",
    ),
    "decoder: the head's gradient without later steps": (
        "decoder",
        DECODER,
        "ws.dW[:, :-1] += ws.dy[k : k + 1]",
        "ws.dW[:, :-1] += dy[k : k + 1]",
    ),
    "decoder: the head's gradient by the first state": ("decoder", DECODER, "tops[k].T", "tops[0].T"),
    "decoder: the head's bias forgotten": ("decoder", DECODER, "            ws.dW[:, -1] += ws.dy[k].sum()\n", ""),
    "continuous_time: decay without the time": ("continuous_time", UNEQUAL, "dw = (da * -L * d)", "dw = (da * -L)"),
    "continuous_time: decay without the rate": ("continuous_time", UNEQUAL, "dw = (da * -L * d)", "dw = (da * -d)"),
    "continuous_time: only the last fade's dw": (
        "continuous_time",
        UNEQUAL,
        'decay{n}.w"][:] += dw',
        'decay{n}.w"][:] = dw',
    ),
    "continuous_time: fading of c forgotten in dw": (
        "continuous_time",
        UNEQUAL | LSTM,
        "zip(dfaded, faded, strict=True)",
        "zip(dfaded[:1], faded[:1], strict=True)",
    ),
    "continuous_time: fading of c forgotten in dc": (
        "continuous_time",
        UNEQUAL | LSTM,
        "return tuple(left * df for df in dfaded)",
        "return (left * dfaded[0], *dfaded[1:])",
    ),
    "continuous_time: the gradient of the state does not fade": (
        "continuous_time",
        UNEQUAL,
        "return tuple(left * df for df in dfaded)",
        "return dfaded",
    ),
    "continuous_time: dx of d_t forgotten": ("continuous_time", UNEQUAL, "ws.dx[t, -1] += dd", "pass"),
    "continuous_time: dx of d_t without the rate": (
        "continuous_time",
        UNEQUAL,
        "(da * -L).sum(axis=0)",
        "-da.sum(axis=0)",
    ),
    "continuous_time: the last fade without the lead time": (
        "continuous_time",
        UNEQUAL,
        "* -L * lead_times[:, None]",
        "* -L",
    ),
    "continuous_time: the last fade forgotten on the way back": (
        "continuous_time",
        UNEQUAL,
        "(dfaded * ws.left)",
        "dfaded",
    ),
    "continuous_time: slope of the query forgotten": ("continuous_time", UNEQUAL, " * (1 - q * q)", ""),
    "continuous_time: trend without the lead time": ("continuous_time", UNEQUAL, "(lead_times * dy)", "dy"),
    "network: the skip passes no gradient on": (
        "network",
        {},
        "return np.matmul(weights.T, ds).reshape(x.shape) if ws.wants_dx else None",
        "return None",
    ),
    "network: wrong sign in the gradient of the skip": ("network", {}, "np.matmul(ds, seen", "np.matmul(-ds, seen"),
    "network: the gradient of the skip is forgotten": (
        "network",
        {},
        "        dW[:] = shares.sum(axis=0) if shares.ndim == 3 else shares\n",
        "",
    ),
    "network: the gradient of the skip at the last step": (
        "network",
        {"arch": "many-to-many"},
        "shares.sum(axis=0)",
        "shares[-1]",
    ),
    "network: the skip without what came back through the decoder": (
        "network",
        DECODER,
        "ds, dends = decode_back(dy)",
        "ds, dends = dy, decode_back(dy)[1]",
    ),
    "network: the embedding is left out on the way back": (
        "network",
        {"embedding": 2},
        "_sum_of_gradients(embed_back(de), skip_back(ds))",
        "_sum_of_gradients(de, skip_back(ds))",
    ),
    "network: the skip's gradient of the first quantile alone": (
        "network",
        QUANTILES,
        "_by_quantile(dy, a).sum(axis=0)",
        "_by_quantile(dy, a)[0]",
    ),
    "network: outputs of a quantile not together on the way back": (
        "network",
        QUANTILES,
        "_by_quantile(dy, a).sum(axis=0)",
        "dy.reshape(-1, a.quantiles, dy.shape[-1]).sum(axis=1)",
    ),
    "network: the dense layer before the outputs is left out on the way back": (
        "network",
        {"head": 2},
        "before_back(head_back(dy if a.every_step else dy[None]))",
        "head_back(dy if a.every_step else dy[None])",
    ),
    "network: the context is not read": (
        "network",
        CONTEXT,
        "top = np.concatenate([top, ws.inputs.context[None]], axis=1)",
        "top = np.concatenate([top, 0 * ws.inputs.context[None]], axis=1)",
    ),
    "network: the context before the state": (
        "network",
        CONTEXT,
        "np.concatenate([top, ws.inputs.context[None]], axis=1)",
        "np.concatenate([ws.inputs.context[None], top], axis=1)",
    ),
    "network: the state takes the gradient of the context": (
        "network",
        CONTEXT,
        "dh, (ws.dcontext,) = np.split(dh, [a.encoder.width], axis=1)",
        "(ws.dcontext,), dh = np.split(dh, [a.encoder.width], axis=1)",
    ),
    "dense: dropout's mask forgotten": ("dense", DENSE_DROPOUT, "da = np.multiply(da, mask, out=ws.da)", "pass"),
    "dense: dropout's scale forgotten": ("dense", DENSE_DROPOUT, "multiply(da, mask,", "multiply(da, mask > 0,"),
    "dense: dropout drawn again on the way back": (
        "dense",
        DENSE_DROPOUT,
        "da = np.multiply(da, mask, out=ws.da)",
        "da = np.multiply(da, rng.permuted(mask, axis=-2), out=ws.da)",
    ),
    "network: the gradient of an earlier batch stays": ("network", {}, "        ws.gradient.vector[:] = 0\n", ""),
}
"""Module, network, what stands there, what is planted."""

MODULES = (
    "workspace",
    "dense",
    "rnn",
    "gru",
    "lstm",
    "bidirectional",
    "layer",
    "stack",
    "continuous_time",
    "decoder",
    "network",
)
"""Each imports none of those behind it."""


def planted(name: str, right: str, wrong: str) -> ModuleType:
    """Return a copy of the module `name` in which `right`, which stands there once, reads `wrong`."""
    source = Path(str(import_module(f"forecaster.nn.{name}").__file__)).read_text()
    assert source.count(right) == 1
    module = ModuleType(f"forecaster.nn.{name}")
    exec(compile(source.replace(right, wrong), f"{name} with a bug", "exec"), module.__dict__)  # noqa: S102 - our own source, one line changed
    return module


def network_with(monkeypatch: pytest.MonkeyPatch, name: str, right: str, wrong: str) -> ModuleType:
    """Return a copy of the network that uses `planted(name, right, wrong)`."""
    first = "from __future__ import annotations"
    for each in MODULES[MODULES.index(name) :]:
        module = planted(each, right, wrong) if each == name else planted(each, first, first)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(nn, each, module)
    return module


def errors(gradients: ModuleType, module: ModuleType, sizes: dict[str, Any], seed: int) -> Iterator[tuple[str, float]]:
    """Yield the error of each block of the network; one with dropout is checked in training."""
    asked = {"inputs": 2, "steps": 3, "outputs": 2, "hidden": 2} | sizes
    forced = asked.pop("forced", 0.0 if "dropout" in asked else None)
    return gradients.network_errors(module, Architecture(**asked), 2, seed, forced)


def is_wrong_by_far(found: Iterator[tuple[str, float]]) -> bool:
    """Return whether a block is wrong by far; those behind it are not looked at."""
    return any(error > BY_FAR for _, error in found)


@pytest.mark.parametrize(("name", "relu", "right", "wrong"), LAYER_BUGS.values(), ids=LAYER_BUGS)
def test_a_bug_in_a_layer_is_caught(gradients: ModuleType, name: str, relu: bool, right: str, wrong: str) -> None:
    module = planted(name, right, wrong)
    for seed in range(5):
        assert is_wrong_by_far(gradients.layer_errors(module, name, 4, 3, 2, 3, seed, relu=relu))


@pytest.mark.sampled(
    "network: *",
    "gru: *",
    "workspace: the gradient of the last state forgotten",
    "bidirectional: its dx not turned round",
    "stack: a layer is left out on the way back",
    "layer: residual gradient forgotten",
    "decoder: fed-back gradient forgotten",
    "continuous_time: decay without the rate",
    "dense: dropout's mask forgotten",
    slow=(),
)
@pytest.mark.parametrize("bug", NETWORK_BUGS.values(), ids=NETWORK_BUGS)
def test_a_bug_in_a_network_is_caught(
    gradients: ModuleType, monkeypatch: pytest.MonkeyPatch, bug: tuple[str, dict[str, Any], str, str]
) -> None:
    name, sizes, right, wrong = bug
    module = network_with(monkeypatch, name, right, wrong)
    for seed in range(3):
        assert is_wrong_by_far(errors(gradients, module, sizes, seed))


@pytest.mark.parametrize("name", ["rnn", "gru", "lstm", "dense"])
def test_a_copy_of_a_layer_without_a_bug_passes(gradients: ModuleType, name: str) -> None:
    module = planted(name, "from __future__ import annotations", "from __future__ import annotations  # copied")
    assert max(dict(gradients.layer_errors(module, name, 4, 3, 2, 3, 0)).values()) <= 1e-7


@pytest.mark.sampled("{}", "*residual*", "*quantiles*", "*context*", "*forced*", "*irregular*")
@pytest.mark.parametrize(
    "sizes",
    [
        {},
        DECODER | BOTH_WAYS | LSTM,
        DROPOUT | RESIDUAL,
        DENSE_DROPOUT | QUANTILES,
        DENSE_DROPOUT | CONTEXT,
        DECODER | {"forced": 1.0},
        UNEQUAL | LSTM,
    ],
    ids=str,
)
def test_a_copy_of_a_network_without_a_bug_passes(
    gradients: ModuleType, monkeypatch: pytest.MonkeyPatch, sizes: dict[str, Any]
) -> None:
    first = "from __future__ import annotations"
    module = network_with(monkeypatch, "workspace", first, f"{first}  # copied")
    assert all(error <= 1e-7 for _, error in errors(gradients, module, sizes, 0))
