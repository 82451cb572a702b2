"""Patterns match what `glob` matches, also where folders are linked in circles, which it cannot leave."""

from __future__ import annotations

import glob
from pathlib import Path

import pytest

from forecaster.errors import InputRefusedError
from forecaster.reading.tables import file_patterns
from forecaster.reading.tables.file_patterns import matching_files

FILES = (
    "a.csv",
    "b.txt",
    "x/a.csv",
    "x/y/b.csv",
    "x/y/z/c.csv",
    ".hidden/d.csv",
    "x/.e.csv",
    "[odd]/f.csv",
    "x*/g.csv",
)
PATTERNS = (
    *("*.csv", "**/*.csv", "**", "x/**/*.csv", "**/y/**/*.csv", "*/**/*.csv", "**/**/*.csv", "x/**", "none/**/*.csv"),
    *(
        "**/z/*",
        "**/[ab].csv",
        "x?/*.csv",
        "[[]odd]/**/*",
        "./**/*.csv",
        "x/../**/a.csv",
        "**/.*",
        "**/*/",
        "x**/a.csv",
    ),
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("absolute", [False, True])
def test_a_pattern_matches_what_glob_matches(folder: Path, pattern: str, *, absolute: bool) -> None:
    pattern = f"{glob.escape(str(folder))}/{pattern}" if absolute else pattern
    expected = {path for path in glob.glob(pattern, recursive=True) if not Path(path).is_dir()}  # noqa: PTH207 - compared
    assert matching_files(pattern) == sorted(expected)


def test_links_in_circles_are_followed_once() -> None:
    for n in range(20):
        Path(f"x/link{n}").symlink_to(Path.cwd())
    assert len(matching_files("**/*.csv")) == 6
    assert len(matching_files("**/**/**/**/*.csv")) == 6
    Path("outside").mkdir()
    Path("x/y/outside").symlink_to(Path("outside").absolute())
    Path("outside/h.csv").touch()
    assert any(path.endswith("outside/h.csv") for path in matching_files("**/h.csv"))


def test_a_pattern_of_too_many_folders_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_patterns, "MOST_FOLDERS", 3)
    with pytest.raises(InputRefusedError, match="the pattern covers more than 3 folders; name a folder further down"):
        matching_files("**/*.csv")
