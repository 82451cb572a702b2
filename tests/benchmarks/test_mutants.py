"""The mutants of good files are the same ones for the same seed, and none of a few hundred brings disorder."""

from __future__ import annotations

import importlib
import json
import random
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
def mutants() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        yield importlib.import_module("mutants")


def test_the_seed_and_the_number_decide_a_mutant(mutants: ModuleType) -> None:
    some = [mutants.mutant(n, 3) for n in range(50)]
    assert some == [mutants.mutant(n, 3) for n in range(50)]
    assert some != [mutants.mutant(n, 4) for n in range(50)]
    assert {damage for _, damage, _ in some} <= mutants.DAMAGES.keys()
    whole = [data == (mutants.CORPUS / name).read_bytes() for name, _, data in some]
    assert sum(whole) < 5  # a cell may be exchanged for itself


def test_damage_is_done_to_the_smallest_files_too(mutants: ModuleType) -> None:
    for name, damage in mutants.DAMAGES.items():
        for seed in range(50):
            rng, data = random.Random(seed), b"a"  # noqa: S311 - chance, not secrecy
            for _ in range(5):
                data = damage(data, rng) if data else data
            assert isinstance(data, bytes), name


@pytest.mark.slow
@pytest.mark.nightly
def test_no_fault_in_three_hundred_mutants() -> None:
    command = [sys.executable, "benchmarks/mutants.py", "--count", "300", "--jobs", "1", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert (done.returncode, found["faults"]) == (0, [])
    *_, total = found["rows"]
    parts = ("same values", "other values", "refused 65", "refused 66")
    assert total["mutants"] == sum(total[part] for part in parts) == 300
    assert total["refused 65"] > 50
    assert total["same values"] > 10
