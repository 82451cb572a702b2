"""The page for contributors is true: the files that it names exist, and so do the names of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from forecaster.errors import Code, Finding
from forecaster.forecasting.methods import baselines
from forecaster.spec import Specification

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`((?:[\w.]+/)*[\w.]+\.(?:py|md)|forecaster/[\w/]+)`", PAGE))))
def test_a_file_that_the_page_names_exists(name: str) -> None:
    assert (ROOT / name).exists()


def test_links_lead_to_files() -> None:
    for target in re.findall(r"\]\(([^)h][^)]*)\)", PAGE):
        assert (ROOT / target).exists(), target


def test_the_recipes_use_the_names_of_the_code() -> None:
    for each in (Specification, Code, Finding):
        assert f"`{each.__name__}`" in PAGE
    for name in ("BASELINES", "NAIVE", "forecast_baseline"):
        assert hasattr(baselines, name)
        assert f"`{name}`" in PAGE


def test_every_room_is_in_the_drawing() -> None:
    drawing = PAGE.partition("```text\n")[2].partition("```")[0]
    rooms = {path.parent.name for path in (ROOT / "forecaster").glob("*/__init__.py")}
    assert {room for room in rooms if not re.search(rf"\b{room}\b", drawing)} == set()


def test_the_style_has_ten_lines() -> None:
    style = PAGE.partition("## Style\n")[2].partition("\n## ")[0]
    assert len(re.findall(r"^\d+\. ", style, re.MULTILINE)) == 10
