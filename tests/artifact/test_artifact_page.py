"""The page on the model file names everything that a model file holds, and its code runs."""

from __future__ import annotations

import io
import pickletools
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pytest

from forecaster import size_limits
from forecaster.artifact import plain_pickle, schema
from forecaster.forecasting.defaults.levels import BLOCKS, CONTEXT
from forecaster.forecasting.methods.ridge import MOST_COVARIATE_VALUES
from forecaster.forecasting.prices.features import KNOTS, STATICS
from forecaster.forecasting.uncertainty.calibration import MOST, TAUS
from forecaster.series.calendar_features import HARMONICS
from forecaster.spec import Specification

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (Path(__file__).parents[2] / "docs" / "artifact.md").read_text()
GOLDEN = Path(__file__).parent / "golden" / f"schema_{schema.SCHEMA}.joblib"
COVARIATES = GOLDEN.with_stem(f"{GOLDEN.stem}_covariates")
PRICES = GOLDEN.with_stem(f"{GOLDEN.stem}_prices")
TUNED = GOLDEN.with_stem(f"{GOLDEN.stem}_fine_tuned")
EFFECTS = GOLDEN.with_stem(f"{GOLDEN.stem}_effects")
VOLATILITY = "Networks that predict volatility"
"""How the page begins the arrays that only these have."""


def rows(text: str) -> dict[str, str]:
    """Return the rows of tables by what their first cell names."""
    found = re.finditer(r"^\| (`\w+`(?:, `\w+`)*) \|.*$", text, re.MULTILINE)
    return {name: row[0] for row in found for name in re.findall(r"\w+", row[1])}


def keys(value: Any) -> Iterator[str]:
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if isinstance(key, str):
            yield key
        yield from keys(part)


@pytest.mark.parametrize("path", [GOLDEN, COVARIATES, PRICES, TUNED, EFFECTS], ids=lambda path: path.stem)
def test_every_key_stands_on_the_page(path: Path) -> None:
    content = joblib.load(path)
    _, opening, meta, arrays, _, _ = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    assert rows(opening).keys() == content.keys()
    assert rows(meta).keys() == content["meta"].keys()
    assert content["meta"].pop("specification").keys() == {field.name for field in fields(Specification)}
    for name, part in content["meta"].items():
        assert {f"`{key}`" for key in keys(part)} <= set(re.findall(r"`[\w-]+`", rows(meta)[name])), name
    every, volatility = rows(arrays), rows(arrays[arrays.index(VOLATILITY) :])
    covariates = {name for name in every if name.startswith(("covariate_", "tail_observed", "tail_known"))}
    tuned = {name for name in every if name.startswith(("fine_tuned", "levels_"))}
    sometimes = {"earlier", "ridge", "ridge_ahead"} | (covariates if path != COVARIATES else set())
    sometimes |= tuned if path != TUNED else {"weights"}
    sometimes |= {"growth"} if path in {PRICES, TUNED} else set()
    sometimes |= {"weights", "growth"} if path == EFFECTS else {"effects"}
    expected = every.keys() if path == PRICES else every.keys() - volatility.keys()
    with np.load(io.BytesIO(content["arrays"]), allow_pickle=False) as found:
        assert expected - sometimes <= set(found) <= expected
        for name in found:
            assert str(found[name].dtype) in every[name]


def test_the_limits_on_the_page_are_those_of_the_reader() -> None:
    text = " ".join(PAGE.split())
    assert f"{len(plain_pickle.DATA)} of the {len(pickletools.opcodes)} instructions" in text
    assert f"({size_limits.LARGEST_MODEL // 2**20} MB a file, {size_limits.MOST_INSTRUCTIONS:,} instructions, " in text
    assert f"{size_limits.DEEPEST} levels)" in text
    assert f"at most {size_limits.MOST_SERIES:,}" in text
    assert f"W is {MOST:,} at most" in text
    assert f"({', '.join(f'`{name}` {count}' for name, count in HARMONICS.items())})" in text
    assert f"the smaller of the lookback and {MOST_COVARIATE_VALUES} / C" in text
    assert f"blocks of the horizon, at least 1 and at most {BLOCKS}, as make {CONTEXT} values" in text
    assert f"`quantiles` is 1 or {len(TAUS)}, " in text
    assert f"over {', '.join(map(str, KNOTS[:-1]))} and {KNOTS[-1]} steps, K of them" in text
    assert f"twice the recipe's `segment` and {STATICS} more" in text


def test_the_code_on_the_page_runs(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    shutil.copy(GOLDEN, tmp_path / "forecast.joblib")
    check = "\nprint(sorted(arrays)[0], arrays['weights'].shape[0] == content['meta']['recipe']['members'])"
    done = subprocess.run(
        [sys.executable, "-c", code + check], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "calendar_of True\n"
