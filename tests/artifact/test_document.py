"""A good model file: what it holds, that anyone can open it, and that equal content gives equal bytes."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.artifact import document
from forecaster.artifact.document import content_digest, decode, encode
from forecaster.artifact.schema import SCHEMA
from forecaster.errors import InputUnreadableError, ModelRefusedError

if TYPE_CHECKING:
    from pathlib import Path

NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
WORDS = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=300)
TREES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(WORDS, parts, max_size=4),
    max_leaves=30,
)


def test_reading_gives_what_was_written(parts: Any, read: Any) -> None:
    document = read(parts.encode())
    assert document.schema == SCHEMA
    assert document.meta == parts.meta
    assert document.arrays.keys() == parts.arrays.keys()
    for name, array in parts.arrays.items():
        found = document.arrays[name]
        assert found.dtype == array.dtype
        assert found.shape == array.shape
        assert (found == array).all()
        assert found.flags.aligned
        assert not found.flags.writeable
    assert document.digest == content_digest(SCHEMA, parts.meta, parts.arrays)
    assert document.place.file.endswith("model.joblib")


def builtins_only(value: Any) -> bool:
    if type(value) is dict:
        return all(map(builtins_only, value)) and all(map(builtins_only, value.values()))
    if type(value) is list:
        return all(map(builtins_only, value))
    return type(value) in {str, int, float, bool, bytes, type(None)}


def test_its_bytes_are_those_of_a_joblib_dump(parts: Any) -> None:
    data = parts.encode()
    file = io.BytesIO()
    joblib.dump(joblib.load(io.BytesIO(data)), file, compress=0, protocol=4)
    assert data == file.getvalue()


def test_joblib_and_numpy_open_it_without_the_program(parts: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.joblib"
    path.write_bytes(parts.encode())
    content = joblib.load(path)
    assert content.keys() == document.KEYS
    assert builtins_only(content)
    assert content["meta"] == parts.meta
    with np.load(io.BytesIO(content["arrays"]), allow_pickle=False) as arrays:
        assert all((arrays[name] == array).all() for name, array in parts.arrays.items())
    code = "import joblib, sys; joblib.load(sys.argv[1]); assert not any('forecaster' in name for name in sys.modules)"
    subprocess.run([sys.executable, "-c", code, str(path)], check=True, cwd=tmp_path)


@pytest.mark.slow
@given(
    meta=st.dictionaries(WORDS, TREES, max_size=5),
    numbers=st.lists(NUMBERS.filter(lambda x: abs(x) < 1e300), min_size=1),
)
def test_it_reads_what_joblib_reads(meta: dict[str, Any], numbers: list[Any], tmp_path: Path) -> None:
    path = tmp_path / "tree.joblib"
    path.write_bytes(encode(SCHEMA, meta, {"numbers": np.array(numbers, dtype=float)})[0])
    document = decode(path)
    content = joblib.load(path)
    assert repr(document.meta) == repr(content["meta"]) == repr(meta)
    assert document.arrays["numbers"].tolist() == [float(x) for x in numbers]


def test_equal_content_gives_equal_bytes(parts: Any) -> None:
    # the same values as other objects: a text that is one object twice must not be stored otherwise than two
    copy = pickle.loads(pickle.dumps(parts))  # noqa: S301 - our own
    shared = parts.meta["program"]["numpy"]
    parts.meta["program"]["pandas"] = shared
    copy.meta["program"]["pandas"] = "".join(shared)
    copy.arrays = {name: np.asfortranarray(array) for name, array in reversed(copy.arrays.items())}
    assert parts.encode() == copy.encode()


def test_the_bytes_hold_no_time_and_no_order_of_hashes(parts: Any) -> None:
    code = (
        "import numpy as np, sys; from forecaster.artifact.document import encode;"
        "sys.stdout.buffer.write(encode(4, {'b': ['x', 1.5], 'a': {'c': 'x'}}, {'w': np.arange(3.0)})[0])"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, env=os.environ | {"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
    with zipfile.ZipFile(io.BytesIO(parts.content()["arrays"])) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_digest_is_of_content_not_of_order(parts: Any) -> None:
    meta = dict(reversed(parts.meta.items()))
    arrays = {name: np.asfortranarray(array) for name, array in reversed(parts.arrays.items())}
    digest = content_digest(1, parts.meta, parts.arrays)
    assert content_digest(1, meta, arrays) == digest
    assert content_digest(2, meta, arrays) != digest
    assert content_digest(1, {**meta, "horizon_exponent": 0.25}, arrays) != digest
    assert content_digest(1, meta, {**arrays, "spread": arrays["spread"].reshape(1, 2)}) != digest
    assert content_digest(1, meta, {**arrays, "spread": arrays["spread"].view(np.int64)}) != digest


@pytest.mark.parametrize(
    ("meta", "arrays", "reason"),
    [
        ({"a": float("nan")}, {}, "cannot be stored: Out of range float"),
        ({"a": {1, 2}}, {}, "cannot be stored: Object of type set"),
        ({"a": np.float32(1)}, {}, "cannot be stored: Object of type float32"),
        ({"a": "line\nbreak"}, {}, "not printable"),
        ({}, {"w": np.array([1.0, np.inf])}, "its array w is empty, of an odd type, or not finite"),
        ({}, {"w": np.array([None])}, "its array w is empty, of an odd type, or not finite"),
        ({}, {"w": np.ones(3, dtype=">f8")}, "its array w is empty, of an odd type, or not finite"),
        ({}, {"w": np.ones((1, 1, 1, 1))}, "its array w is empty, of an odd type, or not finite"),
        ({}, {"w": np.empty(0)}, "its array w is empty, of an odd type, or not finite"),
    ],
)
def test_what_could_not_be_read_is_not_written(meta: Any, arrays: Any, reason: str) -> None:
    with pytest.raises(ModelRefusedError, match=reason):
        encode(SCHEMA, meta, arrays)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadableError) as caught:
        decode(tmp_path / "none.joblib")
    assert caught.value.exit_code == 66
    assert str(caught.value).endswith("none.joblib: there is no such model; train a model with `forecast train FILE`")


def test_a_folder_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadableError, match="Is a directory; check the file"):
        decode(tmp_path)


def test_a_pipe_without_a_writer_does_not_keep_the_program_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ModelRefusedError, match=r"pipe: this model is refused: it is not a regular file"):
        decode(tmp_path / "pipe")


def test_a_huge_file_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(10 * 2**30)
    with pytest.raises(ModelRefusedError, match="it is larger than 256 MB"):
        decode(path)
    path.write_bytes(encode(SCHEMA, {}, {})[0])
    monkeypatch.setattr(document, "LARGEST_MODEL", path.stat().st_size)
    assert decode(path).meta == {}


def test_descriptors_are_not_left_open(tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(b"bad")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - counts, needs no paths
    for path in (tmp_path, tmp_path / "bad", tmp_path / "none"):
        with pytest.raises((ModelRefusedError, InputUnreadableError)):
            decode(path)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - as above


@pytest.mark.parametrize("text", ["Monat;Umsatz\n01.01.2024;3,5 €\n", "Straße;Größe\nx;1\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_table_with_any_letters_is_text(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(text, encoding=encoding)
    with pytest.raises(ModelRefusedError, match="this is a text file, not a model; forecast from a table with"):
        decode(path)
