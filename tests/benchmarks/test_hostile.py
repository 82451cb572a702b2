"""The hostile files are many, they are found to be hostile, and those of the configuration are refused."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def hostile() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        yield importlib.import_module("hostile")


def ending(module: ModuleType, *, code: int = 65, said: bytes = b"error: no\n") -> str:
    return str(module.fault_of(module.Attack("x", []), code, said))


def test_a_fault_is_seen(hostile: ModuleType) -> None:
    assert ending(hostile) == ""
    assert ending(hostile, code=1) == "ended with 1"
    assert ending(hostile, code=-11) == "ended with -11"
    assert ending(hostile, said=b"Traceback (most recent call last)\nerror: no\n") == "a traceback"
    assert ending(hostile, said=b"error: \x1b[2J\n") == "control characters"
    assert ending(hostile, said=b"") == "0 sentences, the longest of 0 characters"
    assert ending(hostile, said=b"error: " + b"x" * 6000).startswith("1 sentences, the longest of 6007")


def test_memory_beyond_the_bound_of_a_kind_is_a_fault(hostile: ModuleType) -> None:
    assert not hostile.memory_fault("configuration", 99)
    assert hostile.memory_fault("configuration", 101) == "took 101 MB, and 100 are the bound"


def test_the_page_of_data_states_the_bound_of_each_kind(hostile: ModuleType) -> None:
    page = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|[^|]*\| ([0-9,]+) MB \| ([^|]*) \|", page, re.MULTILINE)
    stated = {kind: int(size.replace(",", "")) for size, kinds in rows for kind in re.findall("`(.*?)`", kinds)}
    assert stated == {kind: hostile.bound_of(kind) for kind in hostile.KINDS if kind != "outputs"}


def test_there_are_attacks_of_every_kind(hostile: ModuleType, tmp_path: Path) -> None:
    kinds = {"configuration", "environment", "tables", "archives", "workbooks", "parquet", "lists", "names", "models"}
    kinds |= {"sources", "outputs", "checkpoints", "forged", "ledgers"}
    assert hostile.KINDS.keys() == kinds
    attacks = list(hostile.KINDS["environment"](tmp_path))
    assert len(attacks) > 90
    assert {each.arguments[0] for each in attacks} == {"predict", "check"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["configuration", "parquet", "names", "archives", "outputs"])
@pytest.mark.nightly
def test_no_attack_of_a_kind_succeeds(kind: str) -> None:
    command = [sys.executable, "benchmarks/hostile.py", "--kind", kind, "--json", "--slow", "1e9", "--large", "1e9"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert (done.returncode, found["faults"]) == (0, [])
    assert [row["executions"] for row in found["rows"]] == [0]


@pytest.mark.slow
@pytest.mark.nightly
def test_no_fault_in_mutants_of_models_and_configuration() -> None:
    command = [sys.executable, "benchmarks/mutants_of_models.py", "--count", "240", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert (done.returncode, found["faults"]) == (0, [])
    assert [row["kind"] for row in found["rows"]] == ["bytes", "content", "configuration"]
    assert all(row["mutants"] == row["refused"] + row["accepted"] == 80 for row in found["rows"])
    assert found["rows"][1]["accepted"] > 5


@pytest.mark.slow
@pytest.mark.nightly
def test_no_fault_in_mutants_of_checkpoints() -> None:
    command = [sys.executable, "benchmarks/mutants_of_checkpoints.py", "--count", "400", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert (done.returncode, found["faults"]) == (0, [])
    of_bytes, of_content, *of_folds = found["rows"]
    assert of_bytes["refused"] + of_bytes["usual"] == of_bytes["mutants"] == 100
    assert of_content["refused"] < of_content["mutants"] == 100
    assert of_content["other"] > 0
    assert [row["kind"] for row in of_folds] == ["fold bytes", "fold content"]
    assert all(row["refused"] + row["usual"] + row["other"] == row["mutants"] == 100 for row in of_folds)
    assert of_folds[1]["other"] > 0
