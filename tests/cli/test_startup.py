"""Help and usage errors are quick, because nothing heavy is loaded for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import forecaster

HEAVY = {"pandas", "numpy", "rich", "joblib", "forecaster.workflow"}
CHILD = """
import sys
from forecaster.cli import main
try:
    code = main(sys.argv[1:])
except SystemExit as end:
    code = end.code
print("loaded:", *sorted(sys.modules), file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.sampled("arguments1-*", "arguments5-*")
@pytest.mark.parametrize(
    ("arguments", "variables", "code"),
    [
        (["--help"], {}, 0),
        (["train", "-h"], {}, 0),
        (["--version"], {}, 0),
        (["predict", "--horizon", "0"], {}, 2),
        (["trian"], {}, 2),
        ([], {"_FORECAST_COMPLETE": "complete_bash", "COMP_WORDS": "forecast train --ho", "COMP_CWORD": "2"}, 0),
    ],
)
def test_nothing_heavy_is_loaded(arguments: list[str], variables: dict[str, str], code: int) -> None:
    run = subprocess.run(
        [sys.executable, "-c", CHILD, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **variables},
    )
    assert run.returncode == code
    loaded = run.stderr.partition("loaded:")[2].split()
    assert loaded
    assert not HEAVY & set(loaded)


def test_module_and_version() -> None:
    run = subprocess.run([sys.executable, "-m", "forecaster", "--version"], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == (f"forecast {forecaster.__version__}\n", "")


def test_signals_are_handled_before_slow_modules_are_loaded() -> None:
    code = "import sys; before = {*sys.modules}; import forecaster.cli; print(*{*sys.modules} - before)"
    root = Path(forecaster.__file__).parents[1]  # found without the packages of the environment, which `-S` leaves out
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert "forecaster.cli.signals" in done.stdout.split()
    assert not {"typing", "dataclasses", "contextlib", "re"} & {*done.stdout.split()}
