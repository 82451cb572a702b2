"""What an architecture refuses, which parameters it has, and how they start."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from forecaster.nn.architecture import (
    ARCHES,
    BOTH_WAYS,
    Architecture,
    initial_parameters,
    parameter_count,
    shapes,
    values_per_window,
)
from forecaster.nn.network import NetworkWorkspace, network

SIZES: dict[str, Any] = {"inputs": 2, "steps": 4, "outputs": 3, "hidden": 5}
BOTH, UNEQUAL = {"bidirectional": True}, {"irregular": True}
PLAIN_ALONE = "quantiles, a dense layer before the outputs and context are for many-to-one, with equal steps"
REFUSED = [
    ({"cell": "elman"}, "no cell 'elman' with activation 'tanh'"),
    ({"activation": "sine"}, "no cell 'gru' with activation 'sine'"),
    ({"arch": "some-to-many"}, "no architecture 'some-to-many'"),
    ({"arch": "one-to-one"}, "one-to-one has one step"),
    ({"arch": "one-to-many"}, "one-to-many has one step"),
    ({"arch": "one-to-one", "steps": 1} | BOTH, "one-to-one does not read both ways"),
    ({"arch": "one-to-many", "steps": 1} | BOTH, "one-to-many does not read both ways"),
    ({"arch": "many-to-many"} | BOTH, "many-to-many does not read both ways"),
    ({"arch": "many-to-many"} | UNEQUAL, "many-to-many has no unequal steps"),
    ({"arch": "encoder-decoder"} | UNEQUAL, "encoder-decoder has no unequal steps"),
    ({"arch": "one-to-many", "steps": 1} | UNEQUAL, "one-to-many has no unequal steps"),
    ({"arch": "one-to-one", "steps": 1} | UNEQUAL, "one-to-one has no unequal steps"),
    (BOTH | UNEQUAL, "unequal steps are read one way, without embedding"),
    ({"dropout": 1.0}, "no dropout of 1.0"),
    ({"dropout": -0.1}, "no dropout of -0.1"),
    ({"embedding": 3} | UNEQUAL, "unequal steps are read one way, without embedding"),
    ({"outputs": 4, "quantiles": 3}, "4 outputs are not 3 quantiles"),
    ({"quantiles": 0}, "3 outputs are not 0 quantiles"),
    ({"quantiles": 3} | UNEQUAL, PLAIN_ALONE),
    ({"head": 2} | UNEQUAL, PLAIN_ALONE),
    ({"context": 2} | UNEQUAL, PLAIN_ALONE),
    *(({"arch": arch, "quantiles": 3}, PLAIN_ALONE) for arch in ("many-to-many", "encoder-decoder")),
    *(({"arch": arch, "context": 1}, PLAIN_ALONE) for arch in ("many-to-many", "encoder-decoder")),
    *(({"arch": arch, "head": 2, "steps": 1}, PLAIN_ALONE) for arch in ("one-to-many", "one-to-one")),
]


def architecture(arch: str, **sizes: Any) -> Architecture:
    return Architecture(**SIZES | {"steps": 1 if arch.startswith("one") else 4} | sizes, arch=arch)


@pytest.mark.parametrize(("wrong", "text"), REFUSED, ids=[text for _, text in REFUSED])
def test_what_does_not_exist_is_refused(wrong: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text}$"):
        Architecture(**SIZES | wrong)


@pytest.mark.parametrize("arch", ARCHES)
def test_every_other_architecture_exists(arch: str) -> None:
    assert shapes(architecture(arch, layers=2, embedding=3, dropout=0.2, residual=True))
    if arch in BOTH_WAYS:
        assert shapes(architecture(arch, bidirectional=True))


def test_the_parameters_of_a_network_that_only_reads() -> None:
    a = architecture("many-to-one", layers=2, embedding=3)
    assert shapes(a) == {
        "embedding.W": (3, 3),
        "layer0.W": (15, 5 + 1 + 3),
        "layer0.b": (5, 1),
        "layer1.W": (15, 5 + 1 + 5),
        "layer1.b": (5, 1),
        "head.W": (3, 6),
        "skip.W": (3, 8),
    }
    assert shapes(architecture("many-to-many"))["skip.W"] == (3, 2)  # each step's input alone


def test_the_parameters_of_quantiles_with_a_dense_layer_before_them() -> None:
    a = architecture("many-to-one", cell="rnn", outputs=6, quantiles=3, head=7, bidirectional=True)
    assert shapes(a) == {
        "layer0.W": (5, 5 + 1 + 2),
        "layer0_reverse.W": (5, 5 + 1 + 2),
        "before_head.W": (7, 10 + 1),
        "head.W": (6, 7 + 1),
        "skip.W": (2, 8),  # one for all quantiles
    }
    W = initial_parameters(a, np.random.default_rng(0))
    limit = np.sqrt(6 / (7 + 10))
    assert limit / 2 < np.abs(W["before_head.W"][:, :-1]).max() <= limit
    assert not W["before_head.W"][:, -1].any()
    assert parameter_count(**SIZES | {"outputs": 6}, cell="rnn", quantiles=3, head=7, bidirectional=True) == (
        2 * 40 + 77 + 48 + 16
    )


def test_context_widens_the_first_dense_layer_after_the_recurrent_ones() -> None:
    a = architecture("many-to-one", cell="rnn", context=4, bidirectional=True, skip=False)
    assert shapes(a) == {
        "layer0.W": (5, 5 + 1 + 2),
        "layer0_reverse.W": (5, 5 + 1 + 2),
        "head.W": (3, 10 + 4 + 1),
    }
    assert shapes(replace(a, head=7))["before_head.W"] == (7, 10 + 4 + 1)
    assert shapes(replace(a, head=7))["head.W"] == (3, 7 + 1)
    W = initial_parameters(replace(a, head=7), np.random.default_rng(0))["before_head.W"]
    limit = np.sqrt(6 / (7 + 10 + 4))
    assert limit / 2 < np.abs(W[:, -5:-1]).max() <= np.abs(W).max() <= limit
    assert not W[:, -1].any()


def test_without_context_everything_starts_as_it_did() -> None:
    a = architecture("many-to-one", head=7)
    without = NetworkWorkspace(a, 4)
    assert a.context == 0
    assert (without.inputs.context, without.dcontext) == (None, None)
    one, other = (initial_parameters(each, np.random.default_rng(0)) for each in (a, replace(a, context=2)))
    assert np.array_equal(one["layer0.W"], other["layer0.W"])
    assert one["before_head.W"].shape == (7, 5 + 1)


def test_the_targets_of_quantiles_are_given_once() -> None:
    ws = NetworkWorkspace(architecture("many-to-one", outputs=6, quantiles=3), 4)
    assert (ws.output_shape, ws.target_shape) == ((6, 4), (2, 4))
    for arch in ARCHES:
        ws = NetworkWorkspace(architecture(arch), 4)
        assert ws.target_shape == ws.output_shape


def test_the_parameters_of_a_network_that_reads_both_ways_and_decodes() -> None:
    a = architecture("encoder-decoder", cell="rnn", layers=2, bidirectional=True)
    assert shapes(a) == {
        "layer0.W": (5, 5 + 1 + 2),
        "layer0_reverse.W": (5, 5 + 1 + 2),
        "layer1.W": (5, 5 + 1 + 10),
        "layer1_reverse.W": (5, 5 + 1 + 10),
        "decoder0.W": (10, 10 + 1 + 1),  # as wide as both directions, and fed with one value
        "decoder1.W": (10, 10 + 1 + 10),
        "head.W": (1, 11),  # one value a step
        "skip.W": (3, 8),
    }


def test_the_parameters_of_unequal_steps() -> None:
    a = architecture("many-to-one", cell="rnn", irregular=True, layers=2)
    assert shapes(a) == {
        "layer0.W": (5, 5 + 1 + 2),
        "layer1.W": (5, 5 + 1 + 5),
        "decay0.w": (5, 1),
        "decay1.w": (5, 1),
        "query.w": (5, 1),
        "query.W": (5, 7),
        "head.W": (1, 6),
        "skip.W": (1, 8),
    }


@pytest.mark.parametrize(("cell", "count"), [("rnn", 5 * 8), ("gru", 15 * 8 + 5), ("lstm", 20 * 8)])
def test_parameter_count(cell: str, count: int) -> None:
    head, skip = 3 * 6, 3 * 4 * 2
    assert parameter_count(**SIZES, cell=cell) == count + head + skip
    assert parameter_count(**SIZES, cell=cell, skip=False) == count + head
    assert len(initial_parameters(Architecture(**SIZES, cell=cell), np.random.default_rng(0)).vector) == (
        count + head + skip
    )


@pytest.mark.parametrize(
    "a",
    [
        *map(architecture, ARCHES),
        architecture("many-to-one", **BOTH),
        architecture("many-to-one", **UNEQUAL),
        architecture("many-to-one", quantiles=3, head=4),
        architecture("many-to-one", context=2),
    ],
    ids=[*ARCHES, "bidirectional", "irregular", "quantiles", "context"],
)
def test_an_untrained_network_answers_zero(a: Architecture) -> None:
    W, ws = initial_parameters(a, np.random.default_rng(0), np.float64), NetworkWorkspace(a, 6, np.float64)
    ws.inputs.window[:] = np.abs(np.random.default_rng(1).normal(size=ws.inputs.window.shape))
    y, _ = network(W, ws.inputs.window, ws)
    assert y.shape == ((4, 3, 6) if a.arch == "many-to-many" else (3, 6))
    assert not y.any()
    assert W["layer0.W"].any()


def test_the_seed_decides_the_start() -> None:
    a = architecture("encoder-decoder", layers=2, embedding=3)
    one, same, other = (initial_parameters(a, np.random.default_rng(seed)).vector for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("changes", "values"),
    [
        ({}, 10 * (3 + 4)),
        ({"embedding": 5}, 10 * (3 + 5 + 4)),
        ({"layers": 2, "bidirectional": True}, 10 * (3 + 2 * 8)),
        ({"arch": "many-to-many"}, 10 * (3 + 4) + 10 * 6),
        ({"arch": "encoder-decoder", "layers": 2}, 10 * (3 + 2 * 4) + 6 * 2 * 4),
        ({"irregular": True, "cell": "rnn"}, 10 * (3 + 4) + 6 * 4 + 10 * 4 * (4 + 1 + 3) // 8),
    ],
)
def test_memory_grows_with_the_values_of_a_window(changes: dict[str, Any], values: int) -> None:
    sizes = {"inputs": 3, "steps": 10, "outputs": 6, "hidden": 4} | changes
    assert values_per_window(Architecture(**sizes)) == values
