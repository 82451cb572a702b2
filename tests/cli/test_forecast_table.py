"""The table of a forecast: readable at any width, with the digits of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from rich.cells import cell_len

from forecaster.cli.forecast_table import forecast_table
from forecaster.cli.page import Page
from forecaster.cli.tables import BOLD, PLAIN
from forecaster.series.panel import panel_from_series
from forecaster.workflow.results import History, Prediction

if TYPE_CHECKING:
    from collections.abc import Sequence

LONG = "a very long name of a shop that does not end before sixty ch"


def terminal_page(width: int) -> Page:
    return Page(width, 40, grouped=True)


def prediction(ids: Sequence[str] = ("close",), steps: int = 2, size: float = 2500.0, **columns: Any) -> Prediction:
    """Return a forecast of series whose values have two decimals, of `steps` steps each."""
    n = len(ids) * steps
    point = size * (1.0 + np.arange(n) / 300.0)
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat(np.array(ids, object), steps),
            "ds": np.tile(pd.date_range("2024-01-31", periods=steps), len(ids)),
            "forecast": point,
            "forecast-lo-80": 0.97 * point,
            "forecast-hi-80": 1.03 * point,
            "forecast-lo-95": 0.95 * point,
            "forecast-hi-95": 1.05 * point,
            "strategy": np.full(n, "direct", object),
            **columns,
        }
    )
    values = np.round(size * (1.0 + np.sin(np.arange(50.0)) / 9.0), 2)
    panel = panel_from_series([(name, np.arange(50), values) for name in ids])
    return Prediction(frame, (), {}, history=History(panel, 1))


def test_numbers_have_the_decimals_of_the_file_and_thousands_are_readable() -> None:
    made = prediction()
    assert forecast_table(made.frame, made, terminal_page(60)) == [
        "                           80 % interval       95 % interval",
        "Date        Forecast       low      high       low      high",
        "2024-01-31  2,500.00  2,425.00  2,575.00  2,375.00  2,625.00",
        "2024-02-01  2,508.33  2,433.08  2,583.58  2,382.92  2,633.75",
    ]
    assert forecast_table(made.frame, made, Page())[2] == "2024-01-31   2500.00  2425.00  2575.00  2375.00  2625.00"


def test_an_interval_that_has_no_room_continues_below_with_its_dates() -> None:
    made = prediction()
    assert forecast_table(made.frame, made, terminal_page(40)) == [
        "                           80 % interval",
        "Date        Forecast       low      high",
        "2024-01-31  2,500.00  2,425.00  2,575.00",
        "2024-02-01  2,508.33  2,433.08  2,583.58",
        "",
        "                 95 % interval",
        "Date             low      high",
        "2024-01-31  2,375.00  2,625.00",
        "2024-02-01  2,382.92  2,633.75",
    ]


def test_names_of_series_stand_above_their_rows_where_they_have_no_room() -> None:
    made = prediction(("東京の店", LONG))
    lines = forecast_table(made.frame, made, terminal_page(60))
    assert [lines[2], lines[5]] == ["東京の店", LONG]
    assert lines[3].startswith("2024-01-31  2,500.00")
    short = prediction(("東京の店", "b"))
    assert forecast_table(short.frame, short, terminal_page(80))[2].startswith("東京の店  2024-01-31  2,500.00")
    assert forecast_table(short.frame, short, terminal_page(80))[4].startswith("b         2024-01-31  2,516.67")
    bold = forecast_table(made.frame, made, Page(60, 40, bold=True))
    assert bold[2] == f"{BOLD}東京の店{PLAIN}"


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("size", [0.5, 25.0, 2500.0, 2.5e9])
def test_no_line_is_wider_than_the_terminal_and_no_number_is_lost(width: int, size: float) -> None:
    made = prediction(("東京の店" * 12, LONG, "c"), 3, size)
    lines = forecast_table(made.frame, made, terminal_page(width))
    assert max(map(cell_len, lines)) <= width
    shown = " ".join(lines).replace(",", "").split()
    for name in ("forecast", "forecast-lo-80", "forecast-hi-80", "forecast-lo-95", "forecast-hi-95"):
        assert all(any(_is_number(text, value, size) for text in shown) for value in made.frame[name])


def _is_number(text: str, value: float, size: float) -> bool:
    try:
        return abs(float(text) - value) <= 1e-4 * size + 0.01
    except ValueError:
        return False


def test_a_terminal_has_the_first_rows_and_a_pipe_all() -> None:
    made = prediction(steps=45)
    lines = forecast_table(made.frame, made, terminal_page(80))
    assert len(lines) == 2 + 40 + 1
    assert lines[-1] == "and 5 more; -o FILE for all"
    assert len(forecast_table(made.frame, made, Page())) == 2 + 45


def test_a_strategy_that_differs_from_row_to_row_is_a_column() -> None:
    mixed = prediction(strategy=["direct", "recursive"])
    lines = forecast_table(mixed.frame, mixed, Page())
    assert [lines[1].split()[-1], lines[3].split()[-1]] == ["How", "recursive"]
    same = prediction(strategy=["recursive", "recursive"])
    assert forecast_table(same.frame, same, Page())[-1].startswith("Each of these steps is forecast from the forecasts")


def test_times_are_dates_times_of_day_or_steps() -> None:
    made = prediction()
    hours = made.frame.assign(ds=made.frame["ds"] + pd.Timedelta(hours=9))
    assert forecast_table(hours, made, Page())[2].startswith("2024-01-31 09:00   2500.00")
    seconds = made.frame.assign(ds=made.frame["ds"] + pd.to_timedelta([1, 60], "s"))
    assert forecast_table(seconds, made, Page())[2].startswith("2024-01-31 00:00:01   2500.00")
    steps = made.frame.assign(ds=[7, 8])
    assert forecast_table(steps, made, Page())[1].startswith("Step  Forecast")
    text = made.frame.assign(ds=["31.01.2024", "01.02.2024"])
    assert forecast_table(text, made, Page())[2].startswith("31.01.2024   2500.00")
    minutes = made.frame.assign(ds=["31.01.2024 09:00:00", "31.01.2024 10:00:00"])
    assert forecast_table(minutes, made, Page())[2].startswith("31.01.2024 09:00:00   2500.00")
    assert forecast_table(minutes, made, terminal_page(80))[2].startswith("31.01.2024 09:00  2,500.00")
    short = made.frame.assign(ds=["31.01.2024 09:00", "31.01.2024 10:00"])
    assert forecast_table(short, made, terminal_page(80))[2].startswith("31.01.2024 09:00  2,500.00")


def test_parts_and_holidays_are_columns_too() -> None:
    made = prediction(level=[2400.0, 2450.0], holiday=["Carnival\x1b[2J", None])
    lines = forecast_table(made.frame, made, Page())
    assert lines[1].split()[-2:] == ["level", "holiday"]
    assert lines[2].endswith("2400.00  Carnival\\x1b[2J")
    assert lines[3].endswith("2450.00")


def test_without_a_history_numbers_have_six_digits() -> None:
    made = prediction()
    alone = Prediction(made.frame, (), {})
    assert forecast_table(made.frame, alone, Page())[2].startswith("2024-01-31   2500.00")
