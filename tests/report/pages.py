"""Reports of a few simulated series, and a reader of their pages."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.reading.cells.time_style import ISO_STYLE
from forecaster.report.document import Code, Column, Details, Facts, Line, LineChart, Report, Section, Table, Text
from forecaster.report.forecast import forecast_section
from forecaster.report.series_numbers import Forecasts, SeriesNumbers, Writing, series_numbers
from forecaster.series.panel import TIME_DTYPE, Panel, panel_from_series
from forecaster.workflow.number_formats import NumberFormat

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS, HORIZON = 30, 4
STAMPS = (np.datetime64("2020-01") + np.arange(ROWS + HORIZON)).astype(TIME_DTYPE)
HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\" ' & `",
    "\u202eright to left\u200f",
    "bell\x07 line\u2028separator",
    "emoji 😀",
    "x" * 10_000,
)


def panel_of(names: Sequence[str], rows: int = ROWS) -> Panel:
    values = 100 + 10 * np.sin(np.arange(rows) / 3) + np.arange(len(names))[:, None]
    return panel_from_series((name, STAMPS[:rows], row) for name, row in zip(names, np.round(values, 2), strict=True))


def forecasts_of(count: int, horizon: int = HORIZON) -> Forecasts:
    point = np.round(120 + np.arange(count * horizon).reshape(1, count, horizon) / 3, 2)
    low, high = ({80: point + side, 95: point + 2 * side} for side in (-5.0, 5.0))
    return Forecasts(np.tile(STAMPS[ROWS : ROWS + horizon], (1, count, 1)), point, low, high, {})


def numbers_of(names: Sequence[str], decimals: int = 2) -> SeriesNumbers:
    writing = Writing(dict.fromkeys(names, NumberFormat(decimals)), ISO_STYLE, 12, np.zeros(len(names)), "last year")
    return series_numbers(panel_of(names), forecasts_of(len(names)), writing)


def report_of_names(names: Sequence[str]) -> Report:
    numbers, first = numbers_of(names), names[0]
    x = np.arange(3.0)
    chart = LineChart(first, "Steps", x, (Line(first, x, main=True), Line("other", np.array([1.0, np.nan, 2.0]))))
    table = Table(first, (Column(first, [first]), Column("error", ["1.5"], numeric=True)), marked=0)
    details = Details(first, (Text((first,)), Code(first, first)))
    sections = (
        forecast_section(numbers, dict.fromkeys(range(min(4, len(names))), "best")),
        Section("accuracy", "How good it is", (chart, table, details)),
        Section("folds", "Nothing to see", ()),
    )
    return Report("predict", first, (first, "And more."), Facts(((first, first),)), sections, numbers)


@dataclass
class PageReader(HTMLParser):
    """What a page holds: elements with their attributes, text of scripts, and headings in order."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)
    inside: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside = tag

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.inside, []).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def read_page(page: bytes) -> PageReader:
    reader = PageReader()
    reader.feed(page.decode())
    return reader


def numbers_in(page: bytes) -> dict[str, Any]:
    """Return the numbers of a page, arrays decoded."""
    document = json.loads(page.decode().partition('id="numbers">')[2].partition("</script>")[0])
    kinds = {"decimals": "i1", "exponent": "u1", "wide": "u1", "skill": "f4"}
    kinds |= dict.fromkeys(("rows", "times", "first", "places", "begins"), "i4")
    decoded = {
        name: np.frombuffer(b64decode(document[name]), f"<{kind}") for name, kind in kinds.items() if name in document
    }
    values = [
        np.frombuffer(b64decode(text), kind) for text, kind in zip(document["values"], ("<f4", "<f8"), strict=True)
    ]
    return document | decoded | {"values": values}


def forecast_in(document: dict[str, Any], series: int) -> np.ndarray:
    """Return what a page says of the only forecast of a series: point and ends of intervals, (1 + 2 levels, h)."""
    sizes = document["rows"] + document["horizon"] * (1 + 2 * len(document["levels"]))
    same = document["wide"] == document["wide"][series]
    begin = sizes[:series][same[:series]].sum() + document["rows"][series]
    end = begin + sizes[series] - document["rows"][series]
    return document["values"][document["wide"][series]][begin:end].reshape(-1, document["horizon"])
