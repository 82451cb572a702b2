"""The page on the model file names everything that a model file holds, and its code runs."""

from __future__ import annotations

import io
import pickletools
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pytest

from forecaster.operations import container, schema, stream

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (Path(__file__).parents[2] / "docs" / "artifact.md").read_text()
GOLDEN = Path(__file__).parent / "golden" / f"schema_{schema.SCHEMA}.joblib"


@pytest.fixture(scope="module")
def content() -> dict[str, Any]:
    found: dict[str, Any] = joblib.load(GOLDEN)
    return found


def rows(text: str) -> dict[str, str]:
    """Return the rows of tables by what their first cell names."""
    return {found[1]: found[0] for found in re.finditer(r"^\| `(\w+)` \|.*$", text, re.MULTILINE)}


def keys(value: Any) -> Iterator[str]:
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if isinstance(key, str):
            yield key
        yield from keys(part)


def test_every_key_stands_on_the_page(content: dict[str, Any]) -> None:
    _, opening, meta, arrays, _, _ = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    assert rows(opening).keys() == content.keys()
    assert rows(meta).keys() == content["meta"].keys()
    for name, part in content["meta"].items():
        assert {f"`{key}`" for key in keys(part)} <= set(re.findall(r"`\w+`", rows(meta)[name])), name
    with np.load(io.BytesIO(content["arrays"]), allow_pickle=False) as found:
        assert rows(arrays).keys() == set(found)
        for name, row in rows(arrays).items():
            assert str(found[name].dtype) in row


def test_the_limits_on_the_page_are_those_of_the_reader() -> None:
    text = " ".join(PAGE.split())
    assert f"{len(stream.DATA)} of the {len(pickletools.opcodes)} instructions" in text
    assert f"({container.LARGEST_FILE // 2**20} MB a file, {stream.MOST_INSTRUCTIONS:,} instructions, " in text
    assert f"{stream.DEEPEST} levels)" in text
    assert f"at most {schema.MOST_SERIES:,}" in text


def test_the_code_on_the_page_runs(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    shutil.copy(GOLDEN, tmp_path / "forecast.joblib")
    check = "\nprint(sorted(arrays)[0], arrays['weights'].shape[0] == content['meta']['recipe']['members'])"
    done = subprocess.run(
        [sys.executable, "-c", code + check], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "calendar_of True\n"
