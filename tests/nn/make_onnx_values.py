"""Make data/onnx_values.npz: the cases with which the ONNX project tests the operators RNN, GRU and LSTM.

    python -m venv onnx && onnx/bin/pip install onnx==1.23.2 && onnx/bin/python tests/nn/make_onnx_values.py

The cases are copied from the backend node tests of https://github.com/onnx/onnx, (c) ONNX Project Contributors, under
the Apache License 2.0. Names in the file are `case/input/array` and `case/output/array`, with ONNX's names and layout,
and `case/node`, the operator and the attributes that the case sets, in JSON.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx.backend.test.case.node import collect_testcases
from onnx.helper import get_attribute_value

if TYPE_CHECKING:
    from onnx import NodeProto
    from onnx.backend.test.case.test_case import TestCase

OPERATORS = {"RNN", "GRU", "LSTM"}


def node_values(node: NodeProto) -> dict[str, Any]:
    """Return the operator and its attributes."""
    values = {attribute.name: get_attribute_value(attribute) for attribute in node.attribute}
    texts = {key: value.decode() for key, value in values.items() if isinstance(value, bytes)}
    return {"operator": node.op_type} | values | texts


def case_values(case: TestCase) -> dict[str, np.ndarray]:
    """Return the node, the inputs and the expected outputs of one case, without the arrays that it leaves out."""
    [node], [(inputs, outputs)] = case.model.graph.node, case.data_sets
    given = zip(filter(None, node.input), inputs, strict=True)
    expected = zip(filter(None, node.output), outputs, strict=True)
    found = {"node": np.array(json.dumps(node_values(node)))}
    found |= {f"input/{key}": value for key, value in given}
    return found | {f"output/{key}": value for key, value in expected}


def main() -> None:
    """Write the file."""
    cases = [case for case in collect_testcases() if case.model.graph.node[0].op_type in OPERATORS]
    values: dict[str, Any] = {f"{case.name}/{key}": value for case in cases for key, value in case_values(case).items()}
    np.savez_compressed(Path(__file__).parent / "data" / "onnx_values.npz", **values)


if __name__ == "__main__":
    main()
