"""A folder with three files of daily values, and `forecast batch` over it in the process of the test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from forecaster.batch import failed_sources, file_work
from forecaster.cli import main
from tests.batch.in_this_process import run_in_this_process
from tests.batch.shop_folder import Result, failures, record, write_level

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder with three files of daily values, and work in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONWARNINGS", raising=False)
    (tmp_path / "in").mkdir()
    for seed, name in enumerate(("apples", "pears", "plums")):
        write_level(tmp_path / "in" / f"{name}.csv", seed)
    return tmp_path


@pytest.fixture
def batch(
    shop: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    assert_valid: Callable[[str, Any], None],
) -> Callable[..., Result]:
    """Return a function that runs `forecast batch` over the folder of the shop, and checks what it left."""
    for module in (file_work, failed_sources):
        monkeypatch.setattr(module, "run_in_workers", run_in_this_process)

    def run(*arguments: str, source: str = "in") -> Result:
        code = main(["batch", source, "--out", "out", "--horizon", "3", "-j", "1", *arguments])
        if (shop / "out" / "run.json").exists():
            assert_valid("run.schema.json", record(shop / "out"))
            rows = [row | {"exit_code": int(row["exit_code"])} for row in failures(shop / "out")]
            assert_valid("failures.schema.json", rows)
        return Result(code, *capsys.readouterr())

    return run
