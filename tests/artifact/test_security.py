"""Nothing in the package opens a file in a way that could run it, or runs text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import forecaster

PACKAGE = Path(forecaster.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
BETWEEN_PROCESSES = {"workers/process.py", "workers/cluster_run.py", "workers/cluster_task.py"}
"""The modules that pickle what goes between processes of one run, by a pipe or through a cluster; they open no file."""
DANGEROUS = {
    "joblib.load": r"\bjoblib\s*\.\s*load\s*\(",
    "joblib.load by name": r"from joblib import .*\bload\b",
    "pickle.load": r"\bpickle\s*\.\s*loads?\b",
    "pickle by name": r"from pickle import|import (?:cloudpickle|dill|marshal|shelve)",
    "np.load": r"\b(?:np|numpy)\s*\.\s*load\s*\((?!.*allow_pickle=False)",
    "allow_pickle": r"allow_pickle\s*=\s*True",
    "read_pickle": r"\bread_pickle\b",
    "eval": r"(?<![\w.])eval\s*\(",
    "exec": r"(?<![\w.])exec\s*\(",
    "shell": r"shell\s*=\s*True",
    "system": r"\bos\s*\.\s*(?:system|popen)\b",
}


def name_in_package(path: Path) -> str:
    """Return the path of a module from the package on."""
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("way", DANGEROUS)
def test_the_package_does_not(way: str) -> None:
    found = {name_in_package(path) for path in MODULES if re.search(DANGEROUS[way], path.read_text())}
    assert not found - (BETWEEN_PROCESSES if way == "pickle.load" else set())


def test_what_is_pickled_between_processes_comes_from_no_file() -> None:
    texts = [path.read_text() for path in MODULES if name_in_package(path) in BETWEEN_PROCESSES]
    assert len(texts) == len(BETWEEN_PROCESSES)
    assert not re.search(r"read_bytes|pickle\.load\(", "".join(texts))


def test_only_the_stream_reader_knows_pickle() -> None:
    assert len(MODULES) > 20
    found = {
        name_in_package(path) for path in MODULES if re.search(r"^\s*import pickle$", path.read_text(), re.MULTILINE)
    }
    assert found == {"artifact/plain_pickle.py", *BETWEEN_PROCESSES}


@pytest.mark.parametrize(
    ("way", "line"),
    [
        ("joblib.load", "model = joblib.load(path)"),
        ("pickle.load", "x = pickle.loads(data)"),
        ("np.load", "np.load(path)"),
        ("np.load", "np.load(path, allow_pickle=True)"),
        ("eval", "x = eval(text)"),
        ("exec", "exec(text)"),
        ("shell", "run(command, shell=True)"),
    ],
)
def test_the_search_would_find(way: str, line: str) -> None:
    assert re.search(DANGEROUS[way], line)
