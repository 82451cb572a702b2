"""Rules of the house: imports go down, files stay short, the wheel holds every module, no file names a machine."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "forecaster"
MODULES = sorted(PACKAGE.rglob("*.py"))
BELOW = {
    "cli": {"cli", "batch", "workflow", "results", "operations.atomic", "spec", "errors"},
    "batch": {"workflow", "results", "operations", "data", "spec", "errors"},
    "workflow": {"results", "operations", "evaluation", "forecasting", "data", "nn", "spec", "errors"},
    "results": {"evaluation", "forecasting", "data.styles", "spec", "errors"},
    "operations": {"operations", "forecasting", "data", "nn", "spec", "errors"},
    "evaluation": {"evaluation", "forecasting", "data", "spec", "errors"},
    "forecasting": {"forecasting", "data", "nn", "spec", "errors"},
    "data": {"data", "spec", "errors"},
    "nn": {"nn"},
    "spec": set(),
    "errors": set(),
}
"""What each room may import of the package."""


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Return every module that a file imports, with those for type checking alone."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_only_go_down_the_house(path: Path) -> None:
    if room(path) not in BELOW:
        assert path.name in {"__init__.py", "__main__.py"}, f"a room without a rule: {path}"
        return
    for name in imports(path):
        head, _, rest = name.partition(".")
        if head == "forecaster" and rest and not rest.startswith("__"):
            allowed = any(rest == rule or rest.startswith(rule + ".") for rule in BELOW[room(path)])
            parent_of_allowed = any(rule.startswith(rest + ".") for rule in BELOW[room(path)])
            assert allowed or parent_of_allowed, f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("path", sorted((PACKAGE / "nn").glob("*.py")), ids=lambda p: p.name)
def test_the_core_needs_numpy_alone(path: Path) -> None:
    outside = {name.partition(".")[0] for name in imports(path)}
    assert outside <= {"forecaster", "numpy", *sys.stdlib_module_names}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_stay_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 350


def test_the_wheel_holds_exactly_the_modules_of_the_tree(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".py")}
    assert packed == {str(path.relative_to(ROOT)) for path in MODULES}


def test_the_package_imports_nothing_slow() -> None:
    code = "import sys, forecaster; print(sorted({'numpy', 'pandas', 'rich', 'joblib', 'typer'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_file_names_a_machine_or_a_registry() -> None:
    bad = re.compile(r"/(?:home|root|work)/\w|/simple/|index-url", re.IGNORECASE)
    for folder in ("forecaster", "tests", "benchmarks", "docs", "sample_data", ".ci"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".md", ".toml", ".txt", ""} and path.is_file() and path != Path(__file__):
                assert not bad.search(path.read_text()), path
