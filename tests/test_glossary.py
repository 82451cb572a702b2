"""The glossary is true: each word stands once, and the names that it gives exist in the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "glossary.md").read_text()
ROWS = re.findall(r"^\| (?!term )([^|-][^|]*?) \| ([^|]+?) \| `(\w+)` \|$", PAGE, re.MULTILINE)


def names_in(tree: ast.AST) -> set[str]:
    """Return the names that a module defines or uses as keys: classes, functions, fields, arguments, literals."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found


def test_every_row_of_the_tables_is_read() -> None:
    lines = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| term |")]
    assert len(lines) == len(ROWS) > 100


def test_each_word_stands_once() -> None:
    words = [word.lower() for word, _, _ in ROWS]
    assert sorted(words) == sorted(set(words))


def test_the_words_of_each_table_are_in_alphabetical_order() -> None:
    for table in PAGE.split("\n## ")[1:]:
        words = [word.lower() for word, _, _ in ROWS if f"\n| {word} | " in table]
        assert words == sorted(words)


def test_the_names_of_the_glossary_exist_in_the_code() -> None:
    modules = sorted((ROOT / "forecaster").rglob("*.py"))
    rooms = {part for path in modules for part in path.relative_to(ROOT).with_suffix("").parts}
    missing = {name for _, _, name in ROWS} - rooms
    for path in modules:
        text = path.read_text()
        if missing & set(re.findall(r"\w+", text)):  # only then is it worth the time to parse it
            missing -= names_in(ast.parse(text))
    assert [(word, name) for word, _, name in ROWS if name in missing] == []


def test_every_room_has_its_words() -> None:
    for room in ("series", "calendars", "reading", "forecasting", "evaluation", "nn", "artifact", "batch", "workflow"):
        assert f"`forecaster/{room}`" in PAGE


def test_links_lead_to_files() -> None:
    for target in re.findall(r"\]\(([^)h][^)]*)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
