"""The walls of the stream reader, each alone: the scan is not needed for the second one to hold."""

from __future__ import annotations

import io
import pickle
from typing import Any

import pytest

from forecaster.artifact import plain_pickle
from forecaster.errors import ModelRefusedError
from forecaster.size_limits import DEEPEST


@pytest.mark.parametrize(
    "instructions",
    [b"cos\nsystem\n.", b"\x8c\x02os\x8c\x06system\x93.", b"(S'id'\nios\nsystem\n.", b"ccollections\nOrderedDict\n."],
)
def test_the_unpickler_itself_looks_up_no_name(instructions: bytes) -> None:
    with pytest.raises(ModelRefusedError, match=r"it names (os\.system|collections\.OrderedDict)"):
        plain_pickle._DataUnpickler(io.BytesIO(plain_pickle.START + instructions)).load()


def test_the_unpickler_itself_refers_to_nothing_outside() -> None:
    with pytest.raises(ModelRefusedError, match="it refers to 'evil' outside"):
        plain_pickle._DataUnpickler(io.BytesIO(plain_pickle.START + b"Pevil\n.")).load()


def test_the_instructions_let_through_build_data_alone() -> None:
    calling = {"GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "PERSID", "BINPERSID"}
    calling |= {"EXT1", "EXT2", "EXT4", "POP", "DUP", "PUT", "BINPUT", "LONG_BINPUT"}
    assert not plain_pickle.DATA & calling
    assert len(plain_pickle.DATA) == 25


@pytest.mark.parametrize(
    "value",
    [
        None,
        [True, False, 0, -1, 255, 256, 65536, -(2**31), 2**31, 2**63 - 1, -(2**63), 2**64 - 1],
        {"a": {"b": [1.5, -0.0, 1e308, "text", "text", b"raw", b"r" * 300, ""]}},
        ["x" * 10_000, "é" * 300, "日本", "🙂", "\u00a0"],
        {f"key {i}": "same" for i in range(70_000)},
    ],
)
def test_plain_data_comes_back(value: Any) -> None:
    assert plain_pickle.load_plain_pickle(pickle.dumps(value, protocol=4)) == value


def test_the_deepest_tree_is_read_and_the_next_is_refused() -> None:
    value: Any = 1
    for _ in range(DEEPEST - 1):
        value = {"a": value}
    assert plain_pickle.load_plain_pickle(pickle.dumps(value, protocol=4)) == value
    with pytest.raises(ModelRefusedError, match="nested more than 32 deep"):
        plain_pickle.load_plain_pickle(pickle.dumps([value], protocol=4))


@pytest.mark.parametrize("text", ["", "plain", "naïve", "a\u00a0b", "\u3000", "日本語", "\ue000"])
def test_printable(text: str) -> None:
    assert plain_pickle.printable(text)


@pytest.mark.parametrize("text", ["\n", "a\tb", "\x7f", "\x1b[31m", "\u200b", "\u202e", "\u2029", "\ufeff", "\udc80"])
def test_not_printable(text: str) -> None:
    assert not plain_pickle.printable(text)
