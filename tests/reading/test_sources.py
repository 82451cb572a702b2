"""Small exports as well-known sources write them have the right rows and values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from forecaster.reading.reader import read_sources
from forecaster.spec import Selection

SOURCES = Path(__file__).parent / "sources"
ANY: dict[str, Any] = {}
"""Files that need no option."""


@pytest.mark.parametrize(
    ("file", "said", "rows", "span", "values"),
    [
        ("statistics_office.csv", {"targets": ("3",)}, 36, ("2019-01-01", "2021-12-01"), (104.9, 113.2)),
        ("electricity_prices.csv", ANY, 48, ("2024-01-01T00", "2024-01-02T23"), (79.56, 66.54)),
        ("meter_registers.csv", ANY, 56, ("2024-01-01T00:00", "2024-01-01T06:45"), (0.16, 0.0)),
        ("search_interest.csv", {"targets": ("2",)}, 52, ("2019-01-06", "2019-12-29"), (22, 23)),
        ("ledger_list.csv", {"targets": ("Betrag Hauswähr.",)}, 36, ("2019-01-01", "2021-12-01"), (6932.2, 1302.8)),
        ("annotated.csv", {"targets": ("_value",)}, 50, ("2024-01-01T00:00", "2024-01-01T04:00"), (38.415, 47.529)),
        (
            "database_spool.txt",
            {"targets": ("TOTAL_AMT",), "date_format": "DD-Mon-YY"},
            40,
            ("2021-01-01", "2021-02-09"),
            (1473.72, 1351.4),
        ),
        (
            "feuille_de_ventes.csv",
            {"targets": ("Chiffre d\u2019affaires",), "date_format": "Month YYYY"},
            36,
            ("2020-01-01", "2022-12-01"),
            (125872.93, 122194.16),
        ),
        ("weather_reports.csv", {"targets": ("tmpf",)}, 50, ("2024-01-01T00:51", "2024-01-03T05:51"), (39.3, 45.5)),
        ("fatturato.csv", ANY, 36, ("2020-01-01", "2022-12-01"), (125872.93, 122194.16)),
    ],
)
def test_exports_are_read_as_their_owners_mean_them(
    file: str, said: dict[str, Any], rows: int, span: tuple[str, str], values: tuple[float, float]
) -> None:
    panel = read_sources([str(SOURCES / file)], Selection(**said)).panel
    assert len(panel.values) == rows
    assert all(str(time).startswith(begin) for time, begin in zip(panel.ds[[0, -1]], span, strict=True))
    assert (panel.values[0], panel.values[-1]) == values


@pytest.mark.parametrize(
    ("file", "series"), [("meter_registers.csv", ["Afname", "Injectie"]), ("annotated.csv", ["host-a", "host-b"])]
)
def test_the_series_of_an_export_are_found(file: str, series: list[str]) -> None:
    targets = ("_value",) if file == "annotated.csv" else ()
    assert list(read_sources([str(SOURCES / file)], Selection(targets=targets)).panel.ids) == series


def test_signs_behind_numbers_and_values_below_a_limit_count() -> None:
    ledger = read_sources([str(SOURCES / "ledger_list.csv")], Selection(targets=("Betrag Hauswähr.",))).panel
    assert ledger.values.min() == -6674.9
    interest = read_sources([str(SOURCES / "search_interest.csv")], Selection(targets=("2",))).panel
    assert (interest.values == 0.5).sum() == 6
