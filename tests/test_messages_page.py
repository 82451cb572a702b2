"""The page of messages is current: it has an example of every remedy that a command can provoke."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "tests" / "remedies"
PAGE = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")


def kinds_on(page: str) -> set[str]:
    """Return the messages on a page without the numbers in them, which differ between machines."""
    rows = re.findall(r"^\| `` (.*?) `` \|", page, re.MULTILINE)
    return {re.sub(r"[\d.,:T%-]+", "#", row) for row in rows if not row.startswith(("Accuracy", "Method"))}


def test_every_remedy_has_an_example() -> None:
    rows = [row.replace("\\|", "|") for row in PAGE.splitlines()]
    for case in runpy.run_path(str(FOLDER / "cases.py"))["CASES"]:
        remedy = case.remedy.partition(": ")[2]
        pattern = re.compile(".*?".join(map(re.escape, remedy.split("{}"))))
        assert any(map(pattern.search, rows)), f"{remedy}: run python tests/remedies/list_messages.py"


@pytest.mark.slow
@pytest.mark.nightly
def test_the_page_is_what_the_program_writes() -> None:
    for package in ("pyarrow", "openpyxl", "holidays", "exchange_calendars"):
        pytest.importorskip(package)
    program: dict[str, Any] = runpy.run_path(str(FOLDER / "list_messages.py"))
    written = program["page_of"](program["all_messages"](lambda _: None))
    assert kinds_on(written) == kinds_on(PAGE), "run python tests/remedies/list_messages.py"
