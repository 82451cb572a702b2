"""A nested record, such as the content of a model file, as text for people."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import median
from typing import TYPE_CHECKING, Any

from forecaster.cli.tables import INDENT, SCORE_DIGITS, TableColumn, table_lines, table_lines_wrapped
from forecaster.cli.terminal import plain
from forecaster.workflow.number_formats import MOST_DECIMALS, NumberFormat, decimals_to_show
from forecaster.workflow.value_text import value_text

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_SHOWN = 6
"""Entries of a list that are shown, chosen by hand: about a line; the others are counted."""


def record_lines(record: Mapping[str, Any], width: int | None = None) -> list[str]:
    """Return the single values of `record` first, then a section for each nested value."""
    sections = {name: value for name, value in record.items() if _is_nested(value)}
    lines = pair_lines({name: value for name, value in record.items() if name not in sections}, width)
    for name, value in sections.items():
        inner = None if width is None else width - len(INDENT)
        lines += ["", _title_of_field(name), *(INDENT + line if line else "" for line in _section_lines(value, inner))]
    return lines


def pair_lines(pairs: Mapping[str, Any], width: int | None = None) -> list[str]:
    """Return names and values in two columns."""
    columns = [
        TableColumn("", [_title_of_field(name) for name in pairs]),
        TableColumn("", [_line_of_value(each) for each in pairs.values()]),
    ]
    return table_lines_wrapped(columns, width)[1:]


def _section_lines(value: Any, width: int | None) -> list[str]:
    """Return a list of records, or a record of records, as a table, and a record as pairs."""
    if isinstance(value, list):
        if any(_is_nested(field) for record in value for field in record.values()):
            blocks = [pair_lines(record, width) for record in value]
            return [line for block in blocks for line in ("", *block)][1:]
        return _table_lines(value, width)
    if all(isinstance(each, Mapping) for each in value.values()):
        return _table_lines([{"name": name, **fields} for name, fields in value.items()], width)
    return pair_lines(value, width)


def _table_lines(records: Sequence[Mapping[str, Any]], width: int | None) -> list[str]:
    """Return one line for each of `records`, which have the same keys."""
    columns: list[TableColumn] = []
    for name in records[0]:
        values = [record.get(name) for record in records]
        numbers = _are_numbers(values)
        cells = _number_cells(values) if numbers else [_line_of_value(value) for value in values]
        columns.append(TableColumn(_title_of_field(name), cells, right=numbers, key=not columns))
    return (table_lines if columns[-1].right else table_lines_wrapped)(columns, width)


def _are_numbers(values: Sequence[Any]) -> bool:
    """Return whether `values` are numbers, some of which may be missing."""
    present = [value for value in values if value is not None]
    return bool(present) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in present)


def _number_cells(values: Sequence[Any]) -> list[str]:
    """Return numbers with the decimals that the usual one needs, whole numbers as they are."""
    sizes = [abs(value) for value in values if isinstance(value, float) and math.isfinite(value) and value]
    most = max((len(f"{size:.{MOST_DECIMALS}f}".rstrip("0").partition(".")[2]) for size in sizes), default=0)
    usual = median(sizes) if sizes else math.nan
    form = NumberFormat(min(most, decimals_to_show(usual, SCORE_DIGITS)))
    return [form.text(value) if isinstance(value, float) else _line_of_value(value) for value in values]


def _is_nested(value: Any) -> bool:
    """Return whether `value` is a record or a list of records."""
    return bool(value) and (isinstance(value, Mapping) or (isinstance(value, list) and isinstance(value[0], Mapping)))


def _line_of_value(value: Any) -> str:
    """Return `value` on one line: sentences as a paragraph, a long list as its first entries and a count."""
    if isinstance(value, Mapping):
        return ", ".join(f"{plain(name)} {_line_of_value(each)}" for name, each in value.items()) or "none"
    if isinstance(value, list | tuple):
        rest = [f"and {len(value) - MOST_SHOWN} more"] if len(value) > MOST_SHOWN else []
        return _list_separator(value).join([_line_of_value(each) for each in value[:MOST_SHOWN]] + rest) or "none"
    return value_text(value)


def _title_of_field(name: str) -> str:
    """Return the name of a field in words."""
    return plain(name).replace("_", " ")


def _list_separator(values: Sequence[Any]) -> str:
    """Return the separator of `values`: a space after sentences, a semicolon after values with commas, else a comma."""
    if any(isinstance(each, Mapping) for each in values):
        return "; "
    return " " if all(str(each).endswith(".") for each in values) else ", "
