"""Tables for people: aligned, whole, with the decimals that their unit needs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecaster.cli.tables import (
    BOLD,
    PLAIN,
    TableColumn,
    block_width,
    frame_lines,
    table_lines,
    table_lines_wrapped,
    wrapped_lines,
)

DATES = pd.to_datetime(["2021-01-04", "2021-01-05"])


def test_intervals_stand_together_and_midnight_is_not_said() -> None:
    frame = pd.DataFrame(
        {
            "unique_id": ["a", "a"],
            "ds": DATES,
            "forecast": [99.5, 100.25],
            "forecast-lo-80": [90.0, 89.0],
            "forecast-hi-80": [109.0, 111.5],
            "strategy": ["direct", "recursive"],
        },
    )
    assert frame_lines(frame) == [
        "unique_id  ds          forecast       80 % interval  strategy",
        "a          2021-01-04   99.5000  90.0000 … 109.0000  direct",
        "a          2021-01-05  100.2500  89.0000 … 111.5000  recursive",
    ]


def test_intervals_of_any_level_stand_together_and_other_names_as_they_are() -> None:
    levels = {"lo-50": [1.5], "hi-50": [2.5], "lo-99.5": [0.0], "hi-99.5": [12.0]}
    ends = {f"forecast-{end}": value for end, value in levels.items()}
    assert frame_lines(pd.DataFrame({"unique_id": ["a"], "ds": [7], "forecast": [2.0]} | ends)) == [
        "unique_id  ds  forecast      50 % interval     99.5 % interval",
        "a           7   2.00000  1.50000 … 2.50000  0.00000 … 12.00000",
    ]
    others = {"forecast": [2.0], "forecast-lo-50": [1.0], "x-lo-80": [1.0], "x-hi-80": [1.0]}
    assert frame_lines(pd.DataFrame(others))[0].split() == list(others)


def test_intervals_of_several_models_bear_their_names() -> None:
    models = {f"{model}{end}": [1.0] for model in ("a", "b") for end in ("", "-lo-95", "-hi-95")}
    assert frame_lines(pd.DataFrame(models))[0].split() == ["a", "a", "95", "%", "b", "b", "95", "%"]


def test_each_series_has_the_decimals_of_its_own_unit() -> None:
    frame = pd.DataFrame(
        {
            "unique_id": ["big", "big", "tiny", "tiny"],
            "ds": [*(DATES + pd.Timedelta(hours=9)), *DATES],
            "forecast": [1234567.891, 2e6, 0.00123456, 0.00234567],
        },
    )
    assert frame_lines(frame) == [
        "unique_id  ds                     forecast",
        "big        2021-01-04 09:00:00     1234568",
        "big        2021-01-05 09:00:00     2000000",
        "tiny       2021-01-04 00:00:00  0.00123456",
        "tiny       2021-01-05 00:00:00  0.00234567",
    ]


def test_each_score_has_decimals_of_its_own_and_gaps_are_said() -> None:
    frame = pd.DataFrame(
        {
            "model": ["forecast", "東京"],
            "step": pd.array([None, 1], dtype="Int64"),
            "mae": [np.nan, 35.2137],
            "mase": [0.81234, 1.0],
            "nothing": [0.0, 0.0],
            "coverage-80": [81.25, 79.0],
            "skill": [np.nan, 0.04321],
            "p_value": [np.nan, 0.04321],
        },
    )
    assert frame_lines(frame) == [
        "model     step    mae    mase  nothing  coverage-80  skill  p_value",
        "forecast          n/a  0.8123        0         81.2    n/a      n/a",
        "東京         1  35.21  1.0000        0         79.0    0.0    0.043",
    ]


@pytest.mark.parametrize("width", [20, 26, 40, 80])
def test_a_wide_table_goes_on_below_with_its_keys_and_loses_nothing(width: int) -> None:
    frame = pd.DataFrame({"model": ["a", "b"]} | {f"score{i}": [float(i), 10.0 * i] for i in range(1, 10)})
    lines = frame_lines(frame, width)
    assert max(map(len, lines)) <= width
    blocks = "\n".join(lines).split("\n\n")
    assert all(block.splitlines()[1].startswith("a ") for block in blocks)
    titles = [title for block in blocks for title in block.splitlines()[0].split()[1:]]
    assert titles == [f"score{i}" for i in range(1, 10)]
    assert (len(blocks) == 1) == (width >= len(frame_lines(frame)[0]))


def test_one_column_may_be_wider_than_the_terminal() -> None:
    columns = [TableColumn("id", ["x"], key=True), TableColumn("long", ["y" * 50]), TableColumn("n", ["1"], right=True)]
    assert table_lines(columns, 20) == ["id  long", "x   " + "y" * 50, "", "id  n", "x   1"]


def test_control_characters_of_names_and_titles_are_escaped() -> None:
    assert frame_lines(pd.DataFrame({"a\x1b[2J": ["b\nc"]})) == ["a\\x1b[2J", "b\\nc"]


def test_long_text_wraps_in_its_own_column() -> None:
    columns = [
        TableColumn("name", ["step"]),
        TableColumn("reason", ["the days follow the trading week without its holidays"]),
    ]
    assert table_lines_wrapped(columns, 34) == [
        "name  reason",
        "step  the days follow the trading",
        "      week without its holidays",
    ]
    assert table_lines_wrapped(columns)[1:] == ["step  the days follow the trading week without its holidays"]


PAIR = [
    TableColumn("Date", ["1 May", "2 May"], key=True),
    TableColumn("low", ["1", "20"], right=True, over="80 % interval"),
    TableColumn("high", ["300", "4"], right=True, over="80 % interval"),
    TableColumn("Why", ["a", "b"]),
]


def test_columns_share_the_title_above_them() -> None:
    assert table_lines(PAIR) == [
        "       80 % interval",
        "Date       low  high  Why",
        "1 May        1   300  a",
        "2 May       20     4  b",
    ]
    assert block_width(PAIR) == 25


def test_columns_under_one_title_are_never_parted() -> None:
    assert table_lines(PAIR, 20) == [
        *(line[:20].rstrip() for line in table_lines(PAIR)),
        "",
        "Date   Why",
        "1 May  a",
        "2 May  b",
    ]


def test_bold_cells_keep_their_places() -> None:
    column = TableColumn("n", ["1", "22"], right=True, bold=frozenset({0}))
    assert table_lines([column, PAIR[3]], bold=True) == [" n  Why", f"{BOLD} 1{PLAIN}  a", "22  b"]
    assert table_lines([column, PAIR[3]]) == [" n  Why", " 1  a", "22  b"]


def test_a_number_and_its_percent_sign_stay_on_one_line() -> None:
    text = "about one hundred values, 79 % of them"
    assert wrapped_lines(text, 28) == ["about one hundred values,", "79 % of them"]
