"""Rules of the house: imports go down, libraries have their rooms, files stay short, no file names a machine."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "forecaster"
MODULES = sorted(PACKAGE.rglob("*.py"))
ORDER = (
    "cli",
    "api",
    "batch",
    "ledger",
    "report",
    "workflow",
    "artifact",
    "artifact.upgrades",
    "artifact.validators",
    "artifact.refusal",
    "evaluation",
    "forecasting",
    "forecasting.pretrained.__main__",
    "forecasting.defaults",
    "forecasting.prices",
    "forecasting.methods",
    "forecasting.pretrained",
    "forecasting.views",
    "forecasting.effects",
    "forecasting.uncertainty",
    "forecasting.recipe",
    "forecasting.method",
    "reading",
    "reading.tables",
    "reading.cells",
    "series",
    "calendars",
    "nn",
)
"""The rooms from the top of the house down: a module imports its own room and those below, never one above."""
FOR_ALL = {
    *("arrays", "blas", "errors", "files", "numeric_errors"),
    *("progress", "size_limits", "spec", "text", "variables", "workers"),
}
"""What every room may import, and which imports no room."""
APART = {
    ("cli", "api"),
    ("api", "batch"),
    ("api", "ledger"),
    ("artifact", "evaluation"),
    ("forecasting", "reading"),
    ("forecasting", "files"),
    ("nn", "arrays"),
}
"""Rooms, sub-rooms included, that stand in order and still do not know each other."""
ONLY = {
    "pandas": {"api", "reading", "series", "calendars", "evaluation", "workflow"},
    "joblib": {
        "artifact",
        "batch",
        "forecasting.budget",
    },
    "distributed": {"workers.cluster", "workers.cluster_run", "workers.cluster_task"},
    "matplotlib": {"api", "workflow.pictures"},
    "narwhals": {"api", "reading.tables.frame_table"},
    "pyarrow": {"reading.tables.parquet", "ledger.export"},
    "rich": {"cli"},
    "typer": {"cli"},
}
"""The only rooms and modules that import a library."""


def name_of(path: Path) -> str:
    """Return the dotted name of a module without the package."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__").removesuffix("__init__")


def room(name: str) -> str:
    """Return the innermost room of a module: the longest entry of the order that it begins with."""
    rooms = [each for each in (*ORDER, *FOR_ALL) if name == each or name.startswith(f"{each}.")]
    return max(rooms, key=len, default="")


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield every statement below a node: only a few of all its parts."""
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        for each in getattr(node, field, ()):
            yield each
            yield from statements(each)


@cache
def imports(path: Path) -> set[str]:
    """Return every module that a file imports, with those for type checking alone."""
    found: set[str] = set()
    for node in statements(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{name.name}" for name in node.names}
            inside = {name for name in names if name.removeprefix("forecaster.") in NAMES}
            found |= inside or {node.module}
    return found


NAMES = {name_of(path): path for path in MODULES}


def inside(name: str) -> set[str]:
    """Return the modules of the package that one of them imports."""
    return {each.removeprefix("forecaster.") for each in imports(NAMES[name]) if each.startswith("forecaster.")}


ROOMS = sorted({name.partition(".")[0] for name in NAMES})


@pytest.mark.parametrize("part", ROOMS, ids=lambda part: part or "forecaster")
def test_imports_only_go_down_the_house(part: str) -> None:
    names = [name for name in NAMES if name.partition(".")[0] == part]
    assert names
    for name in names:
        check_imports(name)


def check_imports(name: str) -> None:
    """Check that a module imports its own room and those below, and none that it must not know."""
    here = room(name)
    if not here:
        assert name in {"", "__main__"}, f"a room without a rule: {name}"
        return
    for other in inside(name):
        there = room(other)
        assert there, f"{name} imports {other}, which is in no room"
        assert (here.partition(".")[0], there.partition(".")[0]) not in APART, f"{name} imports {other}"
        if here in FOR_ALL:
            assert there in FOR_ALL, f"{name} imports {other}"
        else:
            assert there in FOR_ALL or ORDER.index(here) <= ORDER.index(there), (
                f"{name} imports {other}, which is above"
            )


def test_no_modules_import_each_other_in_a_circle() -> None:
    with pytest.raises(CycleError) as caught:
        TopologicalSorter({"a": {"b"}, "b": {"a"}}).prepare()
    assert caught.value.args[1], "what this test relies on"
    TopologicalSorter({name: inside(name) for name in NAMES}).prepare()


@pytest.mark.parametrize("library", ONLY)
def test_libraries_have_their_rooms(library: str) -> None:
    users = {name for name, path in NAMES.items() if library in {each.partition(".")[0] for each in imports(path)}}
    outside = {name for name in users if not any(name == each or name.startswith(f"{each}.") for each in ONLY[library])}
    assert not outside


def test_every_room_says_what_it_does() -> None:
    rooms = list(PACKAGE.rglob("__init__.py"))
    assert rooms
    assert [path for path in rooms if len(ast.get_docstring(ast.parse(path.read_text())) or "") <= 20] == []


def test_the_core_needs_numpy_alone() -> None:
    modules = list((PACKAGE / "nn").glob("*.py"))
    assert modules
    for path in modules:
        outside = {name for name in imports(path) if not f"{name}.".startswith("forecaster.nn.")}
        assert {name.partition(".")[0] for name in outside} <= {"numpy", *sys.stdlib_module_names}, path


def test_files_stay_short() -> None:
    assert MODULES
    assert [path for path in MODULES if len(path.read_text().splitlines()) > 350] == []


def test_the_wheel_holds_exactly_the_modules_of_the_tree(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in packed if name.endswith(".py")} == {str(path.relative_to(ROOT)) for path in MODULES}
    assets = {str(path.relative_to(ROOT)) for path in (PACKAGE / "report" / "assets").iterdir()}
    assert assets, "what a report is made of"
    assert assets <= packed
    assert "forecaster/py.typed" in packed, "without it, type checkers take no types from the installed package"


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
