"""The page on the library runs, its examples in docstrings too; strict scripts pass mypy; a notebook is executed."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

import forecaster.api.forecaster as module

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
SCRIPT = Path(__file__).with_name("strict_script.py")


def test_examples_in_docstrings_are_true() -> None:
    result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted
    assert not result.failed


@pytest.mark.slow
@pytest.mark.nightly
def test_the_examples_of_the_page_run(tmp_path: Path) -> None:
    script = tmp_path / "examples.py"
    script.write_text("\n".join(EXAMPLES), encoding="utf-8")
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "seasonal_naive" in done.stdout
    assert (tmp_path / "backtest.png").stat().st_size
    assert (tmp_path / "visits.joblib").stat().st_size


@pytest.mark.slow
def test_a_strict_script_runs(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, SCRIPT, tmp_path], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.nightly
def test_a_notebook_runs(tmp_path: Path) -> None:
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    cells = [nbformat.v4.new_code_cell(text) for text in (*EXAMPLES, "model.plot()", "forecast")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = notebook.cells[-2].outputs[0]["data"]
    assert "image/png" in shown
    assert "forecast-lo-80" in notebook.cells[-1].outputs[0]["data"]["text/html"]


@pytest.mark.slow
def test_importing_the_package_imports_no_library() -> None:
    code = "import sys, forecaster; print(sorted({'numpy', 'pandas', 'narwhals', 'joblib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
